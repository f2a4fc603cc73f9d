import { PondproofError } from "../../protocol/errors.ts";
import { SOURCE } from "../../protocol/terms.ts";
import { poissonInterval } from "./poisson.ts";
import type { InsuranceProduct } from "./product.ts";
import { type PaidEvent, type RecordedRow, replayPerils } from "./replay.ts";
import { daysOf, type SeasonLosses, seasonLosses } from "./season-losses.ts";

/** One recording and what a product would have paid on it. */
export type ReplayedRecording = {
  name: string;
  fromMs: number;
  toMs: number;
  readings: number;
  days: number;
  events: readonly PaidEvent[];
};

export type Backtest = {
  product: string;
  recordings: readonly ReplayedRecording[];
  losses: SeasonLosses;
  /** Exact 90 % interval of events a hundred days, were they independent. */
  eventsPer100Days: { seen: number; low: number; high: number };
};

/**
 * Runs a product over recordings; each has one probe, so the number of sensors that the product asks for is not tested.
 * @throws INVALID_ARGUMENT for a product of weather, of which recordings of water know nothing
 */
export function backtest(
  product: InsuranceProduct,
  recordings: readonly { name: string; rows: readonly RecordedRow[] }[],
  { seed }: { seed: number },
): Backtest {
  if (product.perils.some(({ source }) => source === SOURCE.feed))
    throw new PondproofError("INVALID_ARGUMENT", {
      product: product.name,
      problem: "recordings of water say nothing of weather",
    });
  const all = { payoutBps: [] as number[], events: [] as number[] };
  const replayed = recordings.map(({ name, rows }): ReplayedRecording => {
    const events = replayPerils(rows, product.perils);
    const days = daysOf(
      rows.map(({ timeMs }) => timeMs),
      events,
    );
    all.payoutBps.push(...days.payoutBps);
    all.events.push(...days.events);
    return {
      name,
      fromMs: rows[0]?.timeMs ?? 0,
      toMs: rows.at(-1)?.timeMs ?? 0,
      readings: rows.length,
      days: days.payoutBps.length,
      events,
    };
  });
  const losses = seasonLosses(all, { seasonDays: product.seasonDays, seed });
  const { low, high } = poissonInterval(losses.events);
  const per100 = (count: number) => Math.round((1_000_000 * count) / losses.days) / 10_000;
  return {
    product: product.name,
    recordings: replayed,
    losses,
    eventsPer100Days: { seen: per100(losses.events), low: per100(low), high: per100(high) },
  };
}
