import type { FishPrice, WeatherHour } from "./observation.ts";

/** Why an answer that can be read is not believed yet; it is kept, and a person decides. */
export type Doubt =
  | { why: "out-of-range"; what: string; value: number }
  | { why: "jump"; what: string; from: number; to: number }
  | { why: "from-the-future"; timeMs: number }
  /** The newest observation is older than such a feed may be. */
  | { why: "stale"; newestMs: number };

/** What is doubted of observations in order of time; `before` is the last accepted one before them. */
export type Doubter<Observation> = (
  observations: readonly Observation[],
  context: { nowMs: number; before: Observation | undefined },
) => Doubt | undefined;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Records of the world's weather, with room: beyond them a unit was mistaken. */
const WEATHER_RANGE = {
  airTemperatureC: [-60, 60],
  rainMm: [0, 310],
  windMPerS: [0, 115],
  pressureHPa: [450, 1090],
} as const;
type WeatherMetric = keyof typeof WEATHER_RANGE;
const METRICS = Object.keys(WEATHER_RANGE) as WeatherMetric[];
const MOST_DEGREES_AN_HOUR = 15;

/**
 * Doubts about hours of weather that reach at most `aheadMs` into the future, and whose newest hour is at most `staleMs`
 * old; for a forecast, which has to reach ahead, that is negative.
 */
export function doubtWeather({
  aheadMs,
  staleMs,
}: {
  aheadMs: number;
  staleMs: number;
}): Doubter<WeatherHour> {
  return (hours, { nowMs, before }) => {
    const newestMs = hours.at(-1)?.timeMs ?? 0;
    if (newestMs > nowMs + aheadMs) return { why: "from-the-future", timeMs: newestMs };
    if (newestMs < nowMs - staleMs) return { why: "stale", newestMs };
    let last = before;
    for (const hour of hours) {
      for (const metric of METRICS) {
        const value = hour[metric];
        const [least, most] = WEATHER_RANGE[metric];
        if (value !== null && (value < least || value > most))
          return { why: "out-of-range", what: metric, value };
      }
      const [from, to] = [last?.airTemperatureC ?? null, hour.airTemperatureC];
      const next = last !== undefined && hour.timeMs > last.timeMs && hour.timeMs - last.timeMs <= HOUR_MS;
      if (next && from !== null && to !== null && Math.abs(to - from) > MOST_DEGREES_AN_HOUR)
        return { why: "jump", what: "airTemperatureC", from, to };
      last = hour;
    }
    return undefined;
  };
}

/** A kilogram of pond fish costs between one and five hundred yuan. */
const PRICE_RANGE_FEN = [100, 50_000] as const;
/** From one published day to the next; more is a mistaken unit more often than a market. */
const MOST_PRICE_RATIO = 1.5;

/** Doubts about a market's prices. */
export function doubtPrices({ staleMs }: { staleMs: number }): Doubter<FishPrice> {
  return (prices, { nowMs, before }) => {
    const newestMs = prices.at(-1)?.timeMs ?? 0;
    if (newestMs > nowMs + DAY_MS) return { why: "from-the-future", timeMs: newestMs };
    if (newestMs < nowMs - staleMs) return { why: "stale", newestMs };
    let last = before?.averageFenPerKg;
    for (const { lowFenPerKg, averageFenPerKg, highFenPerKg } of prices) {
      for (const value of [lowFenPerKg, highFenPerKg])
        if (value < PRICE_RANGE_FEN[0] || value > PRICE_RANGE_FEN[1])
          return { why: "out-of-range", what: "price", value };
      const ratio = last === undefined ? 1 : Math.max(averageFenPerKg / last, last / averageFenPerKg);
      if (ratio > MOST_PRICE_RATIO) return { why: "jump", what: "price", from: last!, to: averageFenPerKg };
      last = averageFenPerKg;
    }
    return undefined;
  };
}
