/**
 * Oxygen in water that is saturated with air, mg/L, at a pressure in atmospheres: Benson and Krause 1984 as the U.S.
 * Geological Survey uses it (TM 2011.03), for fresh water of 0 to 40 °C.
 */
export function oxygenSaturationMgPerL(temperatureC: number, pressureAtm = 1): number {
  const t = temperatureC + 273.15;
  const atOneAtm = Math.exp(
    -139.34411 + 1.575701e5 / t - 6.642308e7 / t ** 2 + 1.2438e10 / t ** 3 - 8.621949e11 / t ** 4,
  );
  const theta = 0.000975 - 1.426e-5 * temperatureC + 6.436e-8 * temperatureC ** 2;
  const vapour = Math.exp(11.8571 - 3840.7 / t - 216961 / t ** 2);
  const pressure = ((pressureAtm - vapour) * (1 - theta * pressureAtm)) / ((1 - vapour) * (1 - theta));
  return atOneAtm * pressure;
}
