import { type RealSeries, readRealSeries } from "../real-series.ts";
import {
  alignedTo,
  detect,
  isCovered,
  notesOnPair,
  notesOnUntouched,
  type ReviewedSeries,
  readingsOf,
  reviewDays,
} from "./detection.ts";
import { FRAUDS } from "./frauds.ts";

/** Frauds are planted on at most this many days of a series, evenly spread. */
const PLANTED_DAYS = 20;

/** The part of docs/foresight.md about plausibility. */
export async function detectionSection(all: readonly RealSeries[]): Promise<{ lines: string[] }> {
  const series = await reviewed(all);
  const days = series.map(reviewDays);
  const long = series.flatMap((it, i) => (days[i]!.length > 0 ? [{ series: it, days: days[i]! }] : []));
  const short = series.filter((_, i) => days[i]!.length === 0).map(({ name }) => name);
  return {
    lines: [
      ...HEAD,
      `| planted fraud | ${long.map(({ series: { name } }) => name).join(" | ")} |`,
      `| --- |${" --- |".repeat(long.length)}`,
      ...FRAUDS.map(
        (fraud) => `| ${fraud.name} | ${long.map((it) => detectionCell(it, fraud)).join(" | ")} |`,
      ),
      ...FALSE_ALARM_HEAD,
      ...long.map(falseAlarmRow),
      "",
      `Too short, or too broken, for two weeks of history before a whole day: ${short.join(", ")}.`,
    ],
  };
}

const HEAD = [
  "## Planted frauds",
  "",
  "Each fraud begins at dusk of a day of a real series; what is reviewed is the day from noon to noon with the two weeks",
  "before it. *Named*: the check made for it reaches a score of 0.5. *Noticed*: any check does that was silent on the",
  "untouched day. The first bucket cools by five degrees and loses half its oxygen in two hours.",
  "Cells: named / noticed of planted.",
  "",
];

const FALSE_ALARM_HEAD = [
  "",
  "## False alarms on untouched data",
  "",
  "Days with at least one note of score 0.5 or more, of all days that could be reviewed. In the last column the pair is this",
  "water and another one as if they were two probes: nobody hangs two probes so, but neither is a copy of the other.",
  "",
  "| series | days | days with a note | which | pairs: days with a note |",
  "| --- | --- | --- | --- | --- |",
];

async function reviewed(all: readonly RealSeries[]): Promise<ReviewedSeries[]> {
  const read = await Promise.all(
    all.map(async (series) => ({ series, readings: readingsOf((await readRealSeries(series)).rows) })),
  );
  return read.map(({ series, readings }, i) => {
    // The first series is the pair of all others, and the second of the first.
    const other = read[i === 0 ? 1 : 0]!;
    return {
      ...series,
      honest: {
        own: { probe: series.name, readings },
        other: { probe: other.series.name, readings: alignedTo(readings, other.readings) },
      },
    };
  });
}

function detectionCell(
  { series, days }: { series: ReviewedSeries; days: readonly number[] },
  fraud: (typeof FRAUDS)[number],
): string {
  const usable = fraud.needsOther ? days.filter((day) => isCovered(series.honest.other, day)) : days;
  const every = Math.ceil(usable.length / PLANTED_DAYS);
  const planted = usable.filter((_, i) => i % every === 0);
  const results = planted.map((day) => detect(series, fraud, day));
  const named = results.filter((it) => it.named).length;
  const noticed = results.filter((it) => it.named || it.noticed).length;
  return `${named} / ${noticed} of ${planted.length}`;
}

function falseAlarmRow({ series, days }: { series: ReviewedSeries; days: readonly number[] }): string {
  const kinds = new Map<string, number>();
  let alarms = 0;
  for (const day of days) {
    const found = new Set(notesOnUntouched(series, day).map(({ kind }) => kind));
    if (found.size > 0) alarms += 1;
    for (const kind of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const pairDays = days.filter((day) => isCovered(series.honest.other, day));
  const pairAlarms = pairDays.filter((day) => notesOnPair(series, day).length > 0).length;
  const which = [...kinds].map(([kind, count]) => `${kind} ${count}`).join(", ") || "–";
  const part = `${alarms} (${((100 * alarms) / days.length).toFixed(1)} %)`;
  return `| ${series.name} | ${days.length} | ${part} | ${which} | ${pairAlarms} of ${pairDays.length} |`;
}
