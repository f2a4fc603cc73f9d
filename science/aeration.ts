/** Paddle wheels bring 1.5–2.5 kg O₂ into clean water a kWh. */
const OXYGEN_KG_PER_KWH = 1.8;
/** Pond water takes up less than clean water. */
const POND_WATER_FACTOR = 0.9;

/**
 * How fast a running aerator drives a gas towards saturation, 1/h.
 *
 * The usual conversion from standard oxygen transfer: driving force over 9.09 mg/L, 1.024 a degree above 20 °C.
 */
export function aerationPerH(aerator: { powerKw: number; volumeM3: number; temperatureC: number }): number {
  const standardMgPerLPerH = (aerator.powerKw * OXYGEN_KG_PER_KWH * 1000) / aerator.volumeM3;
  return (standardMgPerLPerH * POND_WATER_FACTOR * 1.024 ** (aerator.temperatureC - 20)) / 9.09;
}
