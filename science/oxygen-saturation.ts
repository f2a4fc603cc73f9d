/** Water whose equilibrium with the air is asked for. */
export type SaturationConditions = {
  /** 0–40 °C. */
  temperatureC: number;
  /** 0–40 ‰. */
  salinityPerMille?: number;
  /** 0.5–1.1 atm. */
  pressureAtm?: number;
};

/**
 * Dissolved oxygen in equilibrium with the air, in mg/L.
 *
 * Benson and Krause 1984, as published in USGS technical memorandum 2011.03.
 */
export function oxygenSaturationMgPerL(conditions: SaturationConditions): number {
  const { temperatureC, salinityPerMille = 0, pressureAtm = 1 } = conditions;
  return (
    freshWaterMgPerL(temperatureC) *
    salinityFactor(temperatureC, salinityPerMille) *
    pressureFactor(temperatureC, pressureAtm)
  );
}

function freshWaterMgPerL(temperatureC: number): number {
  const kelvin = temperatureC + 273.15;
  return Math.exp(
    -139.34411 +
      1.575701e5 / kelvin -
      6.642308e7 / kelvin ** 2 +
      1.2438e10 / kelvin ** 3 -
      8.621949e11 / kelvin ** 4,
  );
}

function salinityFactor(temperatureC: number, salinityPerMille: number): number {
  const kelvin = temperatureC + 273.15;
  return Math.exp(-salinityPerMille * (0.017674 - 10.754 / kelvin + 2140.7 / kelvin ** 2));
}

function pressureFactor(temperatureC: number, pressureAtm: number): number {
  const kelvin = temperatureC + 273.15;
  const theta = 0.000975 - 1.426e-5 * temperatureC + 6.436e-8 * temperatureC ** 2;
  const vapourAtm = Math.exp(11.8571 - 3840.7 / kelvin - 216961 / kelvin ** 2);
  return ((pressureAtm - vapourAtm) * (1 - theta * pressureAtm)) / ((1 - vapourAtm) * (1 - theta));
}
