import { aerationPerH } from "../aeration.ts";
import { oxygenSaturationMgPerL } from "../oxygen-saturation.ts";
import type { Forecast } from "./forecast.ts";
import { STEP_MS } from "./history.ts";
import type { NightAhead } from "./night-ahead.ts";

/** What the night asks of the aerators, with the numbers behind it; `aeration-words.ts` says it. */
export type AerationAdvice =
  | { kind: "unknown"; why: Extract<NightAhead, { kind: "unforeseen" }>["why"] }
  /** Even the low edge of the forecast stays at or above the target. */
  | { kind: "none-needed"; targetMgPerL: number; lowest: Forecast }
  /** Run all aerators over this time; the low edge then stays at or above the target. */
  | {
      kind: "run";
      targetMgPerL: number;
      lowest: Forecast;
      powerKw: number;
      fromMs: number;
      untilMs: number;
      gainMgPerLPerH: number;
    }
  /** All of them from now on do not hold the target; `neededKw` would. */
  | {
      kind: "not-enough";
      targetMgPerL: number;
      lowest: Forecast;
      powerKw: number;
      neededKw: number;
      heldMgPerL: number;
    };

/** The pond as far as aeration is concerned; its forecast has been made with the aerators as they ran on past nights. */
export type AeratedPond = { volumeM3: number; temperatureC: number; powerKw: number };

const STEP_H = STEP_MS / 3_600_000;
/** Aerators are sold in steps of this size. */
const POWER_STEP_KW = 0.75;
const MOST_POWER_KW = 300;

/**
 * The shortest run of the pond's aerators until morning that keeps the low edge of the forecast at the target.
 *
 * The forecast's fall is kept and the aerators' transfer added: what past nights already had of them makes the advice
 * err on the side of running.
 */
export function adviseAeration({
  night,
  pond,
  targetMgPerL,
}: {
  night: NightAhead;
  pond: AeratedPond;
  targetMgPerL: number;
}): AerationAdvice {
  if (night.kind === "unforeseen") return { kind: "unknown", why: night.why };
  const { path } = night;
  const lowest = path.reduce((low, forecast) => (forecast.lowMgPerL < low.lowMgPerL ? forecast : low));
  const facts = { targetMgPerL, lowest };
  if (lowest.lowMgPerL >= targetMgPerL) return { kind: "none-needed", ...facts };
  const { powerKw } = pond;
  for (let start = path.length - 1; start >= 0; start--) {
    if (leastWith(path, pond, start) < targetMgPerL) continue;
    const gainMgPerLPerH =
      aerationPerH(pond) * (oxygenSaturationMgPerL(pond) - Math.max(0, path[start]!.lowMgPerL));
    const fromMs = path[start]!.atMs - STEP_MS;
    return { kind: "run", ...facts, powerKw, fromMs, untilMs: path.at(-1)!.atMs, gainMgPerLPerH };
  }
  const heldMgPerL = leastWith(path, pond, 0);
  let neededKw = powerKw;
  while (leastWith(path, { ...pond, powerKw: neededKw }, 0) < targetMgPerL && neededKw < MOST_POWER_KW)
    neededKw += POWER_STEP_KW;
  return { kind: "not-enough", ...facts, powerKw, neededKw, heldMgPerL };
}

/** The least oxygen of the path's low edge when the aerators run from step `start` on. */
function leastWith(path: readonly Forecast[], pond: AeratedPond, start: number): number {
  const exchangePerH = aerationPerH(pond);
  const saturation = oxygenSaturationMgPerL(pond);
  let gained = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [step, { lowMgPerL }] of path.entries()) {
    // Backward Euler: a strong aerator brings water to saturation within a step and not beyond.
    if (step >= start) {
      const rate = STEP_H * exchangePerH;
      gained = (gained + rate * (saturation - lowMgPerL)) / (1 + rate);
    }
    least = Math.min(least, lowMgPerL + Math.max(0, gained));
  }
  return least;
}
