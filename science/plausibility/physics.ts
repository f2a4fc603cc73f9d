import { oxygenSaturationMgPerL } from "../oxygen-saturation.ts";
import { type Place, sunElevationSine } from "../sun.ts";
import { HALF_HOUR_MS, type HalfHours } from "./half-hours.ts";
import { type Note, scoreBetween } from "./note.ts";

/** The motors run from this current on. */
const RUNNING_A = 0.5;
/** What an hour of an ordinary day moves at most. */
const STILL = { temperatureC: 0.4, ph: 0.08 };

/** More oxygen than algae hold in water: bubbles, another unit, or a broken probe. */
export function oversaturation(probe: string, grid: HalfHours): Note[] {
  return stepsOf(grid, (i) => {
    const temperatureC = grid.temperatureC[i]!;
    const saturationPercent = (100 * grid.oxygenMgPerL[i]!) / oxygenSaturationMgPerL({ temperatureC });
    const score = scoreBetween(saturationPercent, { none: 200, full: 280 });
    return score > 0
      ? { kind: "oversaturated", ...at(grid, i, 1), score, probe, saturationPercent }
      : undefined;
  });
}

/** Oxygen that rises in the dark although no aerator runs: nothing in a pond makes it then. */
export function riseInTheDark(probe: string, grid: HalfHours, place: Place): Note[] {
  const steps = 3;
  const dark = (i: number) => sunElevationSine(grid.fromMs + i * HALF_HOUR_MS, place) < -0.05;
  return stepsOf(grid, (i) => {
    if (!dark(i) || !dark(i + steps)) return undefined;
    const riseMgPerL = grid.oxygenMgPerL[i + steps]! - grid.oxygenMgPerL[i]!;
    const ran = grid.currentA.subarray(i, i + steps + 1).some((current) => current > RUNNING_A);
    const score = ran ? 0 : scoreBetween(riseMgPerL, { none: 1, full: 4 });
    return score > 0
      ? { kind: "rise-in-the-dark", ...at(grid, i, steps), score, probe, riseMgPerL }
      : undefined;
  });
}

/** Oxygen that is gone within half an hour while neither temperature nor pH moves: other water would differ in both. */
export function fallWithoutCause(probe: string, grid: HalfHours): Note[] {
  return stepsOf(grid, (i) => {
    const change = (values: Float64Array) => values[i + 2]! - values[i]!;
    const fallMgPerL = -change(grid.oxygenMgPerL);
    const ph = change(grid.ph);
    const phChange = Number.isFinite(ph) ? ph : null;
    if (!(Math.abs(change(grid.temperatureC)) < STILL.temperatureC) || Math.abs(phChange ?? 0) > STILL.ph)
      return undefined;
    const score = scoreBetween(fallMgPerL, { none: 1.5, full: 4.5 }) * (phChange === null ? 0.8 : 1);
    return score > 0
      ? { kind: "fall-without-cause", ...at(grid, i, 2), score, probe, fallMgPerL, phChange }
      : undefined;
  });
}

/** Oxygen below a level for an hour while the motors stand still. */
export function aeratorOff(probe: string, grid: HalfHours, { belowMgPerL }: { belowMgPerL: number }): Note[] {
  return stepsOf(grid, (i) => {
    const oxygen = grid.oxygenMgPerL.subarray(i, i + 2);
    const current = grid.currentA.subarray(i, i + 2);
    if (!oxygen.every((value) => value < belowMgPerL) || !current.every((value) => value < RUNNING_A))
      return undefined;
    const facts = { currentA: Math.max(...current), oxygenMgPerL: Math.min(...oxygen) };
    return { kind: "aerator-off", ...at(grid, i, 2), score: 0.7, probe, ...facts };
  });
}

/** Oxygen that falls for two hours and is low while the motors draw current: no impeller, or a probe elsewhere. */
export function aeratorWithoutEffect(probe: string, grid: HalfHours): Note[] {
  const steps = 4;
  return stepsOf(grid, (i) => {
    const current = grid.currentA.subarray(i, i + steps + 1);
    const slopeMgPerLPerH = (grid.oxygenMgPerL[i + steps]! - grid.oxygenMgPerL[i]!) / 2;
    const low = grid.oxygenMgPerL[i]! < 0.5 * oxygenSaturationMgPerL({ temperatureC: grid.temperatureC[i]! });
    if (!low || !current.every((value) => value > RUNNING_A)) return undefined;
    const score = scoreBetween(-slopeMgPerLPerH, { none: 0.1, full: 0.6 });
    const currentA = Math.min(...current);
    return score > 0
      ? { kind: "aerator-without-effect", ...at(grid, i, steps), score, probe, currentA, slopeMgPerLPerH }
      : undefined;
  });
}

/** A fall over six hours that no neighbour shares; weather and season strike all of them. */
export function unlikeNeighbours(
  probe: string,
  grid: HalfHours,
  neighbours: readonly Float64Array[],
): Note[] {
  const steps = 12;
  return stepsOf(grid, (i) => {
    const fallOf = (values: Float64Array) => values[i]! - values[i + steps]!;
    const fallMgPerL = fallOf(grid.oxygenMgPerL);
    const others = neighbours.map(fallOf).filter((value) => Number.isFinite(value));
    if (others.length === 0) return undefined;
    const neighboursFellMgPerL = Math.max(...others);
    const score = scoreBetween(fallMgPerL - neighboursFellMgPerL, { none: 2, full: 6 });
    return score > 0
      ? { kind: "unlike-neighbours", ...at(grid, i, steps), score, probe, fallMgPerL, neighboursFellMgPerL }
      : undefined;
  });
}

function at(grid: HalfHours, i: number, steps: number) {
  const fromMs = grid.fromMs + i * HALF_HOUR_MS;
  return { fromMs, toMs: fromMs + steps * HALF_HOUR_MS };
}

/** The notes of all steps; of those that touch each other only the strongest. */
function stepsOf(grid: HalfHours, check: (i: number) => Note | undefined): Note[] {
  const kept: Note[] = [];
  for (let i = 0; i < grid.oxygenMgPerL.length; i++) {
    const note = check(i);
    if (note === undefined) continue;
    const last = kept.at(-1);
    if (last === undefined || note.fromMs > last.toMs) kept.push(note);
    else if (note.score > last.score) kept[kept.length - 1] = { ...note, fromMs: last.fromMs };
    else last.toMs = note.toMs;
  }
  return kept;
}
