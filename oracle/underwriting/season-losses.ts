import { philox2x32 } from "../../science/philox.ts";
import type { PaidEvent } from "./replay.ts";

const DAY_MS = 86_400_000;
const FULL_BPS = 10_000;
/** Nights in a row share their weather: they are drawn together. */
const BLOCK_DAYS = 14;
export const RESAMPLINGS = 2_000;
/** Two in twenty replicates lie outside. */
const INTERVAL = { low: 0.05, high: 0.95 };

/** Days of recordings, each with what began to be paid on it, in 1/10000 of the sum insured. */
export type RecordedDays = { payoutBps: number[]; events: number[] };

/**
 * What seasons cost in 1/10000 of the sum insured, as sums of whole numbers: `sumBps` over `seasons`. The interval holds
 * the mean of 90 of 100 recordings drawn from this one in blocks of two weeks.
 */
export type SeasonLosses = {
  days: number;
  events: number;
  sumBps: number;
  seasons: number;
  lowBps: number;
  highBps: number;
  /** Seasons of 100 drawn ones that pay anything, and that pay everything. */
  payingPercent: number;
  exhaustedPercent: number;
};

/** The days of a recording that have readings, by UTC date. */
export function daysOf(timesMs: readonly number[], paid: readonly PaidEvent[]): RecordedDays {
  const days = [...new Set(timesMs.map(dayOf))].sort((a, b) => a - b);
  const index = new Map(days.map((day, i) => [day, i]));
  const payoutBps = days.map(() => 0);
  const events = days.map(() => 0);
  for (const event of paid) {
    const i = index.get(dayOf(event.fromMs))!;
    payoutBps[i]! += event.payoutBps;
    events[i]! += 1;
  }
  return { payoutBps, events };
}

/**
 * The cost of a season, by a moving-block bootstrap with whole numbers only: the same on every machine.
 * @param options.seed names the draws; philox2x32 makes them
 */
export function seasonLosses(
  { payoutBps, events }: RecordedDays,
  { seasonDays, seed }: { seasonDays: number; seed: number },
): SeasonLosses {
  const days = payoutBps.length;
  const perReplicate = Math.max(1, Math.floor(days / seasonDays));
  const block = Math.min(BLOCK_DAYS, days);
  let draws = 0;
  const seasonOf = (): number => {
    let sum = 0;
    for (let day = 0; day < seasonDays; day += block) {
      const start = philox2x32([draws++, 0], seed)[0] % (days - block + 1);
      for (let i = 0; i < Math.min(block, seasonDays - day); i++) sum += payoutBps[start + i]!;
    }
    return Math.min(FULL_BPS, sum);
  };
  const means: number[] = [];
  let [sumBps, paying, exhausted] = [0, 0, 0];
  for (let replicate = 0; replicate < RESAMPLINGS; replicate++) {
    let sum = 0;
    for (let season = 0; season < perReplicate; season++) {
      const loss = seasonOf();
      sum += loss;
      if (loss > 0) paying += 1;
      if (loss === FULL_BPS) exhausted += 1;
    }
    sumBps += sum;
    means.push(Math.ceil(sum / perReplicate));
  }
  means.sort((a, b) => a - b);
  const seasons = RESAMPLINGS * perReplicate;
  const at = (part: number) => means[Math.floor(part * (RESAMPLINGS - 1))]!;
  return {
    days,
    events: events.reduce((sum, count) => sum + count, 0),
    sumBps,
    seasons,
    lowBps: at(INTERVAL.low),
    highBps: at(INTERVAL.high),
    payingPercent: Math.round((100 * paying) / seasons),
    exhaustedPercent: Math.round((100 * exhausted) / seasons),
  };
}

function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS);
}
