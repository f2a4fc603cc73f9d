import { type Place, sunElevationSine } from "../sun.ts";
import { type Forecast, forecastOxygen, type Unforeseen } from "./forecast.ts";
import { type OxygenSample, STEP_MS } from "./history.ts";

/** `possible`: only the low edge of the band falls below the level. */
export type Crossing = { belowMgPerL: number; atMs: number; certainty: "likely" | "possible" };

/** The night ahead: a forecast for every half hour until an hour after sunrise, and the lowest of them. */
export type NightAhead =
  | {
      kind: "foreseen";
      issuedAtMs: number;
      sunriseMs: number;
      path: readonly Forecast[];
      lowest: Forecast;
      /** When oxygen is first foreseen below a level, for each level that is reached. */
      crossings: readonly Crossing[];
    }
  | ({ kind: "unforeseen" } & Unforeseen)
  /** The sun stands above the pond: what the night brings is decided by the light that is still to come. */
  | { kind: "unforeseen"; why: "daylight" };

const HOUR_MS = 3_600_000;
const TEN_MINUTES_MS = 600_000;
/** Oxygen is lowest when the sun begins to help, an hour or so after it has risen. */
const AFTER_SUNRISE_MS = HOUR_MS;
const LONGEST_NIGHT_MS = 23 * HOUR_MS;

/** The first sunrise after a time, to ten minutes; undefined while the sun is up, or does not rise within 23 hours. */
export function nextSunriseMs(nowMs: number, place: Place): number | undefined {
  if (sunElevationSine(nowMs, place) > 0) return undefined;
  for (let timeMs = nowMs; timeMs < nowMs + LONGEST_NIGHT_MS; timeMs += TEN_MINUTES_MS) {
    if (sunElevationSine(timeMs, place) > 0) return timeMs;
  }
  return undefined;
}

/** Foresees a pond's oxygen until morning; `levelsMgPerL` are those whose crossing somebody wants to know. */
export function foreseeNight({
  samples,
  nowMs,
  place,
  levelsMgPerL,
}: {
  samples: readonly OxygenSample[];
  nowMs: number;
  place: Place;
  levelsMgPerL: readonly number[];
}): NightAhead {
  const sunriseMs = nextSunriseMs(nowMs, place);
  if (sunriseMs === undefined) return { kind: "unforeseen", why: "daylight" };
  const steps = Math.ceil((sunriseMs + AFTER_SUNRISE_MS - nowMs) / STEP_MS);
  const leadSteps = Array.from({ length: Math.max(1, Math.min(steps, 47)) }, (_, i) => i + 1);
  const path = forecastOxygen({ samples, nowMs, leadSteps });
  if (!Array.isArray(path)) return { kind: "unforeseen", ...path };
  const lowest = path.reduce((low, forecast) => (forecast.oxygenMgPerL < low.oxygenMgPerL ? forecast : low));
  const crossings = levelsMgPerL.flatMap((belowMgPerL): Crossing[] => {
    const likely = path.find(({ oxygenMgPerL }) => oxygenMgPerL < belowMgPerL);
    if (likely !== undefined) return [{ belowMgPerL, atMs: likely.atMs, certainty: "likely" }];
    const possible = path.find(({ lowMgPerL }) => lowMgPerL < belowMgPerL);
    return possible === undefined ? [] : [{ belowMgPerL, atMs: possible.atMs, certainty: "possible" }];
  });
  return { kind: "foreseen", issuedAtMs: nowMs, sunriseMs, path, lowest, crossings };
}
