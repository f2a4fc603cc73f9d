import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { weatherPerils } from "../../../../demo/weather-product.ts";
import { backtest } from "../../../../oracle/underwriting/backtest.ts";
import { readProduct } from "../../../../oracle/underwriting/product.ts";
import { decodeValue } from "../../../../protocol/record.ts";
import { SOURCE } from "../../../../protocol/terms.ts";
import { WEATHER_METRICS } from "../../../../protocol/weather.ts";

function json(name: string): { perils: Record<string, unknown>[] } {
  const file = new URL(`../../../../demo/products/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as { perils: Record<string, unknown>[] };
}

it("reads the weather products as perils of feeds, in the metrics of the table", () => {
  const told = weatherPerils().map(({ source, metric, tiers }) => [
    source,
    WEATHER_METRICS[metric],
    decodeValue(tiers[0]!.threshold),
    tiers.map(({ minDurationMs }) => minDurationMs / 86_400_000),
  ]);
  expect(told).toEqual([
    [SOURCE.feed, "maxTemperature", 37, [2, 3, 5]],
    [SOURCE.feed, "rain", 50, [1, 1]],
    [SOURCE.feed, "minTemperature", 10, [3, 5]],
  ]);
});

it("takes a metric only from the source that has it", () => {
  const { perils, ...rest } = json("heat");
  expect(() => readProduct({ ...rest, perils: [{ ...perils[0], metric: "oxygen" }] })).toThrow(
    "metric is none of max",
  );
  expect(() => readProduct({ ...rest, perils: [{ ...perils[0], source: "stream" }] })).toThrow(
    "metric is none of oxygen",
  );
  expect(() => readProduct({ ...rest, perils: [{ ...perils[0], source: "news" }] })).toThrow(
    "source is none of",
  );
});

it("says that recordings of water say nothing of weather", () => {
  const product = readProduct(json("heat"));
  expect(() => backtest(product, [], { seed: 1 })).toThrow("nothing of weather");
});
