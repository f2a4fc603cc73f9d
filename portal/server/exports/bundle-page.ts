import { BUNDLE, type BundledClaim } from "../../../protocol/claim-bundle.ts";
import { decodeValue } from "../../../protocol/record.ts";
import type { ClaimDetail, Names, Transaction } from "../../api.ts";
import { createZonedTime } from "./zoned-time.ts";

/** A transaction that the claim rests on, or that came of it. */
export type BundledTransaction = { what: string; transaction: Transaction; batch?: number; amount?: string };

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, "PingFang SC", "Noto Sans SC", sans-serif; max-width: 46rem; margin: 0 auto; padding: 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0 }
code, pre { font-family: ui-monospace, monospace; font-size: .875rem; overflow-wrap: anywhere; white-space: pre-wrap }`;

/** What each file is, in the order in which a reader needs it. */
const FILES: { name: string; is: Names }[] = [
  { name: BUNDLE.claim, is: { en: "which claim this is, and its window", zh: "哪一笔理赔、哪个时段" } },
  { name: BUNDLE.terms, is: { en: "the policy and its terms", zh: "保单和条款" } },
  { name: BUNDLE.transactions, is: { en: "the ledger’s transactions, by hash", zh: "账本上的交易和哈希" } },
  { name: BUNDLE.deployment, is: { en: "the ledger and its contracts", zh: "账本和合约地址" } },
  { name: BUNDLE.streams, is: { en: "the probes’ public keys", zh: "探头的公钥" } },
  { name: "proofs/", is: { en: "a window proof of each probe", zh: "每个探头的时段证明" } },
  {
    name: "blobs/",
    is: {
      en: "manifests and raw signed readings, each under its SHA-256",
      zh: "批次清单和带签名的原始读数，文件名就是 SHA-256",
    },
  },
];

/** The page inside a bundle: what is in it, and how to check it without its sender. In Chinese and English, no scripts. */
export function bundlePage({
  detail: { claim, policy },
  evaluation,
  transactions,
  files,
  timeZone,
}: {
  detail: Omit<ClaimDetail, "canApprove">;
  evaluation: BundledClaim["evaluation"];
  transactions: readonly BundledTransaction[];
  files: ReadonlyMap<string, Uint8Array>;
  timeZone: string;
}): Uint8Array {
  const time = createZonedTime(timeZone);
  const yuan = (amount: string) => `¥ ${(Number(amount) / 100).toLocaleString("en-GB")}`;
  const row = (...cells: string[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  const tier = policy.terms.perils[claim.peril]?.tiers[Math.max(claim.tier, 0)];
  const bytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  const facts = [
    // By the ledger's name: a bundle is handed on to whoever asks, and its farmer's is nobody's business.
    row("塘 Pond", `<code>${escaped(policy.terms.pond)}</code>`),
    row("时段 Window", `${time(evaluation.fromMs)}<br>${time(evaluation.toMs)}`),
    row("触发值 Threshold", tier === undefined ? "–" : `${decodeValue(tier.threshold)} mg/L`),
    row("核算金额 Evaluated", yuan(claim.amount)),
    row("已赔付 Paid", yuan(claim.paid)),
  ];
  const command = `npm run verify -- --rpc http://YOUR-NODE:8545 --claim claim-${claim.id}`;
  const section = (language: "zh" | "en") => `<section lang="${language === "zh" ? "zh-Hans" : "en"}">
<h2>${{ zh: "自己验证", en: "Check it yourself" }[language]}</h2>
<p>${
    {
      zh: "这个文件夹里有这笔理赔的全部证据。不用相信给您文件的人：用自己的（或任何）账本节点，在 Pondproof 的目录里运行这一条命令：",
      en: "This folder holds all evidence of one claim. You need not believe who gave it to you: with a ledger node of your own, or any, run this one command in a checkout of Pondproof:",
    }[language]
  }</p>
<pre>${escaped(command)}</pre>
<p>${
    {
      zh: "它从账本读取条款、批次和合约结果，核对时段证明、每条读数的签名和先后顺序，再算一遍赔付。0 = 成立，1 = 不成立，2 = 缺少数据或文件损坏。除了账本节点，不连接任何网络。",
      en: "It reads terms, batches and the contract’s result from the ledger, checks the window proofs, every reading’s signature and order, and computes the payout again. Exit code 0: it holds; 1: it does not; 2: data is missing or damaged. It talks to no one but the ledger’s node.",
    }[language]
  }</p>
<h2>${{ zh: "里面有什么", en: "What is inside" }[language]}</h2>
<table>${FILES.map(({ name, is }) => row(`<code>${name}</code>`, is[language])).join("\n")}</table>
</section>`;
  const html = `<!doctype html>
<html lang="zh-Hans">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Pondproof · 理赔 ${claim.id} · Claim ${claim.id}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>理赔 ${claim.id} · Claim ${claim.id}</h1>
<table>${facts.join("\n")}</table>
${section("zh")}
${section("en")}
<h2>交易 <span lang="en">Transactions</span></h2>
<table>${transactions
    .map(({ what, batch, amount, transaction: { hash, blockNumber, timeMs } }) =>
      row(
        `${what}${batch === undefined ? "" : ` ${batch}`}${amount === undefined ? "" : `<br>${yuan(amount)}`}`,
        `${time(timeMs)}<br><code>${escaped(hash)}</code> · ${blockNumber}`,
      ),
    )
    .join("\n")}</table>
<p>${files.size} files, ${bytes} bytes</p>
</body>
</html>
`;
  return new TextEncoder().encode(html);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
