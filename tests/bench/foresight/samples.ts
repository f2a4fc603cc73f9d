import type { OxygenSample } from "../../../science/foresight/history.ts";
import type { RealRow } from "../real-series.ts";

/** The rows that foresight can use: oxygen and temperature both measured and physically possible. */
export function samplesOf(rows: readonly RealRow[]): OxygenSample[] {
  return rows.flatMap(({ timeMs, oxygenMgPerL, temperatureC }) =>
    oxygenMgPerL !== null &&
    temperatureC !== null &&
    oxygenMgPerL >= 0 &&
    oxygenMgPerL <= 25 &&
    temperatureC >= 0 &&
    temperatureC <= 45
      ? [{ timeMs, oxygenMgPerL, temperatureC }]
      : [],
  );
}
