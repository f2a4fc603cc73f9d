import type { Verdict } from "../../protocol/admission.ts";
import type { ClaimState, Link, PolicyState, SourceName, Species, TimelineKind, Trend } from "../api.ts";
import type { Level, Mood } from "../levels.ts";
import { evidenceWords } from "./words-evidence.ts";
import { type Language, say, sayEach, type Words } from "./words-form.ts";

const counted = (count: string, one: string) => `${count} ${one}${count === "1" ? "" : "s"}`;

// One table for both languages, so that neither can lack what the other has. The Chinese is what a farmer in Huzhou
// says (portal.md), not a translation.
const table = {
  brand: say("Pondproof", "塘证"),
  skipToContent: say("Skip to the content", "跳到正文"),
  otherLanguage: say("中文", "English"),
  home: say("Start page", "首页"),
  farmer: say("Farmer", "养殖户"),
  insurer: say("Insurer", "保险公司"),
  live: say("Live", "实时"),
  connecting: say("Connecting …", "连接中 …"),
  notLive: say("Not live", "已断线"),
  notLiveSince: say(
    (since: string) =>
      `No connection since ${since}. You see what was known then; the page tries again by itself.`,
    (since) => `${since} 起连接中断，以下是当时的数据；页面会自动重连。`,
  ),
  speed: say(
    (factor: string) => `${factor} × real time`,
    (factor) => `${factor} 倍速`,
  ),
  sourceDown: say(
    (source: string, since: string) =>
      `${source} has not answered since ${since}. What depends on it is from before.`,
    (source, since) => `${source}从 ${since} 起没有应答，相关数据停在那之前。`,
  ),
  sources: sayEach<SourceName>(
    { gateway: "The gateway", oracle: "The archive", ledger: "The ledger" },
    { gateway: "网关", oracle: "存证服务", ledger: "账本" },
  ),

  loading: say("Loading …", "加载中 …"),
  failed: say("This did not load", "没有加载成功"),
  failedHint: say(
    "The portal did not answer. The page keeps what it has; try again in a moment.",
    "服务没有应答。页面保留已有的数据，请稍后再试。",
  ),
  tryAgain: say("Try again", "重试"),
  notFound: say("There is nothing at this address", "这个地址没有内容"),
  notFoundHint: say("The pond, claim or page may have another name.", "塘、理赔或页面可能换了名字。"),
  copy: say("Copy", "复制"),
  copied: say("Copied", "已复制"),
  back: say("Back", "返回"),
  more: say("More", "更多"),

  ago: say(
    (age: string) => `${age} ago`,
    (age) => `${age}前`,
  ),
  justNow: say("just now", "刚刚"),
  inTime: say(
    (time: string) => `in ${time}`,
    (time) => `还有 ${time}`,
  ),
  seconds: say(
    (n: string) => `${n} s`,
    (n) => `${n} 秒`,
  ),
  minutes: say(
    (n: string) => `${n} min`,
    (n) => `${n} 分钟`,
  ),
  hours: say(
    (n: string) => `${n} h`,
    (n) => `${n} 小时`,
  ),
  hoursMinutes: say(
    (h: string, m: string) => `${h} h ${m} min`,
    (h, m) => `${h} 小时 ${m} 分`,
  ),
  days: say(
    (n: string) => counted(n, "day"),
    (n) => `${n} 天`,
  ),
  area: say(
    (mu: string, hectares: string) => `${mu} mu (${hectares} ha)`,
    (mu) => `${mu} 亩`,
  ),
  deep: say(
    (metres: string) => `${metres} m deep`,
    (metres) => `水深 ${metres} 米`,
  ),

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
  batch: say("Batch", "批次"),
  streams: say("probes", "探头"),
  readings: say("readings", "读数"),
  noBatches: say(
    "None yet: the first is anchored when enough readings have come.",
    "还没有：读数够了就会存证第一批。",
  ),
  notDeployed: say("The archive has not said yet which ledger it uses.", "存证服务还没有说明使用哪个账本。"),

  ponds: say("Ponds", "塘"),
  policies: say("Policies", "保单"),
  pondsFine: say(
    (ponds: string) => `${counted(ponds, "pond")}, all right`,
    (ponds) => `${ponds} 口塘，都正常`,
  ),
  pondsNeed: say(
    (need: string, ponds: string) =>
      `${need} of ${counted(ponds, "pond")} ${need === "1" ? "needs" : "need"} you`,
    (need, ponds) => `${ponds} 口塘，${need} 口要去看`,
  ),
  noPonds: say("This farm has no ponds yet", "这个养殖场还没有塘"),
  noPondsHint: say("The provider adds a pond when its probes are paired.", "服务商配对探头后就会加上塘。"),
  species: sayEach<Species>(
    {
      "largemouth-bass": "Largemouth bass",
      "yellow-catfish": "Yellow catfish",
      "black-carp": "Black carp",
      prawn: "Prawns",
    },
    { "largemouth-bass": "加州鲈", "yellow-catfish": "黄颡鱼", "black-carp": "青鱼", prawn: "青虾" },
  ),
  moods: sayEach<Mood>(
    { good: "All right", watch: "Low", danger: "Danger", stale: "No reading" },
    { good: "正常", watch: "偏低", danger: "危险", stale: "没有读数" },
  ),
  levels: sayEach<Level>(
    {
      normal: "normal",
      low: "fish eat less",
      "hidden-gasping": "fish begin to gasp",
      "light-gasping": "fish gasp at the surface",
      gasping: "fish gasp everywhere",
      "heavy-gasping": "all fish gasp",
      "mass-kill": "fish die at this level",
    },
    {
      normal: "正常",
      low: "偏低",
      "hidden-gasping": "暗浮头",
      "light-gasping": "轻浮头",
      gasping: "浮头",
      "heavy-gasping": "重浮头",
      "mass-kill": "泛塘",
    },
  ),
  trends: sayEach<Trend>(
    { rising: "rising", falling: "falling", steady: "steady" },
    { rising: "上升", falling: "下降", steady: "平稳" },
  ),
  adviceAerate: say("Turn the aerator on", "开增氧机"),
  adviceAerateMore: say(
    "The aerator runs and it is not enough: add oxygen granules, stop feeding",
    "增氧机开着还不够：撒增氧剂，停食",
  ),
  adviceWatch: say("Feed less, look again before dawn", "少投料，天亮前再看"),
  adviceProbe: say("Look at the probe and its power", "去看探头和供电"),
  oxygen: say("Dissolved oxygen", "溶氧"),
  temperature: say("Water", "水温"),
  lastNight: say(
    (value: string) => `last night’s least ${value}`,
    (value) => `昨夜最低 ${value}`,
  ),
  thisNight: say(
    (value: string) => `this night’s least ${value}`,
    (value) => `今夜最低 ${value}`,
  ),
  last24h: say("Oxygen over the last 24 hours", "近 24 小时溶氧"),
  aerator: say("Aerator", "增氧机"),
  aeratorRuns: say(
    (ampere: string) => `runs, ${ampere} A`,
    (ampere) => `开着，${ampere} 安`,
  ),
  aeratorOff: say("draws no current", "没有电流"),
  probesOnline: say(
    (online: string, total: string) => `${online} of ${total} probes`,
    (online, total) => `探头 ${online}/${total}`,
  ),
  belowFor: say(
    (threshold: string, time: string) => `Below ${threshold} for ${time}`,
    (threshold, time) => `低于 ${threshold} 已 ${time}`,
  ),
  ifUntil: say(
    (time: string) => `If it goes on until ${time}:`,
    (time) => `若持续到 ${time}：`,
  ),
  pays: say(
    (money: string) => `payout ${money}`,
    (money) => `赔付 ${money}`,
  ),
  reachedPays: say(
    (money: string) => `Reached so far: ${money}`,
    (money) => `目前已达到：${money}`,
  ),
  topTier: say("The highest step is reached", "已到最高一档"),

  range: say("Time span", "时间范围"),
  day: say("Day", "一天"),
  week: say("Week", "一周"),
  season: say("Season", "一季"),
  hourByHour: say("The same as a table, hour by hour", "同样的数据，按小时列表"),
  hour: say("Hour", "时间"),
  least: say("least, mg/L", "最低，mg/L"),
  noReadings: say("No readings in this time", "这段时间没有读数"),
  noReadingsHint: say(
    "Choose a longer span, or look at the probes below.",
    "换一个更长的时间，或看看下面的探头。",
  ),
  chartHint: say("Touch or point at the chart to read a value", "点按图上任意处读数"),
  probes: say("Probes", "探头"),
  probe: say("Probe", "探头"),
  probeLinks: sayEach<Link>(
    { online: "online", stale: "silent", offline: "offline", never: "never heard of" },
    { online: "在线", stale: "无读数", offline: "离线", never: "从未上线" },
  ),
  everyPeriod: say(
    (period: string) => `every ${period}`,
    (period) => `每 ${period} 一次`,
  ),
  gaps: say(
    (n: string) => `${n} missing`,
    (n) => `缺 ${n} 条`,
  ),
  refusedCount: say(
    (n: string) => `${n} refused`,
    (n) => `拒收 ${n} 条`,
  ),

  myPolicy: say("My policy", "我的保单"),
  policy: say("Policy", "保单"),
  noPolicy: say("This pond is not insured", "这口塘没有投保"),
  noPolicyHint: say(
    "Ask the insurer for a quote; cover never reaches back.",
    "可以向保险公司询价；保障不溯及既往。",
  ),
  policyStates: sayEach<PolicyState>(
    {
      bound: "premium due",
      waiting: "waiting period",
      active: "in force",
      "run-off": "cover over, claims still open",
      ended: "over",
      lapsed: "lapsed: premium was not paid",
      closed: "closed",
    },
    {
      bound: "待缴保费",
      waiting: "等待期",
      active: "保障中",
      "run-off": "保障已结束，仍可理赔",
      ended: "已到期",
      lapsed: "已失效：未缴清保费",
      closed: "已结清",
    },
  ),
  perilHead: say(
    (threshold: string) => `Oxygen below ${threshold} mg/L without a break for`,
    (threshold) => `溶氧连续低于 ${threshold} mg/L`,
  ),
  perilStep: say(
    (time: string) => `${time} or more`,
    (time) => `满 ${time}`,
  ),
  sensorsAgree: say(
    (needed: string, total: string) => `${needed} of ${total} probes must show it at the same time.`,
    (needed, total) => `${total} 个探头中至少 ${needed} 个同时测到。`,
  ),
  sumInsured: say("Sum insured", "保额"),
  premium: say("Premium", "保费"),
  cover: say("Cover", "保障期"),
  coverSpan: say(
    (from: string, to: string) => `${from} to ${to}`,
    (from, to) => `${from} 至 ${to}`,
  ),
  paidOut: say("Paid out", "已赔付"),
  basisRisk: say(
    "This policy pays by what the probes measure, not by what you lose. Fish may die without a payout, and a payout may come without a loss.",
    "这份保单按探头测到的数值赔付，不按实际损失赔付：可能死了鱼却不赔，也可能没有损失却赔。",
  ),
  basisRiskTitle: say("Know this", "请注意"),

  claim: say("Claim", "理赔"),
  claimNumber: say(
    (id: string) => `Claim ${id}`,
    (id) => `理赔 ${id} 号`,
  ),
  claims: say("Claims", "理赔"),
  noClaims: say("No claims", "没有理赔"),
  noClaimsFarmer: say(
    "Nothing for you to do: when the insured event happens, a claim opens by itself.",
    "不用您操作：一旦出险，会自动发起理赔。",
  ),
  noClaimsInsurer: say(
    "They open by themselves when a breach reaches the first step.",
    "达到第一档时会自动发起。",
  ),
  claimStates: sayEach<ClaimState>(
    { evaluated: "Evaluated", payable: "Payable", paid: "Paid" },
    { evaluated: "已核算", payable: "待领取", paid: "已赔付" },
  ),
  claimHeadline: say(
    (threshold: string, time: string) => `oxygen below ${threshold} mg/L for ${time}`,
    (threshold, time) => `溶氧低于 ${threshold} mg/L 持续 ${time}`,
  ),
  tierOf: say(
    (tier: string, tiers: string) => `step ${tier} of ${tiers}`,
    (tier, tiers) => `第 ${tier} 档，共 ${tiers} 档`,
  ),
  actBefore: say(
    (time: string) => `Act before ${time}`,
    (time) => `${time} 前处理`,
  ),
  payableByItself: say("Then it becomes payable by itself.", "到时自动变为可领取。"),
  deadline: say("Act before", "处理期限"),
  amount: say("Amount", "金额"),
  state: say("State", "状态"),
  pond: say("Pond", "塘"),
  event: say("Event", "出险情况"),
  openClaims: say("to decide", "待处理"),
  openAmount: say("amount to decide", "待处理金额"),
  exposure: say("insured in all", "总保额"),
  policiesInForce: say("policies in force", "保障中的保单"),
  nearTrigger: say("Nearest to the trigger", "最接近触发的塘"),
  nearTriggerHint: say(
    "Breaches that are going on, and ponds that fall.",
    "正在持续的低氧，以及正在下降的塘。",
  ),
  nothingNear: say("No insured pond is near its threshold.", "没有投保的塘接近触发值。"),

  timelineTitle: say("From the breach to the money", "从低氧到赔款"),
  stops: sayEach<TimelineKind>(
    {
      breach: "Breach begins",
      tier: "Step reached",
      "proven-until": "Proven until",
      anchored: "Readings on the ledger",
      evaluated: "Computed by the contract",
      approved: "Approved by the insurer",
      payable: "Payable",
      paid: "Paid",
    },
    {
      breach: "低氧开始",
      tier: "达到一档",
      "proven-until": "已证实到",
      anchored: "读数已上账本存证",
      evaluated: "合约已核算",
      approved: "保险公司已批准",
      payable: "可以领取",
      paid: "已赔付",
    },
  ),
  stopTier: say(
    (tier: string) => `Step ${tier} reached`,
    (tier) => `达到第 ${tier} 档`,
  ),
  stopBatch: say(
    (batch: string) => `batch ${batch}`,
    (batch) => `第 ${batch} 批`,
  ),
  atLatest: say(
    (time: string) => `at the latest ${time}`,
    (time) => `最迟 ${time}`,
  ),
  stillAhead: say("still ahead", "尚未到"),
  transaction: say("transaction", "交易"),
  block: say(
    (n: string) => `block ${n}`,
    (n) => `区块 ${n}`,
  ),
  windowChart: say("What the probes measured", "探头测到的数据"),
  windowMarked: say("the claim’s window", "理赔时段"),
  threshold: say("threshold", "触发值"),
  approve: say(
    (money: string) => `Approve ${money}: payable at once`,
    (money) => `批准 ${money}：立即可领取`,
  ),
  approveHint: say(
    "This cannot be taken back. Without it the claim becomes payable when the time for challenges is over.",
    "批准后不能撤回。不批准的话，异议期过后也会自动变为可领取。",
  ),
  approveSent: say("Sent to the ledger", "已提交到账本"),
  approveInBlock: say("In a block, executed", "已进区块并执行"),
  approvePayable: say(
    "The claim is payable; the money goes to the policy’s holder",
    "理赔可以领取，款项付给保单持有人",
  ),
  approveRefused: say("The ledger refused", "账本拒绝了"),
  claimPaidLead: say(
    (money: string) => `${money} is paid`,
    (money) => `${money} 已赔付`,
  ),
  claimPayableLead: say(
    (money: string) => `${money} is ready for you`,
    (money) => `${money} 可以领取了`,
  ),
  claimEvaluatedLead: say(
    (money: string, time: string) => `${money}, at the latest ${time}`,
    (money, time) => `${money}，最迟 ${time}`,
  ),

  ...evidenceWords,
};

type Table = typeof table;
/** Every word of the page in one language. */
export type AllWords = { [Key in keyof Table]: Words<Table[Key]> };

/** The words of a language. */
export function wordsOf(language: Language): AllWords {
  return Object.fromEntries(Object.entries(table).map(([key, pair]) => [key, pair[language]])) as AllWords;
}

/** Both languages side by side, for whoever checks them. */
export const wordTable: Readonly<Record<string, Record<Language, unknown>>> = table;
