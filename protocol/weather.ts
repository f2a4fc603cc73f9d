/** What a feed of weather may observe, by the number that a peril's `metric` has where its source is a feed. */
export const WEATHER_METRICS = ["maxTemperature", "minTemperature", "rain"] as const;

export type WeatherMetric = (typeof WEATHER_METRICS)[number];

/** The unit of each, over the feed's period: highest and lowest air temperature, and rain that fell. */
export const WEATHER_UNITS: Record<WeatherMetric, string> = {
  maxTemperature: "°C",
  minTemperature: "°C",
  rain: "mm",
};

/** The number of a metric in the terms. */
export function weatherSlot(metric: WeatherMetric): number {
  return WEATHER_METRICS.indexOf(metric);
}
