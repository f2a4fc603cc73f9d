import type { Place } from "../../science/sun.ts";
import type { AeratorSpec } from "./aerator.ts";
import type { Bloom } from "./photosynthesis.ts";
import { M2_PER_MU } from "./respiration.ts";
import type { Climate } from "./weather.ts";

/** A pond as it was dug, stocked and equipped. */
export type PondSpec = {
  place: Place;
  climate: Climate;
  areaMu: number;
  depthM: number;
  stockKgPerMu: number;
  bloom: Bloom;
  /** Respiration of water and plankton at 29 °C, mg O₂/(L·h). */
  waterDemandAt29CMgPerLPerH: number;
  alkalinityMeqPerL: number;
  conductivityMsPerCm: number;
  aerator: AeratorSpec;
  feeding: Feeding;
};

export type Feeding = {
  /** Feed a day as a part of the stock. */
  dailyPart: number;
  /** Minutes after local midnight, by the sun. */
  atSolarMinutes: readonly number[];
};

/** Upper or lower half of the water. */
export type Layer = { oxygenMgPerL: number; temperatureC: number };

/** Everything that a pond carries from one minute to the next. */
export type PondState = {
  timeMs: number;
  upper: Layer;
  lower: Layer;
  inorganicCarbonMmolPerL: number;
  /** Total ammonia nitrogen. */
  ammoniaMgPerL: number;
  /** Scattered by mud and feed; algae come on top. */
  suspendedNtu: number;
  conductivityMsPerCm: number;
  /** 0 for fasting fish to about 1 after a meal. */
  digestion: number;
  /** All feed since the beginning. */
  fedKg: number;
  aeratorWanted: boolean;
  aeratorCurrentA: number;
};

/** Where a pond stands when nobody has looked at it before. */
export type PondStart = { timeMs: number; oxygenMgPerL: number; temperatureC: number };

/** A pond with that oxygen and temperature from top to bottom, in rest and with nothing running. */
export function initialState(spec: PondSpec, start: PondStart): PondState {
  const layer = { oxygenMgPerL: start.oxygenMgPerL, temperatureC: start.temperatureC };
  return {
    timeMs: start.timeMs,
    upper: layer,
    lower: layer,
    inorganicCarbonMmolPerL: spec.alkalinityMeqPerL * 1.005,
    ammoniaMgPerL: 0.4,
    suspendedNtu: 15,
    conductivityMsPerCm: spec.conductivityMsPerCm,
    digestion: 0.5,
    fedKg: 0,
    aeratorWanted: false,
    aeratorCurrentA: 0,
  };
}

export function volumeM3({ areaMu, depthM }: PondSpec): number {
  return areaMu * M2_PER_MU * depthM;
}

export function feedOfDayKg({ areaMu, stockKgPerMu, feeding }: PondSpec): number {
  return areaMu * stockKgPerMu * feeding.dailyPart;
}

export function meanOxygen({ upper, lower }: { upper: Layer; lower: Layer }): number {
  return (upper.oxygenMgPerL + lower.oxygenMgPerL) / 2;
}
