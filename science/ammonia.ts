/**
 * The part of total ammonia that is un-ionised, and so poisonous: 0–1.
 *
 * Emerson et al. 1975, fresh water, 0–30 °C, pH 6–10.
 */
export function unionisedAmmoniaPart({ temperatureC, ph }: { temperatureC: number; ph: number }): number {
  const pKa = 0.09018 + 2729.92 / (273.15 + temperatureC);
  return 1 / (10 ** (pKa - ph) + 1);
}
