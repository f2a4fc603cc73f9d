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

/** Milliseconds of the quickest of `rounds` runs: what the machine's other work disturbed least. */
export function quickestMs(rounds: number, run: () => void): number {
  let quickest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    run();
    quickest = Math.min(quickest, performance.now() - startMs);
  }
  return quickest;
}
