import type { ProbeReading } from "./note.ts";

export const HALF_HOUR_MS = 1_800_000;
export const DAY_STEPS = 48;

/** Half-hour means of a probe, NaN where nothing was measured; index 0 begins at `fromMs`. */
export type HalfHours = {
  fromMs: number;
  oxygenMgPerL: Float64Array;
  temperatureC: Float64Array;
  ph: Float64Array;
  currentA: Float64Array;
};

const METRICS = ["oxygenMgPerL", "temperatureC", "ph", "currentA"] as const;

/** The means of readings over a span. */
export function halfHoursOf(
  readings: readonly ProbeReading[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): HalfHours {
  const steps = Math.max(0, Math.ceil((toMs - fromMs) / HALF_HOUR_MS));
  const columns = METRICS.map((metric) => {
    const sums = new Float64Array(steps);
    const counts = new Uint32Array(steps);
    for (const reading of readings) {
      const value = reading[metric];
      const step = Math.floor((reading.timeMs - fromMs) / HALF_HOUR_MS);
      if (value === null || step < 0 || step >= steps) continue;
      sums[step]! += value;
      counts[step]! += 1;
    }
    return sums.map((sum, step) => sum / counts[step]!);
  });
  return {
    fromMs,
    oxygenMgPerL: columns[0]!,
    temperatureC: columns[1]!,
    ph: columns[2]!,
    currentA: columns[3]!,
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Pearson's correlation; 0 where one of them does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const meanA = a.reduce((sum, value) => sum + value, 0) / a.length;
  const meanB = b.reduce((sum, value) => sum + value, 0) / b.length;
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += (a[i]! - meanA) * (b[i]! - meanB);
    ofA += (a[i]! - meanA) ** 2;
    ofB += (b[i]! - meanB) ** 2;
  }
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB);
}
