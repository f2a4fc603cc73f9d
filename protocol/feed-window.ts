import { writeUint } from "./bytes.ts";
import type { ProbeEvidence } from "./evaluate.ts";
import type { Window } from "./window.ts";

// The same decisions, in the same order, as contracts/insurance/FeedWindows.sol.

/** What the ledger knows of a feed: encoded values by the time (seconds) at which their period ended. */
export type FeedSeries = {
  metric: number;
  periodSeconds: number;
  /** Periods end this far from a multiple of their length. */
  offsetSeconds: number;
  values: ReadonlyMap<number, number>;
};

/** Why a window of a feed can prove nothing. */
export type FeedWindowRefusal =
  | { kind: "refused"; why: "not-whole-periods" }
  | { kind: "refused"; why: "not-observed"; atS: number }
  | { kind: "refused"; why: "not-the-observation-before"; atS: number };

/** What a feed shows of a window, in the form in which a probe shows it; `readings` is the number of observations. */
export type FeedWindow = { kind: "window"; evidence: ProbeEvidence; readings: number };

/** A year of days. */
export const MOST_PERIODS = 366;

const MOST_U32 = 2 ** 32 - 1;

/**
 * The periods in (fromMs, toMs], of which the first and the last must be known; `beforeS` is the time of the last
 * observation up to the beginning, where that is shown. A period without an observation is missing, and its length a gap.
 */
export function feedWindow(
  { metric, periodSeconds, offsetSeconds, values }: FeedSeries,
  { fromMs, toMs }: Window,
  beforeS?: number,
): FeedWindow | FeedWindowRefusal {
  const [periodMs, offsetMs] = [1000 * periodSeconds, 1000 * offsetSeconds];
  const onGrid = fromMs % periodMs === offsetMs && toMs % periodMs === offsetMs;
  if (!onGrid || fromMs >= toMs || toMs - fromMs > MOST_PERIODS * periodMs)
    return { kind: "refused", why: "not-whole-periods" };

  let [min, max, readings, missing, maxGapMs, gapMs] = [MOST_U32, 0, 0, 0, 0, 0];
  for (let atMs = fromMs + periodMs; atMs <= toMs; atMs += periodMs) {
    const value = values.get(atMs / 1000);
    if (value === undefined) {
      if (readings === 0 || atMs === toMs) return { kind: "refused", why: "not-observed", atS: atMs / 1000 };
      missing++;
      gapMs += periodMs;
      continue;
    }
    [min, max] = [Math.min(min, value), Math.max(max, value)];
    readings++;
    maxGapMs = Math.max(maxGapMs, gapMs);
    gapMs = 0;
  }

  let before: ProbeEvidence["before"];
  if (beforeS !== undefined) {
    const value = values.get(beforeS);
    const beforeMs = 1000 * beforeS;
    const near = beforeMs <= fromMs && fromMs - beforeMs <= MOST_PERIODS * periodMs;
    if (!near || value === undefined) return { kind: "refused", why: "not-observed", atS: beforeS };
    for (let atMs = beforeMs + periodMs; atMs <= fromMs; atMs += periodMs) {
      if (values.has(atMs / 1000))
        return { kind: "refused", why: "not-the-observation-before", atS: beforeS };
      missing++;
    }
    maxGapMs = Math.max(maxGapMs, fromMs - beforeMs);
    before = { timeMs: beforeMs, flags: 0, values: inSlot(value, metric) };
  }
  const [mins, maxs] = [inSlot(min, metric), inSlot(max, metric)];
  const aggregates = { missing, maxGapMs: Math.min(maxGapMs, MOST_U32), flags: 0, mins, maxs };
  return { kind: "window", readings, evidence: { firstMs: fromMs, lastMs: toMs, ...aggregates, before } };
}

/** A metric word that holds one value. */
function inSlot(value: number, metric: number): Uint8Array {
  const word = new Uint8Array(32);
  writeUint(word, 4 * metric, 4, value);
  return word;
}
