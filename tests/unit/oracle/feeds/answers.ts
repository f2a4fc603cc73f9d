// Bodies in the form that the providers document; values are made up.

const HOUR_MS = 3_600_000;

/** Hours of Open-Meteo from a time on, as the service writes them; `units` and `hourly` replace parts. */
export function openMeteoBody({
  fromMs,
  temperatures,
  units = {},
  hourly = {},
  offsetSeconds = 0,
}: {
  fromMs: number;
  temperatures: readonly (number | null)[];
  units?: Record<string, string>;
  hourly?: Record<string, unknown>;
  offsetSeconds?: number;
}) {
  const column = (value: number) => temperatures.map((it) => (it === null ? null : value));
  return {
    latitude: 30.875,
    longitude: 120.125,
    generationtime_ms: 0.12,
    utc_offset_seconds: offsetSeconds,
    timezone: offsetSeconds === 0 ? "GMT" : "Asia/Shanghai",
    timezone_abbreviation: offsetSeconds === 0 ? "GMT" : "CST",
    elevation: 6,
    hourly_units: {
      time: "iso8601",
      temperature_2m: "°C",
      precipitation: "mm",
      wind_speed_10m: "m/s",
      surface_pressure: "hPa",
      ...units,
    },
    hourly: {
      time: temperatures.map((_, i) =>
        new Date(fromMs + i * HOUR_MS + offsetSeconds * 1000).toISOString().slice(0, 16),
      ),
      temperature_2m: temperatures,
      precipitation: column(0.2),
      wind_speed_10m: column(3.6),
      surface_pressure: column(1002.4),
      ...hourly,
    },
  };
}

export function qweatherNow(now: Record<string, string> = {}, code = "200") {
  return {
    code,
    updateTime: "2025-07-01T12:05+08:00",
    fxLink: "https://www.qweather.com/",
    now: {
      obsTime: "2025-07-01T12:00+08:00",
      temp: "34",
      feelsLike: "38",
      icon: "100",
      text: "晴",
      wind360: "135",
      windDir: "东南风",
      windScale: "3",
      windSpeed: "18",
      humidity: "62",
      precip: "0.0",
      pressure: "1001",
      vis: "16",
      cloud: "10",
      dew: "25",
      ...now,
    },
    refer: { sources: ["QWeather"], license: ["QWeather Developers License"] },
  };
}

export function xinfadiBody(rows: readonly Record<string, string>[]) {
  const row = {
    prodName: "鲈鱼",
    prodCatid: "1209",
    prodCat: "淡水鱼",
    prodPcatid: "1190",
    prodPcat: "水产",
    lowPrice: "15.0",
    highPrice: "17.0",
    avgPrice: "16.0",
    place: "",
    specInfo: "",
    unitInfo: "斤",
    pubDate: "2025-07-01 00:00:00",
    status: "",
  };
  return {
    current: 1,
    limit: 200,
    count: rows.length,
    list: rows.map((it, i) => ({ id: 1000 + i, ...row, ...it })),
  };
}
