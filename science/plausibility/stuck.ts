import { type Note, type ProbeSeries, scoreBetween } from "./note.ts";

const HOUR_MS = 3_600_000;
const FEWEST_READINGS = 6;
/** Water without oxygen is truly flat. */
const ANOXIC_MG_PER_L = 0.2;

/** Runs of one and the same oxygen value: noise alone moves a live probe. */
export function stuckValues({ probe, readings }: ProbeSeries): Note[] {
  const notes: Note[] = [];
  let first = 0;
  for (let i = 1; i <= readings.length; i++) {
    const value = readings[first]!.oxygenMgPerL;
    if (i < readings.length && readings[i]!.oxygenMgPerL === value) continue;
    const fromMs = readings[first]!.timeMs;
    const toMs = readings[i - 1]!.timeMs;
    const score = scoreBetween(toMs - fromMs, { none: 2 * HOUR_MS, full: 6 * HOUR_MS });
    if (value !== null && value >= ANOXIC_MG_PER_L && i - first >= FEWEST_READINGS && score > 0)
      notes.push({ kind: "stuck", fromMs, toMs, score, probe, oxygenMgPerL: value, readings: i - first });
    first = i;
  }
  return notes;
}
