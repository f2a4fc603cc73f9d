import { slotOf } from "../../protocol/record.ts";
import type { ReadingSeries } from "../api.ts";

/** A line with this many sampling periods between two readings is a gap, not a line. */
const GAP_PERIODS = 3.5;
const HOUR_MS = 3_600_000;

/** One probe's readings of one metric: times in s, as the chart wants them; null breaks the line. */
export type Line = { device: string; xs: number[]; ys: (number | null)[] };

/**
 * Readings as lines with gaps. `stepMs`: how far apart readings are expected, given the period and the down-sampling.
 */
export function linesOf(series: readonly ReadingSeries[], slot: number, stepMs: number): Line[] {
  return series.map(({ device, points, holes }) => {
    const xs: number[] = [];
    const ys: (number | null)[] = [];
    points.forEach(({ timeMs, values, seq }, i) => {
      const before = points[i - 1];
      if (before !== undefined) {
        const silent = timeMs - before.timeMs > GAP_PERIODS * stepMs;
        const hole = holes.some(({ fromSeq, toSeq }) => fromSeq < seq && toSeq > before.seq);
        if (silent || hole) {
          xs.push((before.timeMs + timeMs) / 2000);
          ys.push(null);
        }
      }
      xs.push(timeMs / 1000);
      ys.push(values[slot] ?? null);
    });
    return { device, xs, ys };
  });
}

/** How far apart readings come when `maxPoints` are asked for over a span. */
export function stepOf({
  periodMs,
  spanMs,
  maxPoints,
}: {
  periodMs: number;
  spanMs: number;
  maxPoints: number;
}) {
  return Math.max(periodMs, spanMs / maxPoints);
}

/** The least oxygen of each hour and probe, newest first: the chart as a table. */
export function hourly(series: readonly ReadingSeries[]): { hourMs: number; least: (number | null)[] }[] {
  const oxygen = slotOf("oxygen");
  const hours = new Map<number, (number | null)[]>();
  series.forEach(({ points }, column) => {
    for (const { timeMs, values } of points) {
      const value = values[oxygen];
      if (value === null || value === undefined) continue;
      const hourMs = Math.floor(timeMs / HOUR_MS) * HOUR_MS;
      const row = hours.get(hourMs) ?? series.map(() => null);
      row[column] = Math.min(row[column] ?? value, value);
      hours.set(hourMs, row);
    }
  });
  return [...hours].sort(([a], [b]) => b - a).map(([hourMs, least]) => ({ hourMs, least }));
}
