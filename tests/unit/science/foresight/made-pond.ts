import type { OxygenSample } from "../../../../science/foresight/history.ts";
import { oxygenSaturationMgPerL } from "../../../../science/oxygen-saturation.ts";
import { sunElevationSine } from "../../../../science/sun.ts";

export const HUZHOU = { latitudeDeg: 30.87, longitudeDeg: 120.1 };
export const STEP_MS = 600_000;
export const DAY_MS = 86_400_000;
/** Midnight in Huzhou. */
export const START_MS = Date.UTC(2025, 6, 1, 16);

/**
 * A pond that obeys the night law exactly: light makes oxygen, respiration takes it, the surface exchanges it. Days
 * differ by how much light they get.
 */
export function madePond({
  days,
  respirationMgPerLPerH = 0.35,
  exchangePerH = 0.04,
}: {
  days: number;
  respirationMgPerLPerH?: number;
  exchangePerH?: number;
}): OxygenSample[] {
  const temperatureC = 28;
  const saturation = oxygenSaturationMgPerL({ temperatureC });
  let oxygenMgPerL = 7;
  return Array.from({ length: (days * DAY_MS) / STEP_MS }, (_, i) => {
    const timeMs = START_MS + i * STEP_MS;
    const day = Math.floor(i / 144);
    const light = Math.max(0, sunElevationSine(timeMs, HUZHOU)) * (1 + 0.3 * Math.sin(2.4 * day));
    const change = 1.15 * light - respirationMgPerLPerH + exchangePerH * (saturation - oxygenMgPerL);
    oxygenMgPerL = Math.max(0, oxygenMgPerL + (change * STEP_MS) / 3_600_000);
    return { timeMs, oxygenMgPerL, temperatureC };
  });
}
