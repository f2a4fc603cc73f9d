import { readFileSync } from "node:fs";
import type { Account } from "../ledger/account.ts";
import type { Ledger } from "../ledger/client.ts";
import type { FeedRules } from "../ledger/events.ts";
import { defineFeedTransaction } from "../ledger/feeds.ts";
import { readProduct } from "../oracle/underwriting/product.ts";
import { encodeValue } from "../protocol/record.ts";
import type { Peril } from "../protocol/terms.ts";
import { WEATHER_METRICS, type WeatherMetric, weatherSlot } from "../protocol/weather.ts";
import { REPORTERS } from "./keys.ts";

const DAY_S = 86_400;

/** Midnight in China, where the days of these feeds end. */
const OFFSET_S = 16 * 3_600;

/** What each feed observes, in the words whose hash is its id, and what can be true of it. */
const FEEDS: Record<WeatherMetric, { source: string; least: number; most: number; step: number }> = {
  maxTemperature: {
    source: "Open-Meteo, highest air temperature of a day of UTC+8, 30.87 N 120.10 E",
    least: -40,
    most: 50,
    step: 15,
  },
  minTemperature: {
    source: "Open-Meteo, lowest air temperature of a day of UTC+8, 30.87 N 120.10 E",
    least: -40,
    most: 45,
    step: 15,
  },
  rain: { source: "Open-Meteo, rain of a day of UTC+8, 30.87 N 120.10 E", least: 0, most: 400, step: 150 },
};

/** Defines the feeds of the weather at Huzhou, which the reporters' process posts to. */
export async function defineWeatherFeeds(
  ledger: Ledger,
  { governor, signal }: { governor: Account; signal: AbortSignal },
): Promise<void> {
  for (const metric of WEATHER_METRICS) {
    const { source, least, most, step } = FEEDS[metric];
    const rules: FeedRules = {
      quorum: Math.floor(REPORTERS.length / 2) + 1,
      jumpQuorum: REPORTERS.length,
      maxAgeSeconds: 3 * DAY_S,
      maxAheadSeconds: 0,
      maxStep: 1000 * step,
      validMin: encodeValue(least),
      validMax: encodeValue(most),
      metric: weatherSlot(metric),
      periodSeconds: DAY_S,
      offsetSeconds: OFFSET_S,
    };
    await governor.submit(await defineFeedTransaction(ledger, { source, rules }), signal);
  }
}

/** The perils of the three weather products beside the water product, as one product has them. */
export function weatherPerils(): Peril[] {
  return ["heat", "rain", "cold"].flatMap((name) => {
    const file = new URL(`products/${name}.json`, import.meta.url);
    return [...readProduct(JSON.parse(readFileSync(file, "utf8"))).perils];
  });
}
