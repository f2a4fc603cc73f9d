import type { Ledger } from "../../ledger/client.ts";
import { readEvents } from "../../ledger/events.ts";
import { readFeed } from "../../ledger/feeds.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { decodeValue, METRICS } from "../../protocol/record.ts";
import { type Peril, SOURCE, type Terms } from "../../protocol/terms.ts";
import { WEATHER_METRICS, WEATHER_UNITS } from "../../protocol/weather.ts";
import type { ClaimReport } from "../verify-claim.ts";
import { type Assessment, moneyOf, percentOf, type Row, type Section, TITLES, timeOf } from "./assessment.ts";

const HOUR_MS = 3_600_000;
const MOST_DAYS = 40;

/** IClaims.State and IClaims.Ground in words. */
const STATES = ["none", "evaluated", "payable", "paid", "merged", "disputed", "reopened", "rejected"];
const GROUNDS = ["none", "late", "suspect", "numbers", "place", "source", "cause", "ruled", "audit"];
const DISPUTED = 5;

type ClaimFacts = {
  terms: Terms;
  peril: Peril | undefined;
  claim: Awaited<ReturnType<Ledger["contracts"]["Claims"]["claim"]>>;
  transaction: string | undefined;
  /** What checking the evidence bundle gave, where there was one. */
  checked: ClaimReport | undefined;
};

/**
 * A claim as the ledger has it: what it may pay, what it rests on, what the weather was, and what to do. With the report on
 * its evidence bundle also whether the raw frames bear it out.
 * @throws INVALID_ARGUMENT where there is no such claim
 */
export async function assessClaim(
  ledger: Ledger,
  id: bigint,
  { checked }: { checked?: ClaimReport } = {},
): Promise<Assessment> {
  const claim = await ledger.contracts.Claims.claim(id);
  if (claim.policy === 0n)
    throw new PondproofError("INVALID_ARGUMENT", { problem: "no such claim", claim: id.toString() });
  const events = await readEvents({ ledger, kinds: ["PolicyTerms", "ClaimEvaluated"] });
  const terms = events.findLast((event) => event.kind === "PolicyTerms" && event.policy === claim.policy);
  if (terms?.kind !== "PolicyTerms")
    throw new PondproofError("INVALID_ARGUMENT", {
      problem: "the policy has no terms",
      claim: id.toString(),
    });
  const evaluated = events.findLast((event) => event.kind === "ClaimEvaluated" && event.claim === id);
  const facts: ClaimFacts = {
    terms: terms.terms,
    peril: terms.terms.perils[Number(claim.peril)],
    claim,
    transaction: evaluated?.place.transaction,
    checked,
  };
  return {
    kind: "claim",
    number: id.toString(),
    asOfMs: Number(claim.toMs),
    title: { en: `Assessment of claim ${id}`, zh: `理赔 ${id} 评估` },
    sections: [
      valueSection(facts),
      riskSection(facts),
      evidenceSection(facts),
      await weatherSection(ledger, facts),
    ],
    recommendation: recommendationOf(facts),
  };
}

function valueSection({ terms, claim, peril }: ClaimFacts): Section {
  return {
    title: TITLES.value,
    rows: [
      { name: { en: "Sum insured", zh: "保险金额" }, value: moneyOf(terms.sumInsured) },
      { name: { en: "Tier", zh: "档位" }, value: percentOf(claim.payoutBps) },
      { name: { en: "Deductible", zh: "免赔额" }, value: moneyOf(peril?.deductible ?? 0n) },
      { name: { en: "The claim pays", zh: "赔付金额" }, value: moneyOf(claim.amount) },
      { name: { en: "Of it final", zh: "其中已定" }, value: moneyOf(claim.settled) },
      { name: { en: "Of it paid", zh: "其中已付" }, value: moneyOf(claim.paid) },
      { name: { en: "Limit of the policy", zh: "保单累计限额" }, value: moneyOf(terms.aggregateLimit) },
    ],
  };
}

function riskSection({ peril, claim }: ClaimFacts): Section {
  const hours = (Number(claim.toMs) - Number(claim.fromMs)) / HOUR_MS;
  const tiers = (peril?.tiers ?? []).map(({ threshold, minDurationMs, payoutBps }, i) => ({
    name: { en: `Tier ${i + 1}`, zh: `第 ${i + 1} 档` },
    value: `${decodeValue(threshold)} ${unitOf(peril!)}, ${minDurationMs / HOUR_MS} h: ${percentOf(payoutBps)}`,
  }));
  return {
    title: { en: "The insured event", zh: "保险事故" },
    rows: [
      { name: { en: "From", zh: "起" }, value: timeOf(Number(claim.fromMs)) },
      { name: { en: "To", zh: "止" }, value: timeOf(Number(claim.toMs)) },
      { name: { en: "Hours", zh: "小时" }, value: hours.toFixed(2) },
      ...tiers,
      { name: { en: "State", zh: "状态" }, value: STATES[Number(claim.state)]! },
      { name: { en: "Ground of a dispute", zh: "争议理由" }, value: GROUNDS[Number(claim.ground)]! },
    ],
  };
}

function evidenceSection({ terms, claim, transaction, checked, peril }: ClaimFacts): Section {
  const { batch, probes, readings } = claim.basis;
  const shown = terms.probes.filter((_, i) => (Number(probes) >> i) % 2 === 1);
  const source = peril?.source === SOURCE.feed ? "feed" : batch === 0n ? "raw" : `batch ${batch}`;
  const rows: Row[] = [
    { name: { en: "Rests on", zh: "依据" }, value: source },
    { name: { en: "Readings", zh: "读数" }, value: readings.toString() },
    ...shown.map((id) => ({ name: { en: "Stream or feed", zh: "数据流" }, value: id })),
    ...(transaction === undefined
      ? []
      : [{ name: { en: "Evaluated in", zh: "评估交易" }, value: transaction }]),
    ...(checked?.steps ?? []).map(({ step, state }) => ({
      name: { en: `Check: ${step}`, zh: `核验：${step}` },
      value: state.status,
    })),
  ];
  const remark = {
    en: "The raw frames were not checked for this report: no evidence bundle was given.",
    zh: "本报告未核验原始数据：未提供证据包。",
  };
  const needed = checked === undefined && peril?.source !== SOURCE.feed;
  return { title: TITLES.evidence, rows, ...(needed ? { remark } : {}) };
}

/** What every feed of the terms says of the days of the event. */
async function weatherSection(ledger: Ledger, { terms, claim }: ClaimFacts): Promise<Section> {
  const rows: Row[] = [];
  for (const feed of terms.probes) {
    const rules = await ledger.contracts.FeedRegistry.rulesOf(feed);
    const metric = WEATHER_METRICS[Number(rules.metric)];
    if (rules.quorum === 0n || metric === undefined) continue;
    const [period, offset] = [Number(rules.periodSeconds), Number(rules.offsetSeconds)];
    const firstS = Math.ceil((Number(claim.fromMs) / 1000 - offset) / period) * period + offset;
    const lastS = Number(claim.toMs) / 1000 + period;
    for (let atS = firstS; atS <= lastS && rows.length < MOST_DAYS; atS += period) {
      const known = await readFeed(ledger, { feed, observedAtS: atS });
      const name = { en: `${metric}, to ${timeOf(1000 * atS)}`, zh: `${metric}，至 ${timeOf(1000 * atS)}` };
      rows.push({ name, value: known === undefined ? "—" : `${known.value} ${WEATHER_UNITS[metric]}` });
    }
  }
  const remark = { en: "The terms name no feed of weather.", zh: "条款未指定天气数据源。" };
  return { title: TITLES.weather, rows, ...(rows.length === 0 ? { remark } : {}) };
}

function recommendationOf({ claim, checked, peril }: ClaimFacts): Assessment["recommendation"] {
  if (Number(claim.state) === DISPUTED || Number(claim.ground) > 0)
    return {
      en: "Leave it to the arbiter: what is in doubt cannot be decided by arithmetic.",
      zh: "交由仲裁：争议无法由计算判定。",
    };
  if (checked?.state === "refuted")
    return {
      en: "Dispute the numbers: the raw frames do not bear the proof out.",
      zh: "就数据提出异议：原始数据与证明不符。",
    };
  if (checked?.state === "verified" || peril?.source === SOURCE.feed)
    return {
      en: "Approve: the ledger's evaluation follows from what was recorded.",
      zh: "建议核赔通过：账本评估与记录一致。",
    };
  return {
    en: "Check the evidence bundle before the time for challenges is over.",
    zh: "请在异议期结束前核验证据包。",
  };
}

function unitOf({ source, metric }: Peril): string {
  if (source === SOURCE.stream) return METRICS[metric]?.unit ?? "";
  const weather = WEATHER_METRICS[metric];
  return weather === undefined ? "" : WEATHER_UNITS[weather];
}
