import type { ClaimState, PolicyState, TimelineKind } from "../api.ts";
import { say, sayEach } from "./words-form.ts";

/** What is said of policies and claims. */
export const claimWords = {
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
      cancelled: "cancelled",
      exhausted: "paid up",
    },
    {
      bound: "待缴保费",
      waiting: "等待期",
      active: "保障中",
      "run-off": "保障已结束，仍可理赔",
      ended: "已到期",
      lapsed: "已失效：未缴清保费",
      closed: "已结清",
      cancelled: "已退保",
      exhausted: "保额已赔完",
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
    {
      evaluated: "Evaluated",
      payable: "Payable",
      paid: "Paid",
      disputed: "With the arbiter",
      reopened: "New evidence awaited",
      rejected: "Rejected",
    },
    {
      evaluated: "已核算",
      payable: "待领取",
      paid: "已赔付",
      disputed: "仲裁中",
      reopened: "等待补充证据",
      rejected: "不予赔付",
    },
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
      fell: "Evidence void: new evidence awaited",
      rejected: "Rejected",
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
      fell: "证据已失效，等待新证据",
      rejected: "不予赔付",
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
  claimDisputedLead: say(
    (money: string) => `${money}, unless the arbiter decides otherwise`,
    (money) => `${money}，仲裁另有决定的除外`,
  ),
  claimReopenedLead: say("New evidence is awaited", "等待补充证据"),
  claimRejectedLead: say("Nothing is paid", "不予赔付"),
  claimEvaluatedLead: say(
    (money: string, time: string) => `${money}, at the latest ${time}`,
    (money, time) => `${money}，最迟 ${time}`,
  ),
};
