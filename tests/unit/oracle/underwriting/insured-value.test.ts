import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  insuredValue,
  LARGEMOUTH_BASS,
  type Sourced,
  type StockInputs,
} from "../../../../oracle/underwriting/insured-value.ts";

const declared = (value: number, low = value, high = value): Sourced => ({
  value,
  low,
  high,
  source: { kind: "declared", by: "farmer", atMs: Date.UTC(2025, 2, 1) },
});

const season: StockInputs = {
  areaMu: declared(8),
  fishSet: declared(16_000, 15_500, 16_500),
  survivalPercent: declared(90, 85, 95),
  startGrams: declared(10, 8, 12),
  dailyTemperatureC: new Array<number>(180).fill(26),
  temperatureSource: { kind: "probe", stream: "0x01" },
  feedKg: declared(16_000, 15_000, 17_000),
  feedConversion: { ...declared(2.3, 2, 2.6), source: { kind: "literature", reference: "Tidwell 1998" } },
  growth: LARGEMOUTH_BASS,
  priceFenPerKg: declared(3_000, 2_600, 3_400),
};

describe("the insured value", () => {
  it("gives a one-season bass pond the weight and yield that such ponds have", () => {
    const { meanGrams, stockKgPerMu, valueFen } = insuredValue(season);
    expect(meanGrams.value).toBeGreaterThan(375);
    expect(meanGrams.value).toBeLessThan(500);
    expect(stockKgPerMu.value).toBeGreaterThan(700);
    expect(stockKgPerMu.value).toBeLessThan(1_000);
    expect(valueFen.low).toBeLessThan(valueFen.value);
    expect(valueFen.value).toBeLessThan(valueFen.high);
  });

  it("lets fish grow no faster than they are fed", () => {
    const starved = insuredValue({ ...season, feedKg: declared(2_300) });
    // 1,000 kg of growth on 14,400 fish: 10 g + 69.4 g.
    expect(starved).toMatchObject({ limitedBy: "feed", meanGrams: { value: 79 }, stockKg: { value: 1_137 } });
    expect(insuredValue({ ...season, feedKg: declared(100_000) }).limitedBy).toBe("temperature");
  });

  it("lets nothing grow in water too cold or too hot to feed", () => {
    const cold = insuredValue({ ...season, dailyTemperatureC: new Array<number>(180).fill(8) });
    expect(cold.meanGrams.value).toBe(10);
    expect(insuredValue({ ...season, dailyTemperatureC: [36, 40] }).meanGrams.value).toBe(10);
  });

  it("is in whole units and in order, whatever the pond", () => {
    const temperatures = fc.array(fc.double({ min: 0, max: 40, noNaN: true }), { maxLength: 300 });
    fc.assert(
      fc.property(temperatures, fc.integer({ min: 0, max: 50_000 }), (dailyTemperatureC, feedKg) => {
        const value = insuredValue({ ...season, dailyTemperatureC, feedKg: declared(feedKg) });
        const { meanGrams, stockKg, valueFen } = value;
        for (const { low, value: middle, high } of [meanGrams, stockKg, valueFen]) {
          expect([low, middle, high].every(Number.isSafeInteger)).toBe(true);
          expect(low).toBeLessThanOrEqual(middle);
          expect(middle).toBeLessThanOrEqual(high);
        }
      }),
    );
  });
});
