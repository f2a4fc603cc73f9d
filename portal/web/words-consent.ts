import type { Purpose } from "../../protocol/consent.ts";
import type { Basis } from "../api.ts";
import { counted, say, sayEach } from "./words-form.ts";

const PURPOSE_EN: Record<Purpose, string> = {
  underwriting: "to offer cover",
  claims: "to check claims",
  lending: "to judge a loan",
  oversight: "for oversight and research",
};
const PURPOSE_ZH: Record<Purpose, string> = {
  underwriting: "核保",
  claims: "理赔复核",
  lending: "贷款评估",
  oversight: "监管和科研",
};

/** What the farmer's page on his data says. */
export const consentWords = {
  myData: say("My data", "我的数据"),
  grantsTitle: say("Whom I have granted my data", "我授权给了谁"),
  grantsHint: say(
    "You alone decide who reads your ponds’ readings. What you withdraw is refused from the next block on. While a policy is in force its insurer may check claims with the readings of that pond: that stands in the terms you signed.",
    "塘里的数据给谁看，由您决定。撤回后从下一个区块起就看不到了。保单有效期间，承保公司可以用这口塘的数据复核理赔，这是您签过的条款里写明的。",
  ),
  noGrants: say("Nobody", "没有授权给任何人"),
  noGrantsHint: say(
    "Only you and your service provider see this pond’s readings.",
    "这口塘的数据只有您和养殖服务商能看。",
  ),
  until: say(
    (day: string) => `until ${day}`,
    (day) => `到 ${day} 为止`,
  ),
  expired: say("over", "已到期"),
  grant: say("Grant", "授权"),
  granting: say("Sending to the ledger …", "正在上链 …"),
  grantFailed: say("That did not reach the ledger. Try again.", "没有上链成功，请再试一次。"),
  grantWhom: say("Whom", "给谁"),
  grantWhat: say("What for", "做什么用"),
  grantHowLong: say("How long", "多久"),
  days30: say("30 days", "30 天"),
  days180: say("half a year", "半年"),
  days365: say("a year", "一年"),
  withdraw: say("Withdraw", "撤回"),
  withdrawFrom: say(
    (whom: string, purpose: string) => `Withdraw from ${whom} ${purpose}`,
    (whom, purpose) => `撤回${whom}的授权（${purpose}）`,
  ),
  purposes: sayEach<Purpose>(PURPOSE_EN, PURPOSE_ZH),
  personTitle: say("What you said of yourself", "您的个人信息"),
  personHint: say(
    "Kept apart from everything else, shown to nobody, never on the ledger.",
    "单独保存，不给别人看，也不上账本。",
  ),
  personName: say("Name", "姓名"),
  personPhone: say("Phone", "电话"),
  personAddress: say("Address of the farm", "养殖场地址"),
  save: say("Save", "保存"),
  saved: say("Saved.", "已保存。"),
  takeAlong: say("Download everything about me", "下载我的全部数据"),
  erase: say("Erase me", "注销并删除个人信息"),
  eraseHint: say(
    "Your name, phone and address, the names of your farm and ponds, and who read them are erased, and you are signed out. Policies and claims on the ledger stay, without a name.",
    "姓名、电话、地址、养殖场和塘的名字、查看记录都会删除，并退出登录。账本上的保单和理赔会保留，但没有名字。",
  ),
  eraseNow: say("Yes, erase all of it", "确定，全部删除"),
  readsTitle: say("Who has read them", "谁看过"),
  readsHint: say(
    "Counted by day, kept for 400 days, shown to you alone.",
    "按天统计，保留 400 天，只有您能看到。",
  ),
  noReads: say("Nobody but you.", "除了您没有别人看过。"),
  times: say(
    (count: string) => counted(count, "time"),
    (count) => `${count} 次`,
  ),
  bases: sayEach<Basis>(
    {
      farmer: "yourself",
      provider: "your service provider",
      auditor: "an auditor",
      arbiter: "the arbiter",
      policy: "the insurer, under your policy",
      ...PURPOSE_EN,
    },
    {
      farmer: "您自己",
      provider: "养殖服务商",
      auditor: "审计员",
      arbiter: "仲裁人",
      policy: "承保公司，按保单",
      ...PURPOSE_ZH,
    },
  ),
};
