import { aerationPerH } from "../../science/aeration.ts";
import { carbonDioxideTransferMPerH, oxygenTransferMPerH } from "../../science/gas-exchange.ts";
import { oxygenSaturationMgPerL } from "../../science/oxygen-saturation.ts";
import { ALBEDO, photosyntheticLight } from "../../science/sun.ts";
import { carbonateEquilibrium, carbonDioxideSaturationMmolPerL } from "./carbonate.ts";
import { photosynthesisMgPerLPerH } from "./photosynthesis.ts";
import { type Layer, type PondSpec, type PondState, volumeM3 } from "./pond.ts";
import { metPart, oxygenDemand } from "./respiration.ts";
import type { Weather } from "./weather.ts";

/** What acts on a pond during a step. */
export type Circumstances = {
  weather: Weather;
  /** Power of the paddle wheels that turn. */
  aerationKw: number;
  /** 1 on an ordinary day. */
  productionFactor: number;
  /** 1 on an ordinary day. */
  waterDemandFactor: number;
};

export type GasFlows = { upperMgPerLPerH: number; lowerMgPerLPerH: number; carbonMmolPerLPerH: number };

/** A mole of oxygen breathed gives a mole of carbon dioxide. */
const OXYGEN_MG_PER_MMOL = 32;

/** Oxygen into and out of both layers, and the inorganic carbon that goes the other way. */
export function gasFlows(spec: PondSpec, state: PondState, now: Circumstances): GasFlows {
  const produced = production(spec, state, now);
  const demand = oxygenDemand({
    temperatureC: (state.upper.temperatureC + state.lower.temperatureC) / 2,
    depthM: spec.depthM,
    stockKgPerMu: spec.stockKgPerMu,
    waterAt29CMgPerLPerH: spec.waterDemandAt29CMgPerLPerH,
    waterFactor: now.waterDemandFactor,
    fishFactor: 0.85 + 0.3 * state.digestion,
  });
  const upperUse = (demand.water + demand.fish) * metPart(state.upper.oxygenMgPerL);
  // The mud lies under the lower layer alone, which is half as deep.
  const lowerUse = (demand.water + demand.fish + 2 * demand.mud) * metPart(state.lower.oxygenMgPerL);
  const deficit = oxygenSaturationMgPerL(state.upper) - state.upper.oxygenMgPerL;
  const respired = (upperUse + lowerUse - produced.upper - produced.lower) / 2;
  return {
    upperMgPerLPerH:
      produced.upper - upperUse + exchangePerH(spec, state, now, oxygenTransferMPerH) * deficit,
    lowerMgPerLPerH: produced.lower - lowerUse,
    carbonMmolPerLPerH: respired / OXYGEN_MG_PER_MMOL + carbonFromAir(spec, state, now),
  };
}

function production(spec: PondSpec, state: PondState, { weather, productionFactor }: Circumstances) {
  const lightAtSurface = photosyntheticLight(weather.shortwaveWPerM2 * (1 - ALBEDO));
  const middleM = spec.depthM / 2;
  const ofLayer = ({ temperatureC }: Layer, topM: number, bottomM: number) =>
    productionFactor * photosynthesisMgPerLPerH(spec.bloom, { lightAtSurface, topM, bottomM, temperatureC });
  return { upper: ofLayer(state.upper, 0, middleM), lower: ofLayer(state.lower, middleM, spec.depthM) };
}

/** Exchange of the upper layer with the air by wind and aerator, 1/h: twice the pond's, for half its water. */
function exchangePerH(
  spec: PondSpec,
  state: PondState,
  { weather, aerationKw }: Circumstances,
  transferMPerH: (surface: { temperatureC: number; windMPerS: number }) => number,
): number {
  const temperatureC = state.upper.temperatureC;
  const wind = transferMPerH({ temperatureC, windMPerS: weather.windMPerS }) / spec.depthM;
  return 2 * (wind + aerationPerH({ powerKw: aerationKw, volumeM3: volumeM3(spec), temperatureC }));
}

function carbonFromAir(spec: PondSpec, state: PondState, now: Circumstances): number {
  const temperatureC = state.upper.temperatureC;
  const { carbonDioxideMmolPerL } = carbonateEquilibrium({
    inorganicCarbonMmolPerL: state.inorganicCarbonMmolPerL,
    alkalinityMeqPerL: spec.alkalinityMeqPerL,
    temperatureC,
  });
  const pondPerH = exchangePerH(spec, state, now, carbonDioxideTransferMPerH) / 2;
  return pondPerH * (carbonDioxideSaturationMmolPerL(temperatureC) - carbonDioxideMmolPerL);
}
