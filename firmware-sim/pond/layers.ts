import { ALBEDO } from "../../science/sun.ts";
import type { GasFlows } from "./gas-flows.ts";
import type { Layer, PondSpec, PondState } from "./pond.ts";
import type { Weather } from "./weather.ts";

/** Joules that warm a cubic metre of water by 1 K. */
const HEAT_CAPACITY_J_PER_M3_K = 4.18e6;
/** What a warm, nearly windless water surface gives to the air by evaporation, radiation and conduction. */
const HEAT_EXCHANGE_W_PER_M2_K = 45;
/** Sunlight that the upper half turns into heat: nearly all of it in water as green as this. */
const UPPER_LIGHT_PART = 0.9;

type Change = { stepMs: number; weather: Weather; aerationKw: number; flows: GasFlows };

/** Both layers after a step: the gas flows applied, warmed by the sun, cooled by the air, and mixed. */
export function changeLayers(
  spec: PondSpec,
  { upper, lower }: PondState,
  { stepMs, weather, aerationKw, flows }: Change,
): { upper: Layer; lower: Layer } {
  const stepH = stepMs / 3_600_000;
  const warming = warmingCPerH(spec, upper, weather);
  const temperature = {
    upper: upper.temperatureC + stepH * warming.upper,
    lower: lower.temperatureC + stepH * warming.lower,
  };
  const oxygen = {
    upper: upper.oxygenMgPerL + stepH * flows.upperMgPerLPerH,
    lower: lower.oxygenMgPerL + stepH * flows.lowerMgPerLPerH,
  };
  const warmerAboveC = temperature.upper - temperature.lower;
  const exchanged =
    stepH * mixingPerH({ warmerAboveC, windMPerS: weather.windMPerS, stirredByWheels: aerationKw > 0 });
  const heat = exchanged * warmerAboveC;
  const gas = exchanged * (oxygen.upper - oxygen.lower);
  return {
    upper: { oxygenMgPerL: Math.max(0, oxygen.upper - gas), temperatureC: temperature.upper - heat },
    lower: { oxygenMgPerL: Math.max(0, oxygen.lower + gas), temperatureC: temperature.lower + heat },
  };
}

/** In the dark the surface tends to a temperature between the air's and its dew point, as Edinger et al. 1974 linearise it. */
function warmingCPerH(spec: PondSpec, upper: Layer, weather: Weather): { upper: number; lower: number } {
  const heatJPerM2C = (HEAT_CAPACITY_J_PER_M3_K * spec.depthM) / 2;
  const sunWPerM2 = weather.shortwaveWPerM2 * (1 - ALBEDO);
  const restC = 0.7 * weather.dewPointC + 0.3 * weather.airTemperatureC;
  const lossWPerM2 = HEAT_EXCHANGE_W_PER_M2_K * (upper.temperatureC - restC);
  return {
    upper: ((UPPER_LIGHT_PART * sunWPerM2 - lossWPerM2) / heatJPerM2C) * 3600,
    lower: (((1 - UPPER_LIGHT_PART) * sunWPerM2) / heatJPerM2C) * 3600,
  };
}

/**
 * How fast the layers exchange their water, 1/h.
 *
 * Cooling from above overturns a pond each night, paddle wheels stir it, and wind does so the less, the warmer the
 * upper layer is. The rates are chosen for a daily turnover that begins at 20–22 h.
 */
function mixingPerH(now: { warmerAboveC: number; windMPerS: number; stirredByWheels: boolean }): number {
  const stirred = now.stirredByWheels ? 2.5 : 0;
  if (now.warmerAboveC <= 0.05) return 4 + stirred;
  return (0.1 + 0.15 * now.windMPerS) / (1 + now.warmerAboveC) + stirred;
}
