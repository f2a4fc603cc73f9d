import { type Place, shortwaveWPerM2, sunElevationSine } from "../../science/sun.ts";
import type { Noise } from "../noise.ts";
import { eventAt, type PondEvent } from "./events.ts";

/** The season at a place: averages around which the days vary. */
export type Climate = {
  airTemperatureC: number;
  /** Half the difference between afternoon and dawn. */
  dailyAmplitudeC: number;
  dewPointC: number;
  /** 0–1. */
  cloudFraction: number;
  /** By day; nights have half of it. */
  windMPerS: number;
};

export type Weather = {
  airTemperatureC: number;
  dewPointC: number;
  windMPerS: number;
  /** On level ground. */
  shortwaveWPerM2: number;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Air is warmest about three hours after noon. */
const WARMEST_SOLAR_HOUR = 15;

/** The weather over a pond at a time: a climate, its day, its chance, and the events that overrule them. */
export function weatherAt(
  timeMs: number,
  site: { place: Place; climate: Climate; noise: Noise; events: readonly PondEvent[] },
): Weather {
  const { place, climate, noise, events } = site;
  const solarHour = (((timeMs / HOUR_MS + place.longitudeDeg / 15) % 24) + 24) % 24;
  const dayness = Math.cos((2 * Math.PI * (solarHour - WARMEST_SOLAR_HOUR)) / 24);
  // Days differ as a whole, clouds and gusts from one to the next hour; odd offsets keep the three streams apart.
  const daily = noise.smooth(timeMs / DAY_MS);
  const cloudy = climate.cloudFraction + 0.15 * noise.smooth(timeMs / HOUR_MS + 2 ** 24);
  const gust = Math.exp(0.25 * noise.smooth(timeMs / HOUR_MS + 2 ** 25));
  const overcast = eventAt(events, "overcast", timeMs);
  const calm = eventAt(events, "calm-wind", timeMs);
  const cloudFraction = overcast?.cloudFraction ?? Math.min(1, Math.max(0, cloudy));
  return {
    airTemperatureC: climate.airTemperatureC + climate.dailyAmplitudeC * dayness + 0.8 * daily,
    dewPointC: climate.dewPointC + 0.5 * daily,
    windMPerS: climate.windMPerS * (0.75 + 0.25 * dayness) * gust * (calm?.windFactor ?? 1),
    shortwaveWPerM2: shortwaveWPerM2(sunElevationSine(timeMs, place), cloudFraction),
  };
}
