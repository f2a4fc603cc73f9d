import { counted, say } from "./words-form.ts";

/** What is said to the insurer's manager. */
export const portfolioWords = {
  portfolio: say("Portfolio", "承保一览"),
  portfolioLead: say("What could be lost tonight", "今夜最多会赔多少"),
  worstCase: say("Worst case of all cover in force", "全部保障的最大赔付"),
  worstCaseHere: say("Worst case", "最大赔付"),
  freeCapital: say("Capital that no policy needs", "未占用资本"),
  lossRatio: say("Loss ratio", "赔付率"),
  premiumIn: say("Premium", "保费"),
  waterBodies: say("By water body", "按水体"),
  waterBodiesHint: say(
    "Ponds on one water body fail together: their worst cases add up.",
    "同一水体的塘会一起出事，最大赔付要加在一起看。",
  ),
  waterBody: say("Water body", "水体"),
  policiesCount: say(
    (policies: string) => counted(policies, "policy", "policies"),
    (policies) => `${policies} 份保单`,
  ),
  nearest: say("Nearest to the trigger", "离触发最近"),
  aboveTrigger: say(
    (margin: string) => `${margin} mg/L above`,
    (margin) => `还高 ${margin} mg/L`,
  ),
  belowTrigger: say(
    (time: string) => `below for ${time}`,
    (time) => `已低于 ${time}`,
  ),
  noCover: say("No cover is in force", "没有在保的保单"),
  noCoverHint: say("Policies show here as soon as a premium is paid.", "缴清保费后，保单就会出现在这里。"),
  pool: say("Pool", "资金池"),
  poolCapital: say("Capital", "资本"),
  poolLocked: say("locked for policies", "保单占用"),
  poolReserved: say("reserved for claims", "理赔预留"),
  poolUnearned: say("Premium not earned yet", "未到期保费"),
  poolOwed: say("Fees owed to providers", "应付服务费"),
  poolCooldown: say("Capital can leave after", "资本取出等待"),
  poolShare: say(
    (percent: string) => `${percent} of the capital is locked`,
    (percent) => `资本已占用 ${percent}`,
  ),
  products: say("Products", "产品"),
  noProducts: say("No product is published", "还没有发布产品"),
  noProductsHint: say(
    "The product manager publishes one, and the governor approves it.",
    "由产品经理发布，再由治理方批准。",
  ),
  productNumber: say(
    (number: string) => `Product ${number}`,
    (number) => `产品 ${number}`,
  ),
  productApproved: say("approved", "已批准"),
  productWaiting: say("waits for approval", "待批准"),
  maxSumInsured: say("Sum insured, at most", "保额上限"),
  maxPerWaterBody: say("On one water body, at most", "单一水体上限"),
  approvalLimit: say("Two officers above", "超过须双人审批"),
  maxTerm: say("Longest cover", "最长保障期"),
  providerFee: say("Provider’s part of the premium", "服务商分成"),
  wordingHash: say("SHA-256 of the wording", "条款文本的 SHA-256"),
};
