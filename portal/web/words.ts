import type { SourceName } from "../api.ts";
import { auditWords } from "./words-audit.ts";
import { claimWords } from "./words-claims.ts";
import { consentWords } from "./words-consent.ts";
import { evidenceWords } from "./words-evidence.ts";
import { counted, type Language, say, sayEach, type Words } from "./words-form.ts";
import { pondWords } from "./words-ponds.ts";
import { portfolioWords } from "./words-portfolio.ts";
import { providerWords } from "./words-provider.ts";
import { pushWords } from "./words-push.ts";
import { startWords } from "./words-start.ts";

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
  offline: say("No connection", "没有网络"),
  offlineHint: say(
    "What the ponds do now cannot be seen from here. Alarms still sound at the gateway. The page tries again by itself.",
    "现在看不到塘里的情况。网关上的报警照常响。页面会自动重连。",
  ),
  lastHeard: say(
    (time: string) => `The page was last connected on ${time}, by the ponds’ clock.`,
    (time) => `上次联网是塘边时间 ${time}。`,
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

  ...startWords,
  ...pondWords,
  ...pushWords,
  ...claimWords,
  ...consentWords,
  ...evidenceWords,
  ...providerWords,
  ...auditWords,
  ...portfolioWords,
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
