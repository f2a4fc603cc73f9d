import type { Verdict } from "../../protocol/admission.ts";
import { counted, say, sayEach } from "./words-form.ts";

/** What the start page says. */
export const startWords = {
  startTitle: say("From a pond’s reading to a paid claim", "从塘里的一个读数，到一笔赔款"),
  startLead: say(
    "Probes sign what they measure. The ledger’s contract computes from it whether the insured event happened. This page checks every step itself.",
    "探头给每个读数签名，账本上的合约据此计算是否出险，每一步本页都能当场验证。",
  ),
  whoAreYou: say("Look as", "以谁的身份查看"),
  farmCard: say(
    (ponds: string) => `${counted(ponds, "pond")}: is everything all right? Will I be paid?`,
    (ponds) => `${ponds} 口塘：都正常吗？会赔吗？`,
  ),
  insurerCard: say(
    "Open claims, their evidence, what must be decided by when.",
    "待处理理赔、证据，以及何时之前要决定。",
  ),
  noSignIn: say(
    "There is no sign-in: whoever can reach this address can read.",
    "没有登录：能打开这个地址的人都能查看。",
  ),
  pipelineTitle: say("On their way now", "数据正在路上"),
  signed: say("signed", "已签名"),
  signedHint: say("by the probes", "探头"),
  stored: say("stored", "已入库"),
  storedHint: say("checked and kept by the gateway", "网关核验并保存"),
  anchored: say("anchored", "已存证"),
  anchoredHint: say(
    (batches: string) => `on the ledger, in ${batches} batches`,
    (batches) => `账本，共 ${batches} 批`,
  ),
  refused: say("refused", "已拒收"),
  refusedHint: say("by the gateway, each for a reason", "网关拒收，各有原因"),
  nothingRefused: say("nothing so far", "目前没有"),
  verdicts: sayEach<Verdict>(
    {
      stored: "stored",
      duplicate: "sent twice, stored once",
      conflict: "two records, one number: a cloned key",
      late: "too late: the gap was closed",
      ahead: "waiting for a gap to fill",
      "bad-signature": "signature does not fit",
      "broken-chain": "does not continue the chain",
      "not-increasing": "time runs backwards",
      "impossible-time": "impossible time",
      malformed: "not a record",
      "unknown-device": "unknown probe",
      revoked: "revoked probe",
    },
    {
      stored: "已入库",
      duplicate: "重复发送，只存一次",
      conflict: "同一编号两条记录：密钥被克隆",
      late: "来得太晚，缺口已关闭",
      ahead: "等待补齐缺口",
      "bad-signature": "签名不符",
      "broken-chain": "接不上前一条记录",
      "not-increasing": "时间倒退",
      "impossible-time": "时间不可能",
      malformed: "不是有效记录",
      "unknown-device": "未知探头",
      revoked: "已注销的探头",
    },
  ),
  scenariosTitle: say("Let something happen", "让点什么发生"),
  scenarioStart: say("Start", "开始"),
  scenarioStarting: say("Starting …", "正在开始 …"),
  scenarioRuns: say("Runs now", "正在运行"),
  scenarioOver: say("Ended", "已结束"),
  whatRuns: say("What runs here", "这里在运行什么"),
  chain: say("Ledger", "账本"),
  chainId: say("chain", "链"),
  node: say("its node", "节点"),
  lastBatches: say("Latest batches", "最近批次"),
  watched: say(
    (verified: string, batches: string) =>
      `Independently verified by the insurer’s watcher: ${verified} of ${batches} batches.`,
    (verified, batches) => `保险公司的监督程序独立核验：共 ${batches} 批，已核验 ${verified} 批。`,
  ),
  watchedRefuted: say(
    (batches: string) => `Refuted: ${batches}.`,
    (batches) => `被推翻：${batches} 批。`,
  ),
  batch: say("Batch", "批次"),
  streams: say("probes", "探头"),
  readings: say("readings", "读数"),
  noBatches: say(
    "None yet: the first is anchored when enough readings have come.",
    "还没有：读数够了就会存证第一批。",
  ),
  notDeployed: say("The archive has not said yet which ledger it uses.", "存证服务还没有说明使用哪个账本。"),
};
