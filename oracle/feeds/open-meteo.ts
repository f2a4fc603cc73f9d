import { PondproofError } from "../../protocol/errors.ts";
import { field, type Parsed, type WeatherHour, wrong } from "./observation.ts";
import type { FeedRequest, Provider } from "./provider.ts";
import {
  convert,
  PRESSURE_UNITS,
  RAIN_UNITS,
  SPEED_UNITS,
  TEMPERATURE_UNITS,
  type UnitTable,
} from "./units.ts";

// https://open-meteo.com/en/docs: JSON with parallel arrays; the units stand beside them, and times have no offset of
// their own. Data CC BY 4.0; without a key for non-commercial use.

const VARIABLES = ["temperature_2m", "precipitation", "wind_speed_10m", "surface_pressure"] as const;
type Variable = (typeof VARIABLES)[number];

const UNITS: Record<Variable, UnitTable> = {
  temperature_2m: TEMPERATURE_UNITS,
  precipitation: RAIN_UNITS,
  wind_speed_10m: SPEED_UNITS,
  surface_pressure: PRESSURE_UNITS,
};

/** Sixteen days of forecast and 92 days back, hour by hour. */
const MOST_HOURS = 24 * 110;
/** The grid's point may lie this far from the place that was asked for. */
const GRID_DEGREES = 0.5;

type PlaceOptions = { latitudeDeg: number; longitudeDeg: number };

/** The forecast of the next days, with the two before. */
export function openMeteoForecast(
  place: PlaceOptions,
  { url = "https://api.open-meteo.com", days = 3 }: { url?: string; days?: number } = {},
): Provider<WeatherHour> {
  if (!(Number.isInteger(days) && days >= 1 && days <= 16))
    throw new PondproofError("INVALID_ARGUMENT", { days });
  const request = requestOf(url, "/v1/forecast", place, { forecast_days: String(days), past_days: "2" });
  return {
    name: "open-meteo-forecast",
    data: "weather",
    subject: subjectOf(place),
    request,
    parse: (body) => parse(body, place),
  };
}

/** What was, between two dates (YYYY-MM-DD, both inclusive); the archive lags five days behind. */
export function openMeteoArchive(
  place: PlaceOptions & { from: string; to: string },
  { url = "https://archive-api.open-meteo.com" }: { url?: string } = {},
): Provider<WeatherHour> {
  const request = requestOf(url, "/v1/archive", place, { start_date: place.from, end_date: place.to });
  return {
    name: "open-meteo-archive",
    data: "weather",
    subject: subjectOf(place),
    request,
    parse: (body) => parse(body, place),
  };
}

function requestOf(
  url: string,
  path: string,
  { latitudeDeg, longitudeDeg }: PlaceOptions,
  more: Record<string, string>,
): FeedRequest {
  const address = new URL(path, url);
  address.search = new URLSearchParams({
    latitude: latitudeDeg.toFixed(4),
    longitude: longitudeDeg.toFixed(4),
    hourly: VARIABLES.join(","),
    wind_speed_unit: "ms",
    timezone: "GMT",
    ...more,
  }).toString();
  return { url: address.href, method: "GET", headers: {} };
}

function subjectOf({ latitudeDeg, longitudeDeg }: PlaceOptions): string {
  return `${latitudeDeg.toFixed(4)},${longitudeDeg.toFixed(4)}`;
}

function parse(body: unknown, place: PlaceOptions): Parsed<WeatherHour> {
  if (field(body, "error") === true) return wrong(`provider: ${String(field(body, "reason")).slice(0, 200)}`);
  const [latitude, longitude] = [field(body, "latitude"), field(body, "longitude")];
  if (typeof latitude !== "number" || typeof longitude !== "number") return wrong("no place");
  if (Math.hypot(latitude - place.latitudeDeg, longitude - place.longitudeDeg) > GRID_DEGREES)
    return wrong(`another place: ${latitude}, ${longitude}`);
  const offsetSeconds = field(body, "utc_offset_seconds");
  if (typeof offsetSeconds !== "number") return wrong("no offset of its times");
  const [hourly, units] = [field(body, "hourly"), field(body, "hourly_units")];
  const times = field(hourly, "time");
  if (!Array.isArray(times) || times.length === 0 || times.length > MOST_HOURS) return wrong("no hours");
  const columns = VARIABLES.map((variable) => columnOf(hourly, units, { variable, length: times.length }));
  const bad = columns.find((column) => typeof column === "string");
  if (typeof bad === "string") return wrong(bad);
  const [temperature, rain, wind, pressure] = columns as (number | null)[][];
  const observations: WeatherHour[] = [];
  for (const [i, text] of times.entries()) {
    const localMs =
      typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text)
        ? Date.parse(`${text}Z`)
        : Number.NaN;
    const timeMs = localMs - offsetSeconds * 1000;
    if (!(timeMs > (observations.at(-1)?.timeMs ?? -1)))
      return wrong(`hour ${i} is none, or not later than the last`);
    observations.push({
      timeMs,
      airTemperatureC: temperature![i]!,
      rainMm: rain![i]!,
      windMPerS: wind![i]!,
      pressureHPa: pressure![i]!,
    });
  }
  return { ok: true, observations };
}

/** A variable's values in our unit, or what is wrong with them. */
function columnOf(
  hourly: unknown,
  units: unknown,
  { variable, length }: { variable: Variable; length: number },
): (number | null)[] | string {
  const values = field(hourly, variable);
  const unit = field(units, variable);
  if (!Array.isArray(values) || values.length !== length) return `${variable} has no value for every hour`;
  if (typeof unit !== "string" || convert(0, unit, UNITS[variable]) === undefined)
    return `${variable} in an unknown unit: ${String(unit).slice(0, 20)}`;
  const converted = values.map((value: unknown) => {
    if (value === null) return null;
    return typeof value === "number" && Number.isFinite(value)
      ? convert(value, unit, UNITS[variable])!
      : undefined;
  });
  return converted.includes(undefined) ? `${variable} is not all numbers` : (converted as (number | null)[]);
}
