import { field, type Parsed, type WeatherHour, wrong } from "./observation.ts";
import type { Provider } from "./provider.ts";

// https://dev.qweather.com/docs/api/weather/: every value is a string, `code` is "200" where all is well, times carry
// their offset, wind is in km/h. The key travels in a header, never in the address.

const MOST_HOURS = 168;

/** The observation of now, or the forecast of the next hours, for a location id or "longitude,latitude". */
export function qweather({
  location,
  key,
  url,
  range = "now",
}: {
  location: string;
  key: string;
  /** The project's own API host, https. */
  url: string;
  range?: "now" | "24h" | "72h" | "168h";
}): Provider<WeatherHour> {
  const address = new URL(`/v7/weather/${range}`, url);
  address.search = new URLSearchParams({ location, unit: "m" }).toString();
  return {
    name: `qweather-${range}`,
    data: "weather",
    subject: location,
    request: { url: address.href, method: "GET", headers: { "x-qw-api-key": key } },
    parse,
  };
}

function parse(body: unknown): Parsed<WeatherHour> {
  const code = field(body, "code");
  if (code !== "200") return wrong(`provider: code ${String(code).slice(0, 20)}`);
  const now = field(body, "now");
  const hours = now === undefined ? field(body, "hourly") : [now];
  if (!Array.isArray(hours) || hours.length === 0 || hours.length > MOST_HOURS) return wrong("no hours");
  const observations: WeatherHour[] = [];
  for (const [i, hour] of hours.entries()) {
    const timeMs = timeOf(field(hour, "obsTime") ?? field(hour, "fxTime"));
    if (!(timeMs > (observations.at(-1)?.timeMs ?? -1)))
      return wrong(`hour ${i} is none, or not later than the last`);
    const values = ["temp", "precip", "windSpeed", "pressure"].map((name) => numberOf(field(hour, name)));
    const [airTemperatureC, rainMm, windKmPerH, pressureHPa] = values;
    if (values.includes(undefined)) return wrong(`hour ${i} has a value that is no number`);
    observations.push({
      timeMs,
      airTemperatureC: airTemperatureC!,
      rainMm: rainMm!,
      windMPerS: windKmPerH === null ? null : Math.round((windKmPerH! / 3.6) * 1000) / 1000,
      pressureHPa: pressureHPa!,
    });
  }
  return { ok: true, observations };
}

/** A time with its offset; without one it would be read in this machine's zone. */
function timeOf(text: unknown): number {
  const isStamp =
    typeof text === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?([+-]\d\d:\d\d|Z)$/.test(text);
  return isStamp ? Date.parse(text) : Number.NaN;
}

/** A number in a string; null where the provider leaves it out, undefined where it is something else. */
function numberOf(text: unknown): number | null | undefined {
  if (text === undefined || text === null || text === "") return null;
  if (typeof text !== "string" || !/^-?\d+(\.\d+)?$/.test(text)) return undefined;
  return Number(text);
}
