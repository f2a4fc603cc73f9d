import { oxygenSaturationMgPerL } from "../oxygen-saturation.ts";
import { correlation, HALF_HOUR_MS, type HalfHours } from "./half-hours.ts";
import { type Note, scoreBetween } from "./note.ts";

/** Half hours in which the air's temperature is compared: three hours. */
const STEPS = 6;
/** A probe in moist air reads saturation; its calibration and its warming leave a few percent. */
const NEAR_PERCENT = 6;
const FLAT_PERCENT = 2;

/**
 * Stretches of three hours at saturation, and flat, that the oxygen jumped into within half an hour: a lifted probe. It
 * is surer where the temperature follows the air's.
 */
export function liftedProbe(
  probe: string,
  grid: HalfHours,
  { airTemperatureC, salinityPerMille = 0 }: { airTemperatureC?: Float64Array; salinityPerMille?: number },
): Note[] {
  const saturation = grid.oxygenMgPerL.map(
    (oxygen, i) =>
      (100 * oxygen) / oxygenSaturationMgPerL({ temperatureC: grid.temperatureC[i]!, salinityPerMille }),
  );
  const notes: Note[] = [];
  for (let i = 2; i + STEPS <= saturation.length; i++) {
    const stretch = saturation.subarray(i, i + STEPS);
    const off = Math.max(...stretch.map((percent) => Math.abs(percent - 100)));
    const flat = Math.max(...stretch) - Math.min(...stretch);
    const before = saturation[i - 2]!;
    const jumpPercent = Math.abs(stretch[0]! - before);
    // The half hour of the lift itself is a mixture, so the jump is counted over two.
    if (!(off <= NEAR_PERCENT && flat <= FLAT_PERCENT && jumpPercent > 10)) continue;
    const followsAir =
      airTemperatureC !== undefined &&
      correlation(
        [...grid.temperatureC.subarray(i, i + STEPS)],
        [...airTemperatureC.subarray(i, i + STEPS)],
      ) > 0.8 &&
      Math.abs(grid.temperatureC[i + STEPS - 1]! - airTemperatureC[i + STEPS - 1]!) < 1.5;
    const score = Math.min(1, scoreBetween(jumpPercent, { none: 5, full: 25 }) + (followsAir ? 0.3 : 0));
    const fromMs = grid.fromMs + i * HALF_HOUR_MS;
    const toMs = fromMs + STEPS * HALF_HOUR_MS;
    notes.push({
      kind: "in-air",
      fromMs,
      toMs,
      score,
      probe,
      saturationPercent: stretch[0]!,
      jumpPercent,
      followsAir,
    });
    i += STEPS - 1;
  }
  return notes;
}
