import { aeratorCurrentA, wantsAeration } from "./aerator.ts";
import { eventAt, type PondEvent } from "./events.ts";
import { gasFlows } from "./gas-flows.ts";
import { changeLayers } from "./layers.ts";
import { feedOfDayKg, meanOxygen, type PondSpec, type PondState, volumeM3 } from "./pond.ts";
import type { Weather } from "./weather.ts";

export const STEP_MS = 60_000;
const STEP_H = 1 / 60;
/** A die-off takes this long to set in. */
const DIE_OFF_MS = 3 * 3_600_000;
/** Time in which a meal is digested to a third. */
const DIGESTION_H = 5;
const FEEDING_MINUTES = 30;

/** The pond one minute later: one explicit Euler step, stable because nothing in a pond is faster than ten minutes. */
export function stepPond(
  spec: PondSpec,
  state: PondState,
  { weather, events }: { weather: Weather; events: readonly PondEvent[] },
): PondState {
  const failure = eventAt(events, "aerator-failure", state.timeMs) ?? null;
  const aerationKw = state.aeratorWanted ? spec.aerator.powerKw * (1 - (failure?.failedPart ?? 0)) : 0;
  const flows = gasFlows(spec, state, { weather, aerationKw, ...dieOffAt(events, state.timeMs) });
  const layers = changeLayers(spec, state, { stepMs: STEP_MS, weather, aerationKw, flows });
  const aeratorWanted = wantsAeration(spec.aerator, state.aeratorWanted, meanOxygen(layers));
  return {
    ...layers,
    ...slowVariables(spec, state, weather),
    timeMs: state.timeMs + STEP_MS,
    inorganicCarbonMmolPerL: Math.max(
      // Below this all of it would be carbonate, and no alga could take any more.
      0.55 * spec.alkalinityMeqPerL,
      state.inorganicCarbonMmolPerL + STEP_H * flows.carbonMmolPerLPerH,
    ),
    aeratorWanted,
    aeratorCurrentA: aeratorWanted ? aeratorCurrentA(spec.aerator.powerKw, failure) : 0,
  };
}

/** What changes over hours and days: feed and digestion, ammonia, mud in the water, salt left by evaporation. */
function slowVariables(spec: PondSpec, state: PondState, weather: Weather) {
  const dayKg = feedOfDayKg(spec);
  const feedKg = feedOfMinuteKg(spec, state);
  // 3 % of the feed leaves the fish as ammonia nitrogen while they digest; algae and bacteria take up 5 % an hour.
  const excretedMgPerLPerH = ((dayKg * 0.03) / 24 / volumeM3(spec)) * 1000 * 2 * state.digestion;
  const stirredNtu = 12 + 3 * weather.windMPerS + 10 * state.digestion;
  return {
    fedKg: state.fedKg + feedKg,
    digestion:
      state.digestion * (1 - STEP_H / DIGESTION_H) + (feedKg / dayKg) * spec.feeding.atSolarMinutes.length,
    ammoniaMgPerL: state.ammoniaMgPerL + STEP_H * (excretedMgPerLPerH - 0.05 * state.ammoniaMgPerL),
    suspendedNtu: state.suspendedNtu + STEP_H * 0.5 * (stirredNtu - state.suspendedNtu),
    // Five millimetres a day evaporate.
    conductivityMsPerCm: state.conductivityMsPerCm * (1 + (STEP_H * 0.005) / 24 / spec.depthM),
  };
}

/** Nobody feeds fish that gasp. */
function feedOfMinuteKg(spec: PondSpec, state: PondState): number {
  if (meanOxygen(state) < 3) return 0;
  const solarMinute = Math.floor((state.timeMs / 60_000 + spec.place.longitudeDeg * 4) % 1440);
  const meals = spec.feeding.atSolarMinutes;
  const feeding = meals.some((start) => solarMinute >= start && solarMinute < start + FEEDING_MINUTES);
  return feeding ? feedOfDayKg(spec) / meals.length / FEEDING_MINUTES : 0;
}

function dieOffAt(events: readonly PondEvent[], timeMs: number) {
  const event = eventAt(events, "bloom-die-off", timeMs);
  if (event === undefined) return { productionFactor: 1, waterDemandFactor: 1 };
  const set = Math.min(1, (timeMs - event.atMs) / DIE_OFF_MS);
  return {
    productionFactor: 1 + set * (event.productionFactor - 1),
    waterDemandFactor: 1 + set * (event.waterDemandFactor - 1),
  };
}
