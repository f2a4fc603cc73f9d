/** One number beside the number that it is compared with, both of this run. */
export type Measurement = {
  name: string;
  value: number;
  unit: string;
  comparedTo: { name: string; value: number };
  /** `value` ÷ `comparedTo.value`. */
  ratio: number;
  /** What the ratio has to reach, or must not exceed; absent where the number only informs. */
  goal?: { atLeast: number } | { atMost: number };
};

export function compare(measured: Omit<Measurement, "ratio">): Measurement {
  return { ...measured, ratio: measured.value / measured.comparedTo.value };
}

export function isMet({ ratio, goal }: Measurement): boolean {
  if (goal === undefined) return true;
  return "atLeast" in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
}

/**
 * Milliseconds of processor time that the quickest of `rounds` runs took on this thread: what else the machine does
 * disturbs it least.
 */
export function quickestMs(rounds: number, run: () => void): number {
  const timesMs = Array.from({ length: rounds }, () => {
    const before = process.threadCpuUsage();
    run();
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...timesMs);
}

/** The middle one of an odd number of measurements, by their ratio. */
export function median(measurements: readonly Measurement[]): Measurement {
  const sorted = measurements.toSorted((a, b) => a.ratio - b.ratio);
  return sorted[Math.floor(sorted.length / 2)]!;
}
