import { describe, expect, it } from "vitest";
import type { Parsed } from "../../../../oracle/feeds/observation.ts";
import { openMeteoArchive, openMeteoForecast } from "../../../../oracle/feeds/open-meteo.ts";
import { qweather } from "../../../../oracle/feeds/qweather.ts";
import { xinfadi } from "../../../../oracle/feeds/xinfadi.ts";
import { openMeteoBody, qweatherNow, xinfadiBody } from "./answers.ts";

const HUZHOU = { latitudeDeg: 30.87, longitudeDeg: 120.1 };
const NOON_MS = Date.UTC(2025, 6, 1, 12);

function read<Observation>(parsed: Parsed<Observation>): Observation[] {
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.observations;
}
const problemOf = (parsed: Parsed<unknown>) => (parsed.ok ? undefined : parsed.problem);

describe("Open-Meteo", () => {
  const { parse, request } = openMeteoForecast(HUZHOU);

  it("is asked in metres a second and in UTC", () => {
    const { searchParams } = new URL(request.url);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      wind_speed_unit: "ms",
      timezone: "GMT",
      forecast_days: "3",
    });
    const archive = openMeteoArchive({ ...HUZHOU, from: "2024-06-01", to: "2024-08-31" });
    expect(new URL(archive.request.url).searchParams.get("start_date")).toBe("2024-06-01");
  });

  it("gives hours in order, with the nulls of hours that nobody knows yet", () => {
    const hours = read(parse(openMeteoBody({ fromMs: NOON_MS, temperatures: [31.5, null] })));
    expect(hours).toEqual([
      { timeMs: NOON_MS, airTemperatureC: 31.5, rainMm: 0.2, windMPerS: 3.6, pressureHPa: 1002.4 },
      {
        timeMs: NOON_MS + 3_600_000,
        airTemperatureC: null,
        rainMm: null,
        windMPerS: null,
        pressureHPa: null,
      },
    ]);
  });

  it("reads local times by the offset that the answer names", () => {
    const body = openMeteoBody({ fromMs: NOON_MS, temperatures: [31.5], offsetSeconds: 28_800 });
    expect(read(parse(body))[0]!.timeMs).toBe(NOON_MS);
  });

  it("converts units, and refuses those that it does not know", () => {
    const units = { temperature_2m: "°F", wind_speed_10m: "km/h", precipitation: "inch" };
    const [hour] = read(parse(openMeteoBody({ fromMs: NOON_MS, temperatures: [86], units })));
    expect(hour).toMatchObject({ airTemperatureC: 30, windMPerS: 1, rainMm: 5.08 });
    const kelvin = openMeteoBody({ fromMs: NOON_MS, temperatures: [300], units: { temperature_2m: "K" } });
    expect(problemOf(parse(kelvin))).toContain("unknown unit: K");
  });

  it.each([
    [{ error: true, reason: "Parameter 'latitude' must be in range" }, "provider: Parameter"],
    [
      { ...openMeteoBody({ fromMs: NOON_MS, temperatures: [30] }), latitude: 52.5, longitude: 13.4 },
      "another place",
    ],
    [
      openMeteoBody({ fromMs: NOON_MS, temperatures: [30, 31], hourly: { precipitation: [0] } }),
      "no value for every",
    ],
    [
      openMeteoBody({ fromMs: NOON_MS, temperatures: [30], hourly: { temperature_2m: ["30"] } }),
      "not all numbers",
    ],
    [
      openMeteoBody({
        fromMs: NOON_MS,
        temperatures: [30, 30],
        hourly: { time: ["2025-07-01T12:00", "2025-07-01T12:00"] },
      }),
      "not later",
    ],
    [{}, "no place"],
    [null, "no place"],
    ["text", "no place"],
  ])("refuses %#: what is not an answer", (body, problem) => {
    expect(problemOf(parse(body))).toContain(problem);
  });
});

describe("QWeather", () => {
  const provider = qweather({ location: "101210201", key: "secret-key", url: "https://example.invalid" });

  it("keeps its key out of the address", () => {
    expect(provider.request.url).not.toContain("secret-key");
    expect(provider.request.headers).toEqual({ "x-qw-api-key": "secret-key" });
  });

  it("reads strings, times with an offset, and wind in km/h", () => {
    expect(read(provider.parse(qweatherNow()))).toEqual([
      { timeMs: Date.UTC(2025, 6, 1, 4), airTemperatureC: 34, rainMm: 0, windMPerS: 5, pressureHPa: 1001 },
    ]);
    const hourly = [15, 16].map((hour) => ({
      fxTime: `2025-07-01T${hour}:00+08:00`,
      temp: "33",
      windSpeed: "",
    }));
    expect(read(provider.parse({ code: "200", hourly }))[1]).toMatchObject({ windMPerS: null, rainMm: null });
  });

  it.each([
    [qweatherNow({}, "402"), "code 402"],
    [qweatherNow({ temp: "hot" }), "no number"],
    [qweatherNow({ obsTime: "2025-07-01T12:00" }), "hour 0 is none"],
    [{ code: "200" }, "no hours"],
  ])("refuses %#", (body, problem) => {
    expect(problemOf(provider.parse(body))).toContain(problem);
  });
});

describe("Xinfadi", () => {
  const { parse, request } = xinfadi({ variety: "鲈鱼", from: "2025-06-25", to: "2025-07-01" });

  it("is posted a form", () => {
    expect(request.method).toBe("POST");
    expect(new URLSearchParams(request.body).get("pubDateStartTime")).toBe("2025/06/25");
  });

  it("makes fen a kilogram of yuan a jin, in order of days", () => {
    const body = xinfadiBody([
      {},
      { pubDate: "2025-06-30 00:00:00", unitInfo: "公斤" },
      { prodName: "草鱼" },
    ]);
    const prices = read(parse(body));
    expect(prices.map(({ averageFenPerKg }) => averageFenPerKg)).toEqual([1_600, 3_200]);
    expect(prices[1]!.timeMs).toBe(Date.parse("2025-07-01T00:00:00+08:00"));
  });

  it.each([
    [xinfadiBody([{ unitInfo: "条" }]), "known unit: 条"],
    [xinfadiBody([{ avgPrice: "-" }]), "no price"],
    [xinfadiBody([{ avgPrice: "99" }]), "out of order"],
    [xinfadiBody([{ pubDate: "yesterday" }]), "no day"],
    [xinfadiBody([]), "no price of 鲈鱼"],
    ["<html>", "no list"],
  ])("refuses %#", (body, problem) => {
    expect(problemOf(parse(body))).toContain(problem);
  });
});
