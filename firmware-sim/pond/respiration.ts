/** Square metres of one mu. */
export const M2_PER_MU = 2000 / 3;

/** Oxygen at which a consumer's rate is halved, mg/L. */
const HALF_SATURATION_MG_PER_L = 0.5;
/** Uptake of the stock at 29 °C, mg O₂ a gram of fish and hour. */
const FISH_AT_29C = 0.26;
/** Uptake of the mud at 29 °C, g O₂/(m²·d). */
const MUD_AT_29C = 1.5;

/** What breathes in a pond; all factors are 1 on an ordinary day. */
export type Consumers = {
  temperatureC: number;
  depthM: number;
  stockKgPerMu: number;
  /** Water with its plankton at 29 °C, mg O₂/(L·h). */
  waterAt29CMgPerLPerH: number;
  waterFactor?: number;
  /** Fish that digest breathe more. */
  fishFactor?: number;
};

export type Demand = { water: number; fish: number; mud: number };

/**
 * What water, stock and mud consume where oxygen is plentiful, in mg/L an hour, each averaged over the column.
 *
 * Temperature factor 1.07 a degree for water and stock, 1.047 for mud.
 */
export function oxygenDemand(consumers: Consumers): Demand {
  const warmer = consumers.temperatureC - 29;
  const stockGPerM3 = (consumers.stockKgPerMu * 1000) / (M2_PER_MU * consumers.depthM);
  return {
    water: consumers.waterAt29CMgPerLPerH * 1.07 ** warmer * (consumers.waterFactor ?? 1),
    fish: (FISH_AT_29C * stockGPerM3 * 1.07 ** warmer * (consumers.fishFactor ?? 1)) / 1000,
    mud: (MUD_AT_29C * 1.047 ** warmer) / 24 / consumers.depthM,
  };
}

/** The part of a demand that is met at this oxygen: consumers slow down before the last of it. */
export function metPart(oxygenMgPerL: number): number {
  const oxygen = Math.max(0, oxygenMgPerL);
  return oxygen / (oxygen + HALF_SATURATION_MG_PER_L);
}
