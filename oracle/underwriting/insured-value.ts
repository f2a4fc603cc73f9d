/** Where a number comes from: a document by its hash, a feed, a probe, a statement of the farmer, or a publication. */
export type InputSource =
  | { kind: "document"; sha256: string; what: string }
  | { kind: "feed"; provider: string; observedAtMs: number; sha256: string }
  | { kind: "probe"; stream: string }
  | { kind: "declared"; by: string; atMs: number }
  | { kind: "literature"; reference: string };

/** A number with its plausible range and its source. */
export type Sourced = { value: number; low: number; high: number; source: InputSource };

/** What a pond's stock is worth is computed from; areas in mu, weights in grams, prices in fen a kilogram. */
export type StockInputs = {
  areaMu: Sourced;
  /** Fish set, all over the pond, and the part of them that lives, in percent. */
  fishSet: Sourced;
  survivalPercent: Sourced;
  /** Mean weight when they were set. */
  startGrams: Sourced;
  /** Mean water temperature of each day since. */
  dailyTemperatureC: readonly number[];
  temperatureSource: InputSource;
  /** All feed given since, and feed a kilogram of growth. */
  feedKg: Sourced;
  feedConversion: Sourced;
  growth: GrowthModel;
  priceFenPerKg: Sourced;
};

/**
 * Growth that temperature allows: the cube root of weight rises by `coefficient` ÷ 1000 for each degree-day inside the
 * range in which the species feeds (Iwama and Tautz 1981; Cho 1992).
 */
export type GrowthModel = { feedsFromC: number; feedsToC: number; coefficient: Sourced };

/**
 * Largemouth bass. The coefficient follows from one-season ponds (domain.md §1.3: 2,000 fry a mu, 750–1,000 kg a mu):
 * from 10 g to 375–500 g in about 180 days at 26 °C, 4,680 degree-days.
 */
export const LARGEMOUTH_BASS: GrowthModel = {
  feedsFromC: 12,
  feedsToC: 32,
  coefficient: {
    value: 1.15,
    low: 1.08,
    high: 1.24,
    source: {
      kind: "literature",
      reference: "yields of yybnet 2020-07 (domain.md §1.3), by the formula of Cho 1992",
    },
  },
};

export type Estimate = { low: number; value: number; high: number };

/** A stock's value now, and what limited its growth; grams, kilograms and fen are whole numbers. */
export type InsuredValue = {
  meanGrams: Estimate;
  stockKg: Estimate;
  stockKgPerMu: Estimate;
  valueFen: Estimate;
  limitedBy: "temperature" | "feed";
};

type End = keyof Estimate;

/** The value of a stock with its range: every input at its low end, at its value, at its high end. */
export function insuredValue(inputs: StockInputs): InsuredValue {
  const low = valueAt(inputs, "low");
  const value = valueAt(inputs, "value");
  const high = valueAt(inputs, "high");
  const estimate = (of: (at: typeof value) => number): Estimate => ({
    low: of(low),
    value: of(value),
    high: of(high),
  });
  return {
    meanGrams: estimate(({ meanGrams }) => meanGrams),
    stockKg: estimate(({ stockKg }) => stockKg),
    stockKgPerMu: {
      low: Math.round(low.stockKg / inputs.areaMu.high),
      value: Math.round(value.stockKg / inputs.areaMu.value),
      high: Math.round(high.stockKg / inputs.areaMu.low),
    },
    valueFen: estimate(({ stockKg, price }) => stockKg * price),
    limitedBy: value.limitedBy,
  };
}

/** Whole grams, kilograms and fen, rounded in this order, so that everybody gets the same. */
function valueAt(inputs: StockInputs, end: End) {
  const alive = Math.floor((inputs.fishSet[end] * inputs.survivalPercent[end]) / 100);
  const byTemperature = weightByTemperature(inputs, end);
  // Much feed for a kilogram of growth is the low end.
  const conversion = {
    low: inputs.feedConversion.high,
    value: inputs.feedConversion.value,
    high: inputs.feedConversion.low,
  };
  const byFeed = inputs.startGrams[end] + (1000 * inputs.feedKg[end]) / conversion[end] / Math.max(1, alive);
  const meanGrams = Math.round(Math.min(byTemperature, byFeed));
  const stockKg = Math.floor((alive * meanGrams) / 1000);
  const limitedBy = byFeed < byTemperature ? ("feed" as const) : ("temperature" as const);
  return { meanGrams, stockKg, price: Math.round(inputs.priceFenPerKg[end]), limitedBy };
}

function weightByTemperature({ startGrams, dailyTemperatureC, growth }: StockInputs, end: End): number {
  const { feedsFromC, feedsToC, coefficient } = growth;
  // Hundredths of a degree, added as whole numbers: a sum of floats would depend on its order.
  const hundredthDegreeDays = dailyTemperatureC.reduce(
    (sum, degrees) => (degrees >= feedsFromC && degrees <= feedsToC ? sum + Math.round(100 * degrees) : sum),
    0,
  );
  const root = Math.cbrt(startGrams[end]) + (coefficient[end] * hundredthDegreeDays) / 100_000;
  return root ** 3;
}
