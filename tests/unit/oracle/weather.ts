import { defineFeedTransaction, feedId, postTransaction, signReport } from "../../../ledger/feeds.ts";
import { encodeValue } from "../../../protocol/record.ts";
import { COMPARISON, NO_CONDITION, type Peril, SOURCE } from "../../../protocol/terms.ts";
import { weatherSlot } from "../../../protocol/weather.ts";
import { keyOf, REPORTERS, type TestChain } from "../ledger/chain.ts";

export const DAY_S = 86_400;
export const DAY_MS = 1000 * DAY_S;

export const HEAT_SOURCE = "daily maximum of air temperature, 30.87 N 120.10 E, days of UTC+8";
export const HEAT_FEED = feedId(HEAT_SOURCE);

export const HEAT_RULES = {
  quorum: 2,
  jumpQuorum: 3,
  maxAgeSeconds: 3 * DAY_S,
  maxAheadSeconds: 0,
  maxStep: 10_000,
  validMin: encodeValue(-40),
  validMax: encodeValue(50),
  metric: weatherSlot("maxTemperature"),
  periodSeconds: DAY_S,
  offsetSeconds: 16 * 3_600,
};

/** 37 °C and more: two days pay 10 %, three 25 %. */
export const HEAT: Peril = {
  source: SOURCE.feed,
  metric: weatherSlot("maxTemperature"),
  comparison: COMPARISON.atOrAbove,
  tiers: [
    { threshold: encodeValue(37), minDurationMs: 2 * DAY_MS, payoutBps: 1_000 },
    { threshold: encodeValue(37), minDurationMs: 3 * DAY_MS, payoutBps: 2_500 },
  ],
  validMin: encodeValue(-40),
  validMax: encodeValue(50),
  maxGapMs: DAY_MS,
  maxMissing: 1,
  separationSeconds: 3 * DAY_S,
  deductible: 0n,
  sublimit: 900_000n,
  second: NO_CONDITION,
};

/** The governor defines the feed of the peril. */
export async function defineHeatFeed(chain: TestChain): Promise<void> {
  const ledger = await chain.connect("governor");
  const feed = { source: HEAT_SOURCE, rules: HEAT_RULES };
  await ledger.account.submit(await defineFeedTransaction(ledger, feed), new AbortController().signal);
  ledger.close();
}

/** First end of a day (midnight in China) at or after a time. */
export function midnightFrom(timeMs: number): number {
  const offsetMs = 1000 * HEAT_RULES.offsetSeconds;
  return Math.ceil((timeMs - offsetMs) / DAY_MS) * DAY_MS + offsetMs;
}

/** All reporters sign a day's maximum; somebody posts it half an hour after the day. */
export async function postDay(chain: TestChain, { atMs, value }: { atMs: number; value: number }) {
  await chain.mineAt(atMs + 1_800_000);
  const ledger = await chain.connect("treasury");
  const report = { feed: HEAT_FEED, observedAtS: atMs / 1000, value, answer: feedId("an answer") };
  const reports = await Promise.all(
    REPORTERS.map((holder) => signReport(report, { ...chain.deployment, key: keyOf(holder) })),
  );
  await ledger.account.submit(await postTransaction(ledger, reports), new AbortController().signal);
  ledger.close();
}
