import { METRICS, type MetricName } from "../../protocol/record.ts";
import { createNoise } from "../noise.ts";
import type { Sample, Source } from "../source.ts";
import type { Row } from "./row.ts";
import type { Series } from "./series.ts";

export type ReplaySourceOptions = {
  series: Series;
  /** Names the probe's own chance: several probes of one series differ by it. */
  seed: string;
  /** Scatter that is added, by metric; what is not named is passed on as it was recorded. */
  sigma?: Partial<Record<MetricName, number>>;
};

/** Rows that one request gives at most; the rest follow with the next. */
const MAX_SAMPLES = 64;

/**
 * A recording as a source: each row once, stamped with its own time, when the reader's clock has reached it.
 *
 * It keeps no place of its own: what was read last is what the reader says, so a restart neither skips nor repeats.
 */
export function createReplaySource({ series, seed, sigma = {} }: ReplaySourceOptions): Source {
  const { rows } = series;
  const noises = METRICS.map(({ name }) => ({
    sigma: sigma[name] ?? 0,
    noise: createNoise(`${seed}/${name}`),
  }));
  const scatter = ({ timeMs, values }: Row): Sample => ({
    timeMs,
    simulated: true,
    values: values.map((value, slot) => {
      const { sigma, noise } = noises[slot]!;
      if (value === null || sigma === 0) return value;
      const scattered = value + sigma * noise.normal(timeMs);
      // Noise around a true zero shall not make a negative concentration.
      return value >= 0 ? Math.max(0, scattered) : scattered;
    }),
  });
  return {
    async sample({ timeMs, afterMs }) {
      const first = afterMs === null ? 0 : firstAfter(rows, afterMs);
      if (first === rows.length) return "end";
      const due = Math.min(firstAfter(rows, timeMs), first + MAX_SAMPLES);
      return rows.slice(first, due).map(scatter);
    },
  };
}

/** Index of the first row later than a time, by bisection. */
function firstAfter(rows: readonly Row[], timeMs: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.timeMs > timeMs) high = middle;
    else low = middle + 1;
  }
  return low;
}
