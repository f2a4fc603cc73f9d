import type { Place } from "./api.ts";

const DAY_MS = 86_400_000;
const J2000_MS = Date.UTC(2000, 0, 1, 12);
/** The sun's upper edge at the horizon, refraction included. */
const HORIZON_DEGREES = -0.833;

const sin = (degrees: number) => Math.sin((degrees * Math.PI) / 180);
const cos = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

/**
 * Sunrise and sunset around the noon nearest to a time, to a minute or two: the sunrise equation (Meeus, *Astronomical
 * Algorithms*, chapters 15 and 25, low accuracy). Beyond the polar circles the day is empty or 24 hours long.
 */
export function sunTimes(nearMs: number, { latitude, longitude }: Place): { riseMs: number; setMs: number } {
  const noon = Math.round((nearMs - J2000_MS) / DAY_MS + longitude / 360) - longitude / 360;
  const anomaly = 357.5291 + 0.98560028 * noon;
  const centre = 1.9148 * sin(anomaly) + 0.02 * sin(2 * anomaly) + 0.0003 * sin(3 * anomaly);
  const ecliptic = anomaly + centre + 180 + 102.9372;
  const transit = noon + 0.0053 * sin(anomaly) - 0.0069 * sin(2 * ecliptic);
  const sinDeclination = sin(ecliptic) * sin(23.44);
  const cosDeclination = Math.sqrt(1 - sinDeclination ** 2);
  const cosHour = (sin(HORIZON_DEGREES) - sin(latitude) * sinDeclination) / (cos(latitude) * cosDeclination);
  const halfDay = Math.acos(Math.min(1, Math.max(-1, cosHour))) / (2 * Math.PI);
  return {
    riseMs: J2000_MS + (transit - halfDay) * DAY_MS,
    setMs: J2000_MS + (transit + halfDay) * DAY_MS,
  };
}

/** A night, from sunset to sunrise. */
export type Night = { setMs: number; riseMs: number };

/** The nights that touch a span of time, in order. */
export function nightsWithin({ fromMs, toMs }: { fromMs: number; toMs: number }, place: Place): Night[] {
  const nights: Night[] = [];
  for (let dayMs = fromMs - DAY_MS; dayMs <= toMs + DAY_MS; dayMs += DAY_MS) {
    const { setMs } = sunTimes(dayMs, place);
    const { riseMs } = sunTimes(dayMs + DAY_MS, place);
    if (riseMs > fromMs && setMs < toMs) nights.push({ setMs, riseMs });
  }
  return nights;
}

/** The night that now is, or the one before: the last that began. */
export function latestNight(nowMs: number, place: Place): Night {
  return nightsWithin({ fromMs: nowMs - 2 * DAY_MS, toMs: nowMs }, place).at(-1)!;
}
