import { PondproofError } from "../../protocol/errors.ts";
import { createNoise } from "../noise.ts";
import type { PondEvent } from "./events.ts";
import { initialState, type PondSpec, type PondStart, type PondState } from "./pond.ts";
import { STEP_MS, stepPond } from "./step.ts";
import { type Weather, weatherAt } from "./weather.ts";

export type PondOptions = {
  spec: PondSpec;
  start: PondStart;
  events?: readonly PondEvent[];
  /** Names this pond's chance: clouds, gusts, warm and cool days. */
  seed: string;
};

/** A pond whose state can be asked for at any time from its start on. */
export type Pond = {
  spec: PondSpec;
  /** What happens to it, in no particular order. */
  events: readonly PondEvent[];
  seed: string;
  /** The state of the minute in which `timeMs` lies. */
  at(timeMs: number): PondState;
  weatherAt(timeMs: number): Weather;
};

/**
 * Makes a pond that is stepped minute by minute, so that it is the same whoever looks at it and how often.
 *
 * Looking back before the last look steps it again from the start.
 */
export function createPond({ spec, start, seed, events = [] }: PondOptions): Pond {
  const noise = createNoise(`${seed}/weather`);
  const site = { place: spec.place, climate: spec.climate, noise, events };
  let state = initialState(spec, start);
  const at = (timeMs: number): PondState => {
    if (timeMs < start.timeMs)
      throw new PondproofError("INVALID_ARGUMENT", { timeMs, startsMs: start.timeMs });
    if (timeMs < state.timeMs) state = initialState(spec, start);
    while (state.timeMs + STEP_MS <= timeMs) {
      state = stepPond(spec, state, { weather: weatherAt(state.timeMs, site), events });
    }
    return state;
  };
  return {
    spec,
    events,
    seed,
    at,
    weatherAt: (timeMs) => weatherAt(timeMs, site),
  };
}
