import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSeries } from "../../firmware-sim/replay/series.ts";
import { slotOf } from "../../protocol/record.ts";
import type { Place } from "../../science/sun.ts";

/** A row of a recording, in physical units; null where the table has nothing. */
export type RealRow = {
  timeMs: number;
  oxygenMgPerL: number | null;
  temperatureC: number | null;
  ph: number | null;
};

/** A recording beside the repository, and what is known about its place; its README says where it comes from. */
export type RealSeries = {
  name: string;
  water: string;
  file: string;
  map: string;
  place: Place;
  /** Water against which the forecast is to be judged: a pond that follows the sun. */
  isPond: boolean;
};

const DATA = fileURLToPath(new URL("../../../shared/data/", import.meta.url));

export const REAL_SERIES: readonly RealSeries[] = [
  {
    name: "EPA Mashapaug 2025",
    water: "urban pond, buoy, 10 min",
    file: "epa_habs_mashapaug_2025_buoy.csv",
    map: "date=date,time=time,zone=-04:00,oxygen=dissolved oxygen conc. [mg/L],temperature=water temperature [°C],ph=ph []",
    place: { latitudeDeg: 41.79, longitudeDeg: -71.43 },
    isPond: true,
  },
  {
    name: "Grand Bay 2021",
    water: "estuary, 15 min, raw",
    file: "gndblwq2021_grand_bay_nerr.csv",
    map: "time=DateTimeStamp,dates=mdy,zone=-06:00,oxygen=DO_mgl,temperature=Temp,ph=pH",
    place: { latitudeDeg: 30.36, longitudeDeg: -88.42 },
    isPond: false,
  },
  {
    name: "Sapelo Dean Creek 2012",
    water: "tidal creek, 30 min",
    file: "sapdc_sapelo_dean_creek_2012.csv",
    map: "time=DateTimeStamp,zone=-05:00,oxygen=DO_obs,temperature=Temp",
    place: { latitudeDeg: 31.39, longitudeDeg: -81.28 },
    isPond: false,
  },
  {
    name: "Open Pisciculture buoy 2021",
    water: "fish farm, 10 min, under two days",
    file: "open_pisciculture_buoy_field_test.csv",
    map: "time=received_at,zone=+00:00,oxygen=do,temperature=temp,ph=pH",
    place: { latitudeDeg: 4, longitudeDeg: -73 },
    isPond: true,
  },
  {
    name: "HiPIC IoTPond11 2021",
    water: "catfish tank, failing sensors, 20 s",
    file: "hipic_IoTPond11.csv",
    map: "time=created_at,zone=+01:00,oxygen=Dissolved Oxygen(g/ml),temperature=Temperature (C),ph=PH",
    place: { latitudeDeg: 6.86, longitudeDeg: 7.4 },
    isPond: true,
  },
];

/** True where the recordings lie beside the repository. */
export function hasRealSeries(): boolean {
  return REAL_SERIES.every(({ file }) => existsSync(`${DATA}${file}`));
}

/** The rows of a recording, and how many lines of its file could not be used. */
export async function readRealSeries({
  file,
  map,
}: RealSeries): Promise<{ rows: RealRow[]; skipped: number }> {
  const { rows, skipped } = await readSeries({ path: `${DATA}${file}`, map });
  const [oxygen, temperature, ph] = [slotOf("oxygen"), slotOf("temperature"), slotOf("ph")];
  return {
    rows: rows.map(({ timeMs, values }) => ({
      timeMs,
      oxygenMgPerL: values[oxygen] ?? null,
      temperatureC: values[temperature] ?? null,
      ph: values[ph] ?? null,
    })),
    skipped: [...skipped.values()].reduce((sum, count) => sum + count, 0),
  };
}
