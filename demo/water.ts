import { FARMS } from "../firmware-sim/farms.ts";
import { readSeries } from "../firmware-sim/replay/series.ts";
import { SCENARIOS, TWO_STORIES } from "../firmware-sim/scenarios.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { LieName } from "./liar/cases.ts";
import type { Options } from "./options.ts";
import type { DataKind } from "./policy.ts";
import type { Water } from "./ponds.ts";

const MINUTE_MS = 60_000;
const READING_EVERY_MS = 2 * MINUTE_MS;

/** What a run shows: where its water comes from, from when to when, and how somebody lies about it, if at all. */
export type Play = {
  name: string;
  water: Water;
  startMs: number;
  endMs: number;
  data: DataKind;
  lie: LieName | undefined;
};

/**
 * The play of a command line.
 * @throws INVALID_ARGUMENT when a recording has nothing in the part that was asked for
 */
export async function choosePlay({
  scenario: name,
  replay,
  seed,
  lie,
}: Pick<Options, "scenario" | "replay" | "seed" | "lie">): Promise<Play> {
  if (replay === undefined) {
    const told = SCENARIOS[name ?? "aerator-failure"];
    const scenario = lie === "equivocation" ? { ...told, ...TWO_STORIES } : told;
    const { startMs, endMs } = scenario;
    return {
      name: scenario.name,
      water: { kind: "scenario", scenario, seed },
      startMs,
      endMs,
      data: { readingEveryMs: READING_EVERY_MS, hasAerator: true },
      lie,
    };
  }
  const fromMs = instant("--from", replay.from);
  const toMs = instant("--to", replay.to);
  const series = await readSeries({
    path: replay.file,
    map: replay.map,
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  });
  const { rows } = series;
  if (rows.length < 3)
    throw new PondproofError("INVALID_ARGUMENT", {
      replay: replay.file,
      problem: "fewer than three usable rows",
      rows: rows.length,
    });
  const startMs = rows[0]!.timeMs - MINUTE_MS;
  const endMs = rows.at(-1)!.timeMs;
  const steps = rows.slice(1).map(({ timeMs }, i) => timeMs - rows[i]!.timeMs);
  const readingEveryMs = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)]!;
  return {
    name: "replay",
    water: { kind: "replay", series },
    startMs,
    endMs,
    data: { readingEveryMs, hasAerator: false },
    lie: undefined,
  };
}

/** Area of a pond that the demo knows. */
export function areaMuOf(pond: string): number {
  return FARMS.flatMap(({ ponds }) => ponds).find(({ id }) => id === pond)!.areaMu;
}

/** The farm that a pond belongs to. */
export function farmOf(pond: string): string {
  return FARMS.find(({ ponds }) => ponds.some(({ id }) => id === pond))!.id;
}

function instant(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs))
    throw new PondproofError("INVALID_ARGUMENT", {
      [option]: text,
      problem: "not a date, e.g. 2012-08-09 or 2012-08-09T12:00:00Z",
    });
  return timeMs;
}
