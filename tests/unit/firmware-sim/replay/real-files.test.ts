import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readSeries, type Series } from "../../../../firmware-sim/replay/series.ts";

const DATA = join(import.meta.dirname, "../../../../../shared/data");
const ABSENT = !existsSync(DATA);
const REASON = "skipped where ../shared/data is absent";

function oxygenOf({ rows }: Series): number[] {
  return rows.flatMap(({ values }) => (typeof values[0] === "number" ? [values[0]] : []));
}

describe(`real recordings (${REASON})`, () => {
  it.skipIf(ABSENT)(
    "Sapelo, Dean Creek: the morning of 2012-08-10 stays below 1 mg/L and falls to 0.7",
    async () => {
      const series = await readSeries({
        path: join(DATA, "sapdc_sapelo_dean_creek_2012.csv"),
        map: "time=DateTimeStamp,zone=-05:00,oxygen=DO_obs,temperature=Temp",
        fromMs: Date.parse("2012-08-09T00:00:00-05:00"),
        toMs: Date.parse("2012-08-10T23:59:59-05:00"),
      });
      expect(series.rows).toHaveLength(96);
      const morning = series.rows.filter(
        ({ timeMs }) =>
          timeMs >= Date.parse("2012-08-10T06:00:00-05:00") &&
          timeMs <= Date.parse("2012-08-10T11:00:00-05:00"),
      );
      expect(morning).toHaveLength(11);
      expect(Math.max(...oxygenOf({ ...series, rows: morning }))).toBeLessThan(1);
      expect(Math.min(...oxygenOf({ ...series, rows: morning }))).toBe(0.7);
    },
  );

  it.skipIf(ABSENT)("HiPIC: dirty values and changing dates are counted, not fatal", async () => {
    const { rows, skipped } = await readSeries({
      path: join(DATA, "hipic_IoTPond11.csv"),
      map: "time=created_at,zone=+01:00,oxygen=Dissolved Oxygen(g/ml),temperature=Temperature (C),ph=PH,ammonia=Ammonia(g/ml)",
    });
    const counted = [...skipped.values()].reduce((sum, n) => sum + n, rows.length);
    expect(counted).toBe(3165);
    expect(skipped.get("unparsable-time")).toBeGreaterThan(1000);
    expect(rows.length).toBeGreaterThan(500);
  });

  it.skipIf(ABSENT)("Grand Bay: dates with slashes", async () => {
    const series = await readSeries({
      path: join(DATA, "gndblwq2021_grand_bay_nerr.csv"),
      map: "time=DateTimeStamp,dates=mdy,zone=-06:00,oxygen=DO_mgl,temperature=Temp,ph=pH,turbidity=Turb,conductivity=SpCond",
    });
    expect(series.rows.length).toBeGreaterThan(5000);
    expect(Math.min(...oxygenOf(series))).toBeLessThan(3);
  });

  it.skipIf(ABSENT)("Mashapaug: date and time in two columns", async () => {
    const series = await readSeries({
      path: join(DATA, "epa_habs_mashapaug_2025_buoy.csv"),
      map: "date=date,time=time,zone=-04:00,oxygen=dissolved oxygen conc. [mg/L],temperature=water temperature [°C],ph=ph []",
    });
    expect(series.rows.length).toBeGreaterThan(4900);
    expect(new Date(series.rows[0]!.timeMs).toISOString()).toBe("2025-07-09T15:10:00.000Z");
  });

  it.skipIf(ABSENT)("the fish farm's buoy: nanoseconds and UTC", async () => {
    const series = await readSeries({
      path: join(DATA, "open_pisciculture_buoy_field_test.csv"),
      map: "time=received_at,oxygen=do,temperature=temp,ph=pH",
    });
    expect(series.rows.length).toBeGreaterThan(190);
    expect(Math.max(...oxygenOf(series))).toBeCloseTo(17.7, 0);
  });
});
