import { describe, expect, it } from "vitest";
import { carbonateConstants, carbonateEquilibrium } from "../../../../firmware-sim/pond/carbonate.ts";
import { photosynthesisMgPerLPerH } from "../../../../firmware-sim/pond/photosynthesis.ts";
import { metPart, oxygenDemand } from "../../../../firmware-sim/pond/respiration.ts";
import { unionisedAmmoniaPart } from "../../../../science/ammonia.ts";
import { oxygenTransferMPerH } from "../../../../science/gas-exchange.ts";
import { oxygenSaturationMgPerL } from "../../../../science/oxygen-saturation.ts";
import { shortwaveWPerM2, sunElevationSine } from "../../../../science/sun.ts";

describe("oxygen saturation", () => {
  // Benson and Krause 1984, table of USGS technical memorandum 2011.03.
  it.each([
    [0, 14.621],
    [5, 12.771],
    [10, 11.288],
    [15, 10.084],
    [20, 9.092],
    [25, 8.263],
    [28, 7.828],
    [30, 7.559],
    [32, 7.305],
    [35, 6.949],
    [40, 6.413],
  ])("of fresh water at %d °C is the published %d mg/L", (temperatureC, published) => {
    expect(oxygenSaturationMgPerL({ temperatureC })).toBeCloseTo(published, 3);
  });

  it.each([
    [{ temperatureC: 20, salinityPerMille: 5 }, 8.828],
    [{ temperatureC: 30, salinityPerMille: 5 }, 7.354],
    [{ temperatureC: 20, pressureAtm: 0.98 }, 8.906],
    [{ temperatureC: 30, pressureAtm: 0.98 }, 7.401],
  ])("of %j is the published %d mg/L", (conditions, published) => {
    expect(oxygenSaturationMgPerL(conditions)).toBeCloseTo(published, 3);
  });
});

describe("un-ionised ammonia", () => {
  // Emerson et al. 1975.
  it.each([
    [20, 7, 0.394],
    [20, 8, 3.807],
    [20, 9, 28.36],
    [25, 7, 0.564],
    [25, 8, 5.366],
    [25, 9, 36.19],
    [28, 8, 6.538],
    [30, 8.5, 20.25],
  ])("at %d °C and pH %d is the published %d %%", (temperatureC, ph, percent) => {
    const part = unionisedAmmoniaPart({ temperatureC, ph });
    expect(Math.abs((100 * part) / percent - 1)).toBeLessThan(0.002);
  });
});

describe("reaeration", () => {
  it.each([
    [0, 0.018],
    [1, 0.02],
    [2, 0.024],
    [3, 0.03],
    [5, 0.046],
  ])("of a pond 1.5 m deep at 28 °C in a wind of %d m/s is %d per hour", (windMPerS, perH) => {
    expect(oxygenTransferMPerH({ temperatureC: 28, windMPerS }) / 1.5).toBeCloseTo(perH, 3);
  });
});

describe("carbonate", () => {
  it("has the published constants at 25 °C", () => {
    // Plummer and Busenberg 1982, table 1.
    expect(carbonateConstants(25).pK1).toBeCloseTo(6.352, 3);
    expect(carbonateConstants(25).pK2).toBeCloseTo(10.329, 3);
    expect(carbonateConstants(25).pKHenry).toBeCloseTo(1.468, 3);
  });

  it("is most alkaline where algae have taken the carbon dioxide, and acid where fish have breathed", () => {
    const water = { alkalinityMeqPerL: 2.2, temperatureC: 28 };
    const phOf = (inorganicCarbonMmolPerL: number) =>
      carbonateEquilibrium({ ...water, inorganicCarbonMmolPerL }).ph;
    expect(phOf(2)).toBeGreaterThan(9);
    expect(phOf(2.2)).toBeCloseTo(8.3, 1);
    expect(phOf(2.4)).toBeLessThan(7.5);
  });
});

describe("oxygen demand", () => {
  // domain.md §2.4: 29 °C, 1.8 m.
  it.each([
    [500, 0.39],
    [1000, 0.5],
    [1500, 0.61],
    [2000, 0.72],
    [3000, 0.93],
  ])("of %d kg/mu is %d mg/L an hour", (stockKgPerMu, sum) => {
    const demand = oxygenDemand({
      temperatureC: 29,
      depthM: 1.8,
      stockKgPerMu,
      waterAt29CMgPerLPerH: 0.25,
    });
    expect(demand.water + demand.fish + demand.mud).toBeCloseTo(sum, 1);
  });

  it("is met in half at half a milligram, and not at all without oxygen", () => {
    expect(metPart(0.5)).toBe(0.5);
    expect(metPart(0)).toBe(0);
    expect(metPart(-0.1)).toBe(0);
  });
});

describe("the sun over Huzhou", () => {
  const place = { latitudeDeg: 30.87, longitudeDeg: 120.1 };
  const sine = (iso: string) => sunElevationSine(Date.parse(iso), place);

  it("stands 90° − latitude + declination high at noon", () => {
    // Declination 21.5° on 15 July; the sun culminates at 12:06 there.
    expect((Math.asin(sine("2026-07-15T12:06:00+08:00")) * 180) / Math.PI).toBeCloseTo(80.6, 0);
    expect((Math.asin(sine("2026-12-21T11:58:00+08:00")) * 180) / Math.PI).toBeCloseTo(35.7, 0);
  });

  it("rises and sets when the almanac says", () => {
    expect(sine("2026-07-15T05:00:00+08:00")).toBeLessThan(0);
    expect(sine("2026-07-15T05:15:00+08:00")).toBeGreaterThan(0);
    expect(sine("2026-07-15T18:55:00+08:00")).toBeGreaterThan(0);
    expect(sine("2026-07-15T19:10:00+08:00")).toBeLessThan(0);
  });

  it("gives a clear noon about a kilowatt, and a quarter of it through closed clouds", () => {
    expect(shortwaveWPerM2(1, 0)).toBeCloseTo(1037, 0);
    expect(shortwaveWPerM2(1, 1) / shortwaveWPerM2(1, 0)).toBeCloseTo(0.25, 6);
    expect(shortwaveWPerM2(-0.1, 0)).toBe(0);
  });
});

describe("photosynthesis", () => {
  const bloom = { maxRateMgPerLPerH: 3, secchiM: 0.35 };

  it("rests in the dark, saturates in light, and fades with depth", () => {
    const at = (lightAtSurface: number, topM: number, bottomM: number) =>
      photosynthesisMgPerLPerH(bloom, { lightAtSurface, topM, bottomM, temperatureC: 20 });
    expect(at(0, 0, 1)).toBe(0);
    expect(at(1e6, 0, 0.1)).toBeCloseTo(3, 3);
    expect(at(1500, 0, 0.9)).toBeGreaterThan(4 * at(1500, 0.9, 1.8));
  });
});
