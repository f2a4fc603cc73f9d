import { NEIGHBOUR } from "./rules.ts";

/** Compares the oxygen of the probes of one pond. */
export type Neighbours = {
  /** Notes a probe's value and says whether it has disagreed with another's for too long. */
  take(device: string, sample: { timeMs: number; oxygenMgPerL: number }): boolean;
};

/** A value older than this says nothing of its neighbour's. */
const CURRENT_MS = 1_800_000;

export function createNeighbours(): Neighbours {
  const last = new Map<string, { timeMs: number; oxygenMgPerL: number }>();
  const apartSinceMs = new Map<string, number>();
  return {
    take(device, sample) {
      last.set(device, sample);
      let disagrees = false;
      for (const [other, value] of last) {
        if (other === device) continue;
        const pair = [device, other].sort().join(" ");
        const isCurrent = Math.abs(sample.timeMs - value.timeMs) <= CURRENT_MS;
        const isApart = Math.abs(sample.oxygenMgPerL - value.oxygenMgPerL) > NEIGHBOUR.mgPerL;
        if (!isCurrent || !isApart) {
          apartSinceMs.delete(pair);
          continue;
        }
        const sinceMs = apartSinceMs.get(pair) ?? sample.timeMs;
        apartSinceMs.set(pair, sinceMs);
        if (sample.timeMs - sinceMs >= NEIGHBOUR.forMs) disagrees = true;
      }
      return disagrees;
    },
  };
}
