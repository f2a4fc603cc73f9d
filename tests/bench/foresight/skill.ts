import { forecastOxygen } from "../../../science/foresight/forecast.ts";
import {
  type OxygenSample,
  STEP_MS,
  STEPS_PER_DAY,
  STEPS_PER_HOUR,
} from "../../../science/foresight/history.ts";
import { foreseeNight } from "../../../science/foresight/night-ahead.ts";
import { type Place, sunElevationSine } from "../../../science/sun.ts";

/** Mean absolute errors in mg/L over the same issue times, and what decides whether they may be believed. */
export type Skill = {
  leadHours: number;
  forecasts: number;
  foresight: number;
  persistence: number;
  yesterday: number;
  /** Mean of foresight − truth. */
  bias: number;
  /** Part of what came that lay inside the band, 0–1. */
  inBand: number;
};

export const LEAD_HOURS = [3, 6, 9] as const;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Forecasts issued every half hour of every night whose target is not later than an hour after sunrise; only where
 * all three methods can say something and what came was measured.
 */
export function skillOf(samples: readonly OxygenSample[], place: Place): Skill[] {
  const at = meansByStep(samples);
  return LEAD_HOURS.map((leadHours) => {
    const lead = leadHours * STEPS_PER_HOUR;
    const sums = { foresight: 0, persistence: 0, yesterday: 0, bias: 0, inBand: 0 };
    let forecasts = 0;
    for (const nowMs of nightSteps(samples, place)) {
      const targetMs = nowMs + lead * STEP_MS;
      // The night may not end in between.
      if (sunElevationSine(targetMs - HOUR_MS, place) > 0 || leadHours * HOUR_MS > DAY_MS) continue;
      if (sunElevationSine((nowMs + targetMs) / 2, place) > 0) continue;
      const truth = at(targetMs);
      const now = at(nowMs);
      const yesterday = now + at(targetMs - STEPS_PER_DAY * STEP_MS) - at(nowMs - STEPS_PER_DAY * STEP_MS);
      if (!Number.isFinite(truth + now + yesterday)) continue;
      const said = forecastOxygen({ samples, nowMs, leadSteps: [lead] });
      if (!Array.isArray(said)) continue;
      const forecast = said[0]!;
      forecasts += 1;
      sums.foresight += Math.abs(forecast.oxygenMgPerL - truth);
      sums.persistence += Math.abs(now - truth);
      sums.yesterday += Math.abs(yesterday - truth);
      sums.bias += forecast.oxygenMgPerL - truth;
      sums.inBand += forecast.lowMgPerL <= truth && truth <= forecast.highMgPerL ? 1 : 0;
    }
    const mean = (sum: number) => sum / forecasts;
    return {
      leadHours,
      forecasts,
      foresight: mean(sums.foresight),
      persistence: mean(sums.persistence),
      yesterday: mean(sums.yesterday),
      bias: mean(sums.bias),
      inBand: mean(sums.inBand),
    };
  });
}

/** Warnings of low oxygen given two hours after sunset, night by night, against what the night brought. */
export type Warnings = {
  belowMgPerL: number;
  nights: number;
  /** Nights on which oxygen fell below the level after the forecast, though it stood above it then. */
  fell: number;
  warned: number;
  warnedAndFell: number;
};

export function warningsOf(samples: readonly OxygenSample[], place: Place, belowMgPerL: number): Warnings {
  const at = meansByStep(samples);
  const counts: Warnings = { belowMgPerL, nights: 0, fell: 0, warned: 0, warnedAndFell: 0 };
  for (const nowMs of nightSteps(samples, place)) {
    const twoHoursAgo = sunElevationSine(nowMs - 2 * HOUR_MS, place) <= 0;
    if (!twoHoursAgo || sunElevationSine(nowMs - 2.5 * HOUR_MS, place) <= 0) continue;
    const night = foreseeNight({ samples, nowMs, place, levelsMgPerL: [belowMgPerL] });
    if (night.kind === "unforeseen" || !(at(nowMs) >= belowMgPerL)) continue;
    const came = night.path.map(({ atMs }) => at(atMs));
    if (came.some((value) => Number.isNaN(value))) continue;
    const fell = came.some((value) => value < belowMgPerL);
    const warned = night.crossings.length > 0;
    counts.nights += 1;
    counts.fell += fell ? 1 : 0;
    counts.warned += warned ? 1 : 0;
    counts.warnedAndFell += fell && warned ? 1 : 0;
  }
  return counts;
}

/** Every half hour of the recording that is dark. */
function* nightSteps(samples: readonly OxygenSample[], place: Place): Generator<number> {
  const firstMs = Math.ceil((samples[0]?.timeMs ?? 0) / STEP_MS) * STEP_MS;
  const lastMs = samples.at(-1)?.timeMs ?? 0;
  for (let nowMs = firstMs; nowMs <= lastMs; nowMs += STEP_MS) {
    if (sunElevationSine(nowMs, place) <= 0) yield nowMs;
  }
}

/** The mean of the half hour that ends at a time; NaN where nothing was measured. */
function meansByStep(samples: readonly OxygenSample[]): (timeMs: number) => number {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { timeMs, oxygenMgPerL } of samples) {
    const step = Math.ceil(timeMs / STEP_MS);
    const entry = sums.get(step) ?? { sum: 0, count: 0 };
    entry.sum += oxygenMgPerL;
    entry.count += 1;
    sums.set(step, entry);
  }
  return (timeMs) => {
    const entry = sums.get(Math.ceil(timeMs / STEP_MS));
    return entry === undefined ? Number.NaN : entry.sum / entry.count;
  };
}
