import type { KeptObservation } from "./feed-store.ts";
import type { WeatherHour } from "./observation.ts";

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** A local day's weather, and the one answer that it was read from: what a reporter signs for the ledger. */
export type DailyWeather =
  | { kind: "complete"; maxTemperatureC: number; minTemperatureC: number; rainMm: number; answer: string }
  /** Hours that nobody has measured: a maximum of the others could be too low, so there is none. */
  | { kind: "incomplete"; missingHours: number }
  /** Read from several answers, which nobody could check by one hash: ask the provider for the whole day. */
  | { kind: "scattered"; answers: number };

/**
 * The extremes of the 24 hours from local midnight on; rain is what fell in them. A forecast is no weather: hours later
 * than `nowMs` are missing.
 */
export function dailyWeather(
  hours: readonly KeptObservation<WeatherHour>[],
  { midnightMs, nowMs }: { midnightMs: number; nowMs: number },
): DailyWeather {
  const measured = hours.flatMap(
    ({ observation: { timeMs, airTemperatureC, rainMm }, sha256, fetchedAtMs }) =>
      // Rain is stamped at the end of its hour, temperature at a moment: the day is (midnight, midnight].
      timeMs > midnightMs &&
      timeMs <= midnightMs + HOURS * HOUR_MS &&
      timeMs <= Math.min(nowMs, fetchedAtMs) &&
      airTemperatureC !== null &&
      rainMm !== null
        ? [{ airTemperatureC, rainMm, sha256 }]
        : [],
  );
  if (measured.length < HOURS) return { kind: "incomplete", missingHours: HOURS - measured.length };
  const answers = new Set(measured.map(({ sha256 }) => sha256));
  if (answers.size > 1) return { kind: "scattered", answers: answers.size };
  const temperatures = measured.map(({ airTemperatureC }) => airTemperatureC);
  // Whole micrometres: a sum of floats would depend on its order.
  const rainUm = measured.reduce((sum, { rainMm }) => sum + Math.round(1000 * rainMm), 0);
  return {
    kind: "complete",
    maxTemperatureC: Math.max(...temperatures),
    minTemperatureC: Math.min(...temperatures),
    rainMm: rainUm / 1000,
    answer: measured[0]!.sha256,
  };
}
