import { HALF_HOUR_MS, type HalfHours } from "./half-hours.ts";
import { type Note, scoreBetween } from "./note.ts";

/** What counts as one step of difference in each metric; pH where both measure it. */
const UNIT = { oxygenMgPerL: 0.6, temperatureC: 0.4 };
const LEAST_JUMP = 3;

/** Moments at which each of two probes goes on where the other one stopped. */
export function swappedProbes(
  { probe, grid: a }: { probe: string; grid: HalfHours },
  { probe: other, grid: b }: { probe: string; grid: HalfHours },
): Note[] {
  const notes: Note[] = [];
  // Two half hours apart, because the one of the exchange holds readings of both places.
  for (let i = 1; i + 2 < a.oxygenMgPerL.length; i++) {
    const ownJump = Math.min(distance(a, i - 1, a, i + 1), distance(b, i - 1, b, i + 1));
    const crossJump = Math.max(distance(a, i - 1, b, i + 1), distance(b, i - 1, a, i + 1));
    if (!(ownJump >= LEAST_JUMP && ownJump > 2 * crossJump)) continue;
    // It stays so: a spike comes back.
    const stays = Math.min(distance(a, i - 1, a, i + 2), distance(b, i - 1, b, i + 2));
    const fromMs = a.fromMs + i * HALF_HOUR_MS;
    const score = scoreBetween(Math.min(ownJump, stays) / (crossJump + 1), { none: 1, full: 3 });
    notes.push({
      kind: "swapped",
      fromMs,
      toMs: fromMs + HALF_HOUR_MS,
      score,
      probe,
      other,
      ownJump,
      crossJump,
    });
    i += 3;
  }
  return notes;
}

function distance(a: HalfHours, i: number, b: HalfHours, j: number): number {
  const oxygen = (a.oxygenMgPerL[i]! - b.oxygenMgPerL[j]!) / UNIT.oxygenMgPerL;
  const temperature = (a.temperatureC[i]! - b.temperatureC[j]!) / UNIT.temperatureC;
  return Math.hypot(oxygen, temperature);
}
