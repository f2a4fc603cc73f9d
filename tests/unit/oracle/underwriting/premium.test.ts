import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { poissonInterval } from "../../../../oracle/underwriting/poisson.ts";
import { readPond } from "../../../../oracle/underwriting/pond-file.ts";
import { premiumOf } from "../../../../oracle/underwriting/premium.ts";
import { readProduct } from "../../../../oracle/underwriting/product.ts";
import { type PondRisk, riskScore } from "../../../../oracle/underwriting/risk-score.ts";
import { type SeasonLosses, seasonLosses } from "../../../../oracle/underwriting/season-losses.ts";
import { isPondproofError } from "../../../../protocol/errors.ts";
import { bassJson } from "./product-file.ts";

const { loadings } = readProduct(bassJson());

const losses: SeasonLosses = {
  days: 365,
  events: 2,
  sumBps: 30_000,
  seasons: 100,
  lowBps: 0,
  highBps: 800,
  payingPercent: 10,
  exhaustedPercent: 0,
};

describe("the premium", () => {
  it("is what one gets by hand", () => {
    // (300 × 365 + 400 × 730) ÷ 1095 = 366.67 → 367; × 1.2 = 440.4 → 441; a quarter of 800 − 300 is 125;
    // 566 ÷ 0.75 = 754.67 → 755; 3,200,000 × 7.55 % = 241,600.
    expect(premiumOf({ losses, loadings, riskFactorBps: 12_000, sumInsured: 3_200_000n })).toEqual({
      kind: "offered",
      pureBps: 367n,
      riskBps: 441n,
      uncertaintyBps: 125n,
      loadedBps: 755n,
      rateBps: 755n,
      premium: 241_600n,
    });
  });

  it("never falls below the product's least rate, and declines instead of charging too little", () => {
    const calm = premiumOf({
      losses: { ...losses, sumBps: 0, highBps: 0 },
      loadings: { ...loadings, priorLossBps: 0 },
      riskFactorBps: 10_000,
      sumInsured: 1n,
    });
    expect(calm).toMatchObject({ kind: "offered", rateBps: 400n, premium: 1n });
    const wild = { ...losses, sumBps: 1_000_000 };
    expect(premiumOf({ losses: wild, loadings, riskFactorBps: 10_000, sumInsured: 1n })).toMatchObject({
      kind: "declined",
      mostRateBps: 2_500n,
    });
  });

  it("never falls when anything gets worse", () => {
    const worse = fc.record({
      sum: fc.integer({ min: 0, max: 50_000 }),
      factor: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(worse, ({ sum, factor }) => {
        const of = (sumBps: number, riskFactorBps: number) =>
          premiumOf({
            losses: { ...losses, sumBps, highBps: 10_000 },
            loadings,
            riskFactorBps,
            sumInsured: 1n,
          });
        expect(of(30_000 + sum, 10_000 + factor).riskBps).toBeGreaterThanOrEqual(of(30_000, 10_000).riskBps);
      }),
    );
  });
});

describe("the cost of a season", () => {
  it("is the same on every machine, to the unit", () => {
    const payoutBps = Array.from({ length: 90 }, (_, day) => (day % 30 === 4 ? 4_000 : 0));
    const days = { payoutBps, events: payoutBps.map((bps) => (bps > 0 ? 1 : 0)) };
    expect(seasonLosses(days, { seasonDays: 30, seed: 1 })).toEqual({
      days: 90,
      events: 3,
      sumBps: 22_142_000,
      seasons: 6_000,
      lowBps: 1_334,
      highBps: 6_667,
      payingPercent: 69,
      exhaustedPercent: 1,
    });
  });

  it("never exceeds the sum insured", () => {
    const days = { payoutBps: new Array<number>(40).fill(9_000), events: new Array<number>(40).fill(1) };
    const { sumBps, seasons, highBps, exhaustedPercent } = seasonLosses(days, { seasonDays: 120, seed: 1 });
    expect(sumBps).toBe(10_000 * seasons);
    expect([highBps, exhaustedPercent]).toEqual([10_000, 100]);
  });
});

describe("the exact interval of a count", () => {
  // Garwood 1936: half the chi-square quantiles for 2k and 2k + 2 degrees of freedom.
  it.each([
    [0, 0, 2.996],
    [1, 0.051, 4.744],
    [5, 1.97, 10.513],
    [20, 13.255, 29.062],
  ])("of %d events is %d to %d", (count, low, high) => {
    const interval = poissonInterval(count);
    expect(interval.low).toBeCloseTo(low, 2);
    expect(interval.high).toBeCloseTo(high, 2);
  });
});

describe("the risk score", () => {
  const calm: PondRisk = {
    stockKgPerMu: 400,
    aerationKwPerMu: 1.5,
    backupPower: "automatic",
    probe: { goodReadingsPercent: 99, daysSinceCalibration: 10 },
    farmer: { seasons: 5, claims: 0 },
  };

  it("is 0 for the calmest pond and 100 for the riskiest", () => {
    expect(riskScore(calm)).toMatchObject({ score: 0, factorBps: 5_000 });
    const wild: PondRisk = {
      stockKgPerMu: 3_000,
      aerationKwPerMu: 1,
      backupPower: "none",
      probe: { goodReadingsPercent: 50, daysSinceCalibration: 400 },
      farmer: { seasons: 2, claims: 2 },
    };
    expect(riskScore(wild)).toMatchObject({ score: 100, factorBps: 17_500 });
  });

  it("adds up from its parts, each within its limit", () => {
    const { score, parts } = riskScore({ ...calm, stockKgPerMu: 1_400, farmer: { seasons: 0, claims: 0 } });
    expect(parts.reduce((sum, { points }) => sum + points, 0)).toBe(score);
    expect(parts.every(({ points, most }) => points >= 0 && points <= most)).toBe(true);
    expect(parts.reduce((sum, { most }) => sum + most, 0)).toBe(100);
  });
});

describe("the files of an underwriter", () => {
  const mistakesIn = (read: () => unknown): string[] => {
    try {
      read();
    } catch (error) {
      if (isPondproofError(error, "INVALID_ARGUMENT")) return error.facts.mistakes as string[];
      throw error;
    }
    return [];
  };

  it("are refused with every mistake at once", () => {
    const json = bassJson();
    json.seasonDays = 0;
    json.perils = [{ metric: "oxigen", comparison: "under", tiers: [] }];
    expect(mistakesIn(() => readProduct(json)).length).toBeGreaterThan(5);
    expect(mistakesIn(() => readProduct(null)).length).toBeGreaterThan(5);
    expect(mistakesIn(() => readPond({ areaMu: -1, backupPower: "maybe" }))).toContain(
      "backupPower is none of none, manual, automatic",
    );
  });
});
