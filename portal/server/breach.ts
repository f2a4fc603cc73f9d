import { isBeyond, occurrenceAmount } from "../../protocol/evaluate.ts";
import { decodeValue, encodeValue } from "../../protocol/record.ts";
import type { Peril, Terms, Tier } from "../../protocol/terms.ts";
import type { Breach, ReadingPoint } from "../api.ts";

type Run = { fromMs: number; toMs: number };

/**
 * The farthest breach that is going on at a pond, or null: what a window proven now would show. `series` holds each
 * probe's readings, oldest first.
 */
export function breachOf({
  terms,
  series,
  nowMs,
}: {
  terms: Pick<Terms, "perils" | "minSensors" | "sumInsured">;
  series: readonly (readonly ReadingPoint[])[];
  nowMs: number;
}): Breach | null {
  const breaches = terms.perils.flatMap((peril, index) => {
    const breach = perilBreach({ terms, peril, index, series, nowMs });
    return breach === undefined ? [] : [breach];
  });
  return breaches.sort((a, b) => b.durationMs - a.durationMs)[0] ?? null;
}

function perilBreach({
  terms,
  peril,
  index,
  series,
  nowMs,
}: {
  terms: Pick<Terms, "minSensors" | "sumInsured">;
  peril: Peril;
  index: number;
  series: readonly (readonly ReadingPoint[])[];
  nowMs: number;
}): Breach | undefined {
  const runs = peril.tiers.map((tier) => sharedRun({ peril, tier, series, nowMs, probes: terms.minSensors }));
  const amount = ({ payoutBps }: Tier) => occurrenceAmount(terms, peril, payoutBps).toString();
  const lasts = (run: Run | undefined) => (run === undefined ? 0 : run.toMs - run.fromMs);
  const reached = peril.tiers.findLastIndex(
    (tier, i) => runs[i] !== undefined && lasts(runs[i]) >= tier.minDurationMs,
  );
  const next = peril.tiers.findIndex((_, i) => i > reached && runs[i] !== undefined);
  const shown = next >= 0 ? next : reached;
  const tier = peril.tiers[shown];
  const run = runs[shown];
  if (tier === undefined || run === undefined) return undefined;
  return {
    peril: index,
    threshold: decodeValue(tier.threshold),
    sinceMs: run.fromMs,
    durationMs: lasts(run),
    reached: reached < 0 ? null : { tier: reached, amount: amount(peril.tiers[reached]!) },
    next: next < 0 ? null : { tier: next, minDurationMs: tier.minDurationMs, amount: amount(tier) },
  };
}

/** The longest span over which at least `probes` probes have been beyond the tier's threshold up to their last reading. */
function sharedRun({
  peril,
  tier,
  series,
  nowMs,
  probes,
}: {
  peril: Peril;
  tier: Tier;
  series: readonly (readonly ReadingPoint[])[];
  nowMs: number;
  probes: number;
}): Run | undefined {
  const runs = series
    .map((points) => lastRun({ points, peril, threshold: tier.threshold, nowMs }))
    .filter((run) => run !== undefined)
    .sort((a, b) => a.fromMs - b.fromMs)
    .slice(0, probes);
  if (probes < 1 || runs.length < probes) return undefined;
  const fromMs = runs.at(-1)!.fromMs;
  return { fromMs, toMs: Math.max(fromMs, Math.min(...runs.map(({ toMs }) => toMs))) };
}

function lastRun({
  points,
  peril: { metric, comparison, maxGapMs },
  threshold,
  nowMs,
}: {
  points: readonly ReadingPoint[];
  peril: Peril;
  threshold: number;
  nowMs: number;
}): Run | undefined {
  const last = points.at(-1);
  if (last === undefined || nowMs - last.timeMs > maxGapMs) return undefined;
  let fromMs: number | undefined;
  for (let i = points.length - 1; i >= 0; i--) {
    const { timeMs, values } = points[i]!;
    const value = values[metric];
    if (value === null || value === undefined) break;
    const encoded = encodeValue(value);
    if (!isBeyond(comparison, threshold, { min: encoded, max: encoded })) break;
    if (fromMs !== undefined && fromMs - timeMs > maxGapMs) break;
    fromMs = timeMs;
  }
  return fromMs === undefined ? undefined : { fromMs, toMs: last.timeMs };
}
