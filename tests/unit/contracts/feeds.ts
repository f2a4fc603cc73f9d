import { feedId } from "../../../ledger/feeds.ts";
import { encodeValue } from "../../../protocol/record.ts";
import { COMPARISON, NO_CONDITION, type Peril, SOURCE } from "../../../protocol/terms.ts";
import { type WeatherMetric, weatherSlot } from "../../../protocol/weather.ts";
import { DAY } from "./quotes.ts";
import { REPORTERS, type World } from "./world.ts";

export const DAY_MS = 1000 * DAY;
/** Midnight in China, where the days of these feeds end. */
export const MIDNIGHT_OFFSET = 16 * 3_600;

/** Changshu's ladder for crabs, two days and more at 37 °C or above (domain.md §1.4). */
export function heat(overrides: Partial<Peril> = {}): Peril {
  const threshold = encodeValue(37);
  return {
    source: SOURCE.feed,
    metric: weatherSlot("maxTemperature"),
    comparison: COMPARISON.atOrAbove,
    tiers: [2, 3, 5].map((days, i) => ({
      threshold,
      minDurationMs: days * DAY_MS,
      payoutBps: [1_000, 2_500, 6_000][i]!,
    })),
    validMin: encodeValue(-60),
    validMax: encodeValue(60),
    maxGapMs: DAY_MS,
    maxMissing: 1,
    separationSeconds: 3 * DAY,
    deductible: 0n,
    sublimit: 1_000_000n,
    second: NO_CONDITION,
    ...overrides,
  };
}

const SOURCES: Record<WeatherMetric, string> = {
  maxTemperature: "daily maximum of air temperature at the station",
  minTemperature: "daily minimum of air temperature at the station",
  rain: "rain of a day at the station",
};

export const feedOf = (metric: WeatherMetric) => feedId(SOURCES[metric]);

/** Defines the feed of a metric. */
export async function defineFeed({ contracts, accounts }: World, metric: WeatherMetric) {
  const rules = {
    quorum: 2,
    jumpQuorum: 3,
    maxAgeSeconds: 10 * DAY,
    maxAheadSeconds: 0,
    maxStep: 100_000,
    validMin: encodeValue(-60),
    validMax: encodeValue(400),
    metric: weatherSlot(metric),
    periodSeconds: DAY,
    offsetSeconds: MIDNIGHT_OFFSET,
  };
  await contracts.feedRegistry.connect(accounts.governor).defineFeed(SOURCES[metric], rules);
}

/** First end of a day at or after a time. */
export function midnightFrom(timeMs: number): number {
  const offsetMs = 1000 * MIDNIGHT_OFFSET;
  return Math.ceil((timeMs - offsetMs) / DAY_MS) * DAY_MS + offsetMs;
}

/** Posts what all reporters saw of a day that ended at `atMs`, an hour after it or at the chain's own later time. */
export async function postDay(
  world: World,
  { metric = "maxTemperature", atMs, value }: { metric?: WeatherMetric; atMs: number; value: number },
) {
  const { accounts, contracts, addresses, time, chainId } = world;
  const domain = {
    name: "Pondproof feeds",
    version: "1",
    chainId,
    verifyingContract: addresses.feedRegistry,
  };
  const fields = [
    ["feed", "bytes32"],
    ["observedAt", "uint40"],
    ["value", "uint32"],
    ["answer", "bytes32"],
  ];
  const types = { Report: fields.map(([name, type]) => ({ name: name!, type: type! })) };
  const report = { value: encodeValue(value), answer: feedId("the answer") };
  const message = { feed: feedOf(metric), observedAt: atMs / 1000, ...report };
  const signers = REPORTERS.map((name) => accounts[name]).sort((a, b) =>
    a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1,
  );
  const signatures = await Promise.all(signers.map((signer) => signer.signTypedData(domain, types, message)));
  if ((await time.latest()) < atMs / 1000 + 3_600) await time.setNextBlockTimestamp(atMs / 1000 + 3_600);
  return contracts.feedRegistry.connect(accounts.stranger).post(
    message.feed,
    message.observedAt,
    signers.map(() => report),
    signatures,
  );
}
