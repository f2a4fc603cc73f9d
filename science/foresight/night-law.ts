import { oxygenSaturationMgPerL } from "../oxygen-saturation.ts";
import { type History, STEPS_PER_DAY, STEPS_PER_HOUR } from "./history.ts";

// In the dark a pond only breathes and exchanges gas: dC/dt = K·(Cs − C) − R. Over a lead time its change is then
// linear in the distance from saturation, x = C − Cs: change = a − b·x with 0 ≤ b = 1 − exp(−K·lead). Madenjian et al.
// 1987 take a and b from the dusk of the same night; here the same hours of the nights before say them, because one
// night's three hours are too noisy to be stretched to nine.

/** Nights that are looked back on. */
export const NIGHTS = 14;
/** A night counts e times less when it is this many nights older. */
const MEMORY_NIGHTS = 4;
/** What a pond without a history is taken to exchange: 1.5 m deep, a light wind (domain.md §2.3). */
const PRIOR_EXCHANGE_PER_H = 0.03;
/** How much that assumption weighs, (mg/L)²: about three recent nights that differed by 1 mg/L. */
const PRIOR_WEIGHT = 3;

/**
 * Change of oxygen over the next `leadSteps`, in mg/L, as of step `at` of the history; NaN where no night before it
 * is known, or the present is not.
 */
export function changeByNightLaw(history: History, at: number, leadSteps: number): number {
  const now = excessMgPerL(history, at);
  let weights = 0;
  let meanChange = 0;
  let meanExcess = 0;
  const nights: { change: number; excess: number; weight: number }[] = [];
  for (let night = 1; night <= NIGHTS; night++) {
    const then = at + night * STEPS_PER_DAY;
    const change = changeOver(history, then, leadSteps);
    const excess = excessMgPerL(history, then);
    if (!Number.isFinite(change + excess)) continue;
    const weight = Math.exp((1 - night) / MEMORY_NIGHTS);
    nights.push({ change, excess, weight });
    weights += weight;
    meanChange += weight * change;
    meanExcess += weight * excess;
  }
  if (nights.length === 0) return Number.NaN;
  meanChange /= weights;
  meanExcess /= weights;
  let covariance = 0;
  let variance = 0;
  for (const { change, excess, weight } of nights) {
    covariance += weight * (excess - meanExcess) * (change - meanChange);
    variance += weight * (excess - meanExcess) ** 2;
  }
  const prior = 1 - Math.exp((-PRIOR_EXCHANGE_PER_H * leadSteps) / STEPS_PER_HOUR);
  const returned = (PRIOR_WEIGHT * prior - covariance) / (variance + PRIOR_WEIGHT);
  const part = Math.min(1, Math.max(0, returned));
  return meanChange - part * (now - meanExcess);
}

/** Change of oxygen from step `at` to `leadSteps` later, both in the past; NaN where one is unknown. */
export function changeOver({ oxygenMgPerL }: History, at: number, leadSteps: number): number {
  return (oxygenMgPerL[at - leadSteps] ?? Number.NaN) - (oxygenMgPerL[at] ?? Number.NaN);
}

function excessMgPerL({ oxygenMgPerL, temperatureC }: History, at: number): number {
  const temperature = temperatureC[at] ?? Number.NaN;
  return (oxygenMgPerL[at] ?? Number.NaN) - oxygenSaturationMgPerL({ temperatureC: temperature });
}
