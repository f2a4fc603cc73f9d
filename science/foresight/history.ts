/** A reading that foresight rests on. */
export type OxygenSample = { timeMs: number; oxygenMgPerL: number; temperatureC: number };

/**
 * What a pond was like before a moment, in steps of half an hour backwards: index 0 is the half hour that ends now.
 * NaN where nothing was measured.
 */
export type History = { oxygenMgPerL: Float64Array; temperatureC: Float64Array };

export const STEP_MS = 1_800_000;
export const STEPS_PER_HOUR = 2;
export const STEPS_PER_DAY = 48;

/** Half-hour means of the samples up to `nowMs`, as far back as `days`; a later sample is never looked at. */
export function historyBefore(
  samples: readonly OxygenSample[],
  { nowMs, days }: { nowMs: number; days: number },
): History {
  const steps = days * STEPS_PER_DAY;
  const oxygenMgPerL = new Float64Array(steps);
  const temperatureC = new Float64Array(steps);
  const counts = new Uint32Array(steps);
  for (let i = lastNotAfter(samples, nowMs); i >= 0; i--) {
    const sample = samples[i]!;
    const step = Math.floor((nowMs - sample.timeMs) / STEP_MS);
    if (step >= steps) break;
    oxygenMgPerL[step]! += sample.oxygenMgPerL;
    temperatureC[step]! += sample.temperatureC;
    counts[step]! += 1;
  }
  return {
    oxygenMgPerL: oxygenMgPerL.map((sum, step) => sum / counts[step]!),
    temperatureC: temperatureC.map((sum, step) => sum / counts[step]!),
  };
}

/** Index of the last sample at or before a time, by bisection; −1 where there is none. */
function lastNotAfter(samples: readonly OxygenSample[], timeMs: number): number {
  let low = 0;
  let high = samples.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]!.timeMs > timeMs) high = middle;
    else low = middle + 1;
  }
  return low - 1;
}
