import { DAY_STEPS, HALF_HOUR_MS, type HalfHours, median } from "./half-hours.ts";
import { type Note, scoreBetween } from "./note.ts";

/** An hour: a fish or a bubble at one tip is gone by then. */
const STEPS = 2;
/** Depth and place make two probes differ every day alike: the same hours of so many days before say by how much. */
const PAST_DAYS = 7;
const FEWEST_DAYS = 3;

/** Hours in which two probes of one pond differ more than they do at that time of day: one of them hangs elsewhere. */
export function probesDisagree(
  { probe, grid: a }: { probe: string; grid: HalfHours },
  { probe: other, grid: b }: { probe: string; grid: HalfHours },
): Note[] {
  const difference = a.oxygenMgPerL.map((oxygen, i) => oxygen - b.oxygenMgPerL[i]!);
  const notes: Note[] = [];
  for (let i = FEWEST_DAYS * DAY_STEPS; i + STEPS <= difference.length; i++) {
    const before = Array.from(
      { length: PAST_DAYS },
      (_, day) => difference[i - (day + 1) * DAY_STEPS]!,
    ).filter((value) => Number.isFinite(value));
    if (before.length < FEWEST_DAYS) continue;
    const usual = median(before);
    const hour = [...difference.subarray(i, i + STEPS)].map((value) => value - usual);
    // Both half hours, and in one direction.
    const beyond = Math.abs(hour[0]! + hour[1]!) / 2 - Math.abs(hour[0]! - hour[1]!) / 2;
    const score = scoreBetween(beyond, { none: 0.5, full: 2.5 });
    if (!(score > 0)) continue;
    const fromMs = a.fromMs + i * HALF_HOUR_MS;
    const toMs = fromMs + STEPS * HALF_HOUR_MS;
    const facts = { differenceMgPerL: difference[i]!, usualDifferenceMgPerL: usual };
    const last = notes.at(-1);
    if (last === undefined || fromMs > last.toMs)
      notes.push({ kind: "probes-disagree", fromMs, toMs, score, probe, other, ...facts });
    else if (score > last.score)
      notes[notes.length - 1] = {
        kind: "probes-disagree",
        fromMs: last.fromMs,
        toMs,
        score,
        probe,
        other,
        ...facts,
      };
    else last.toMs = toMs;
  }
  return notes;
}
