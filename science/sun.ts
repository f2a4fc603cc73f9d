export type Place = {
  /** North positive. */
  latitudeDeg: number;
  /** East positive. */
  longitudeDeg: number;
};

/** Part of the light that a water surface reflects. */
export const ALBEDO = 0.06;

const DAY_MS = 86_400_000;
const RADIANS = Math.PI / 180;

/**
 * Sine of the sun's elevation: 1 overhead, 0 on the horizon, negative at night.
 *
 * Declination and equation of time by Spencer 1971; refraction is ignored (it moves sunrise by four minutes).
 */
export function sunElevationSine(timeMs: number, { latitudeDeg, longitudeDeg }: Place): number {
  const yearStartMs = Date.UTC(new Date(timeMs).getUTCFullYear(), 0, 1);
  const yearAngle = (2 * Math.PI * (timeMs - yearStartMs)) / DAY_MS / 365.25;
  const declination = declinationRad(yearAngle);
  const utcMinutes = (timeMs % DAY_MS) / 60_000;
  const solarMinutes = utcMinutes + 4 * longitudeDeg + equationOfTimeMinutes(yearAngle);
  const hourAngle = (solarMinutes / 4 - 180) * RADIANS;
  const latitude = latitudeDeg * RADIANS;
  return (
    Math.sin(latitude) * Math.sin(declination) +
    Math.cos(latitude) * Math.cos(declination) * Math.cos(hourAngle)
  );
}

/**
 * Shortwave radiation on level ground, in W/m².
 *
 * Clear sky by Haurwitz 1945, weakened by clouds after Kasten and Czeplak 1980.
 */
export function shortwaveWPerM2(elevationSine: number, cloudFraction: number): number {
  if (elevationSine <= 0) return 0;
  const clearSky = 1098 * elevationSine * Math.exp(-0.057 / elevationSine);
  return clearSky * (1 - 0.75 * cloudFraction ** 3.4);
}

/** The part of it that algae use, in µmol photons/(m²·s): 45 % of the energy, 4.57 µmol a joule. */
export function photosyntheticLight(shortwave: number): number {
  return shortwave * 0.45 * 4.57;
}

function declinationRad(yearAngle: number): number {
  return (
    0.006918 -
    0.399912 * Math.cos(yearAngle) +
    0.070257 * Math.sin(yearAngle) -
    0.006758 * Math.cos(2 * yearAngle) +
    0.000907 * Math.sin(2 * yearAngle) -
    0.002697 * Math.cos(3 * yearAngle) +
    0.00148 * Math.sin(3 * yearAngle)
  );
}

function equationOfTimeMinutes(yearAngle: number): number {
  return (
    229.18 *
    (0.000075 +
      0.001868 * Math.cos(yearAngle) -
      0.032077 * Math.sin(yearAngle) -
      0.014615 * Math.cos(2 * yearAngle) -
      0.040849 * Math.sin(2 * yearAngle))
  );
}
