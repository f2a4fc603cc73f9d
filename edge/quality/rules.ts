import type { MetricName } from "../../protocol/record.ts";

const HOUR_MS = 3_600_000;

/** Both ends inclusive; what lies outside is doubted, or fails. */
export type Range = { suspect: readonly [number, number]; fail: readonly [number, number] };

/** What is checked of one metric, in its own unit. */
export type MetricRules = {
  range: Range;
  /** Distance of a value from the mean of its two neighbours. */
  spike?: { suspect: number; fail: number };
  /** Change an hour from one reading to the next. */
  ratePerHour?: number;
  /** A value that stays within `within` for so long; below `exceptBelow` nothing else is to be expected. */
  flat?: { within: number; suspectMs: number; failMs?: number; exceptBelow?: number };
};

/**
 * Thresholds for ponds with their false alarms counted on real series (domain.md §2.6). Low oxygen never fails: it is
 * what is insured, and the usual limits of such tests would delete the very event.
 */
export const METRIC_RULES: Record<MetricName, MetricRules> = {
  oxygen: {
    range: { suspect: [-0.1, 18], fail: [-0.1, 25] },
    spike: { suspect: 2, fail: 4 },
    ratePerHour: 3,
    // True anoxia is flat.
    flat: { within: 0.02, suspectMs: 3 * HOUR_MS, failMs: 6 * HOUR_MS, exceptBelow: 0.2 },
  },
  temperature: {
    range: { suspect: [0, 38], fail: [-2, 45] },
    spike: { suspect: 1.5, fail: 2 },
    ratePerHour: 3,
    flat: { within: 0.01, suspectMs: 12 * HOUR_MS },
  },
  ph: {
    range: { suspect: [5.5, 10], fail: [2, 12] },
    spike: { suspect: 0.5, fail: 1 },
    ratePerHour: 1,
    flat: { within: 0.01, suspectMs: 6 * HOUR_MS },
  },
  conductivity: { range: { suspect: [0, 20], fail: [0, 100] } },
  turbidity: { range: { suspect: [0, 1_000], fail: [0, 4_000] } },
  ammonia: { range: { suspect: [0, 20], fail: [0, 100] } },
  current: { range: { suspect: [0, 100], fail: [0, 1_000] } },
  feed: { range: { suspect: [0, 1_000], fail: [0, 100_000] } },
};

/** Two probes of a pond that differ by more than this, for so long, are both doubted. */
export const NEIGHBOUR = { mgPerL: 1, forMs: HOUR_MS } as const;

/** Oxygen beyond this share of saturation is doubted; at night nothing can make more than the second (§2.6). */
export const SUPERSATURATION = { everShare: 2.2, nightShare: 1.1 } as const;
/** Hours of the night, local time, when plants have made no oxygen for long. */
export const NIGHT_HOURS = { from: 1, to: 5 } as const;
