import { describe, expect, it } from "vitest";
import { dailyWeather } from "../../../../oracle/feeds/daily-weather.ts";
import type { KeptObservation } from "../../../../oracle/feeds/feed-store.ts";
import type { WeatherHour } from "../../../../oracle/feeds/observation.ts";

const HOUR_MS = 3_600_000;
const MIDNIGHT_MS = Date.parse("2025-07-01T00:00:00+08:00");
const LATER_MS = MIDNIGHT_MS + 48 * HOUR_MS;

/** Two days of hours, warmest at two in the afternoon of the first. */
function hours(change: (hour: number) => Partial<WeatherHour> & { sha256?: string } = () => ({})) {
  return Array.from({ length: 48 }, (_, hour): KeptObservation<WeatherHour> => {
    const { sha256 = "0xaa", ...values } = change(hour);
    const airTemperatureC = hour === 14 ? 38.2 : hour === 30 ? 41 : 28 + (hour % 5);
    const timeMs = MIDNIGHT_MS + hour * HOUR_MS;
    const observation = { timeMs, airTemperatureC, rainMm: 0.1, windMPerS: 2, pressureHPa: 1000, ...values };
    return { observation, sha256, fetchedAtMs: LATER_MS };
  });
}
const of = (list: ReturnType<typeof hours>, nowMs = LATER_MS) =>
  dailyWeather(list, { midnightMs: MIDNIGHT_MS, nowMs });

describe("a day's weather", () => {
  it("is that of its own 24 hours, with the answer it was read from", () => {
    expect(of(hours())).toEqual({
      kind: "complete",
      maxTemperatureC: 38.2,
      minTemperatureC: 28,
      rainMm: 2.4,
      answer: "0xaa",
    });
  });

  it("is unknown while an hour is: the hottest one could be the one that is missing", () => {
    expect(of(hours((hour) => (hour === 14 ? { airTemperatureC: null } : {})))).toEqual({
      kind: "incomplete",
      missingHours: 1,
    });
    expect(of(hours().slice(5))).toEqual({ kind: "incomplete", missingHours: 4 });
  });

  it("is not made of a forecast, whenever that was fetched or is read", () => {
    expect(of(hours(), MIDNIGHT_MS + 20 * HOUR_MS)).toEqual({ kind: "incomplete", missingHours: 4 });
    const early = hours().map((it) => ({ ...it, fetchedAtMs: MIDNIGHT_MS + 12 * HOUR_MS }));
    expect(of(early)).toEqual({ kind: "incomplete", missingHours: 12 });
  });

  it("is not pieced together from several answers", () => {
    expect(of(hours((hour) => ({ sha256: hour < 10 ? "0xaa" : "0xbb" })))).toEqual({
      kind: "scattered",
      answers: 2,
    });
  });
});
