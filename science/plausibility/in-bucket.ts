import { DAY_STEPS, HALF_HOUR_MS, type HalfHours, median } from "./half-hours.ts";
import { type Note, scoreBetween } from "./note.ts";

/** Six hours: a night's part that no respiration of open water hides. */
const STEPS = 12;
const PAST_DAYS = 14;
const FEWEST_DAYS = 5;
/** Days differ by at least this, however alike the last ones were. */
const LEAST_SPREAD = { temperatureC: 0.4, oxygenMgPerL: 0.4 };

/**
 * Six hours in which oxygen fell, and temperature moved, far more than in the same hours of the days before: a small
 * volume is warmed and cooled by the air faster than a pond, and is breathed empty.
 */
export function smallVolume(probe: string, grid: HalfHours): Note[] {
  const notes: Note[] = [];
  for (let i = FEWEST_DAYS * DAY_STEPS; i + STEPS < grid.oxygenMgPerL.length; i++) {
    const temperature = unlikeBefore(grid.temperatureC, i, LEAST_SPREAD.temperatureC);
    const oxygen = unlikeBefore(grid.oxygenMgPerL, i, LEAST_SPREAD.oxygenMgPerL);
    if (temperature === undefined || oxygen === undefined || oxygen.change >= oxygen.usual) continue;
    const spreads = Math.min(temperature.spreads, oxygen.spreads);
    const score = scoreBetween(spreads, { none: 3, full: 7 });
    if (score === 0) continue;
    const fromMs = grid.fromMs + i * HALF_HOUR_MS;
    notes.push({
      kind: "in-bucket",
      fromMs,
      toMs: fromMs + STEPS * HALF_HOUR_MS,
      score,
      probe,
      temperatureChangeC: temperature.change,
      usualTemperatureChangeC: temperature.usual,
      oxygenFallMgPerL: -oxygen.change,
      usualOxygenFallMgPerL: -oxygen.usual,
    });
  }
  return strongest(notes);
}

/** The change from step `i` on beside the median of the days before, in spreads of those days. */
function unlikeBefore(values: Float64Array, i: number, leastSpread: number) {
  const changeAt = (at: number) => (values[at + STEPS] ?? Number.NaN) - (values[at] ?? Number.NaN);
  const change = changeAt(i);
  const past = Array.from({ length: PAST_DAYS }, (_, day) => changeAt(i - (day + 1) * DAY_STEPS)).filter(
    (value) => Number.isFinite(value),
  );
  if (!Number.isFinite(change) || past.length < FEWEST_DAYS) return undefined;
  const usual = median(past);
  // 1.4826 makes the median deviation of a normal distribution its standard deviation.
  const spread = Math.max(leastSpread, 1.4826 * median(past.map((value) => Math.abs(value - usual))));
  return { change, usual, spreads: Math.abs(change - usual) / spread };
}

/** Of notes that overlap only the one with the highest score. */
function strongest(notes: readonly Note[]): Note[] {
  const kept: Note[] = [];
  for (const note of notes.toSorted((a, b) => b.score - a.score)) {
    if (kept.every(({ fromMs, toMs }) => note.toMs <= fromMs || note.fromMs >= toMs)) kept.push(note);
  }
  return kept;
}
