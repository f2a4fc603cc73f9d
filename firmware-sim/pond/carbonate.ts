/**
 * Equilibrium constants of carbonic acid in fresh water, as their negative decimal logarithms.
 *
 * Plummer and Busenberg 1982; at 25 °C 6.352, 10.329 and 1.468.
 */
export function carbonateConstants(temperatureC: number): { pK1: number; pK2: number; pKHenry: number } {
  const kelvin = temperatureC + 273.15;
  const log = Math.log10(kelvin);
  return {
    pK1: 356.3094 + 0.06091964 * kelvin - 21834.37 / kelvin - 126.8339 * log + 1684915 / kelvin ** 2,
    pK2: 107.8871 + 0.03252849 * kelvin - 5151.79 / kelvin - 38.92561 * log + 563713.9 / kelvin ** 2,
    pKHenry: -108.3865 - 0.01985076 * kelvin + 6919.53 / kelvin + 40.45154 * log - 669365 / kelvin ** 2,
  };
}

/** Parts of dissolved inorganic carbon at equilibrium. */
export type Carbonate = { ph: number; carbonDioxideMmolPerL: number };

/**
 * Acidity of water that holds this much inorganic carbon and alkalinity.
 *
 * Alkalinity is taken as bicarbonate and twice carbonate, which is within 1 % of the truth between pH 6 and 10; then
 * the hydrogen ion is the positive root of a quadratic.
 */
export function carbonateEquilibrium(water: {
  inorganicCarbonMmolPerL: number;
  alkalinityMeqPerL: number;
  temperatureC: number;
}): Carbonate {
  const { pK1, pK2 } = carbonateConstants(water.temperatureC);
  const k1 = 10 ** -pK1;
  const k2 = 10 ** -pK2;
  const ratio = water.alkalinityMeqPerL / water.inorganicCarbonMmolPerL;
  const linear = k1 * (ratio - 1);
  const hydrogen = (-linear + Math.sqrt(linear ** 2 - 4 * ratio * k1 * k2 * (ratio - 2))) / (2 * ratio);
  const carbonDioxidePart = hydrogen ** 2 / (hydrogen ** 2 + k1 * hydrogen + k1 * k2);
  return {
    ph: -Math.log10(hydrogen),
    carbonDioxideMmolPerL: water.inorganicCarbonMmolPerL * carbonDioxidePart,
  };
}

/** Carbon dioxide in equilibrium with the air (420 ppm), in mmol/L. */
export function carbonDioxideSaturationMmolPerL(temperatureC: number): number {
  return 10 ** -carbonateConstants(temperatureC).pKHenry * 420e-6 * 1000;
}
