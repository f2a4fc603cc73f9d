import { decodeValue, METRICS } from "../../protocol/record.ts";
import type { Peril } from "../../protocol/terms.ts";
import type { PaidEvent, RecordedRow } from "./replay.ts";

const SIZE = { width: 1200, height: 360, left: 50, right: 20, top: 40, bottom: 40 };
const COLUMNS = SIZE.width - SIZE.left - SIZE.right;
const DAY_MS = 86_400_000;

/** A recording of one peril's metric as SVG: the range of every pixel, the thresholds, the paid windows. */
export function plotRecording({
  name,
  rows,
  peril,
  events,
}: {
  name: string;
  rows: readonly RecordedRow[];
  peril: Peril;
  events: readonly PaidEvent[];
}): string {
  const fromMs = rows[0]?.timeMs ?? 0;
  const toMs = Math.max(rows.at(-1)?.timeMs ?? 1, fromMs + 1);
  const { unit, name: metric } = METRICS[peril.metric]!;
  const columns = rangesByColumn(rows, peril.metric, { fromMs, toMs });
  const thresholds = peril.tiers.map(({ threshold }) => decodeValue(threshold));
  const highest = Math.max(...columns.flatMap((it) => (it === undefined ? [] : [it.max])), ...thresholds, 1);
  const x = (timeMs: number) => SIZE.left + ((timeMs - fromMs) / (toMs - fromMs)) * COLUMNS;
  const y = (value: number) =>
    SIZE.height - SIZE.bottom - (Math.max(0, value) / highest) * (SIZE.height - SIZE.top - SIZE.bottom);
  const bars = columns.flatMap((it, i) =>
    it === undefined ? [] : [`M${SIZE.left + i} ${y(it.max).toFixed(1)}V${(y(it.min) + 0.8).toFixed(1)}`],
  );
  const bottom = SIZE.height - SIZE.bottom;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="system-ui, sans-serif" font-size="13" role="img">`,
    `<title>${escaped(name)}: ${metric}, with the windows that would have been paid</title>`,
    `<rect width="100%" height="100%" fill="#fbfdfd"/>`,
    `<text x="${SIZE.left}" y="22" fill="#12262e">${escaped(name)}: ${metric} ${unit}; ${events.length} paid windows</text>`,
    ...events.map(
      ({ fromMs: from, toMs: to, payoutBps }) =>
        `<rect x="${x(from).toFixed(1)}" y="${SIZE.top}" width="${Math.max(1, x(to) - x(from)).toFixed(1)}" height="${bottom - SIZE.top}" fill="#b3261e" fill-opacity="${(0.15 + (0.35 * payoutBps) / 10_000).toFixed(2)}"/>`,
    ),
    `<path d="${bars.join("")}" stroke="#0b6f8a" fill="none"/>`,
    ...[...new Set(thresholds)].map(
      (value) =>
        `<path d="M${SIZE.left} ${y(value).toFixed(1)}H${SIZE.width - SIZE.right}" stroke="#b3261e" stroke-dasharray="5 4"/><text x="4" y="${(y(value) + 4).toFixed(1)}" fill="#b3261e">${value}</text>`,
    ),
    `<path d="M${SIZE.left} ${SIZE.top}V${bottom}H${SIZE.width - SIZE.right}" stroke="#12262e" fill="none"/>`,
    `<text x="4" y="${SIZE.top + 4}" fill="#12262e">${highest.toFixed(1)}</text>`,
    ...dateMarks(fromMs, toMs).map(
      (timeMs) =>
        `<text x="${x(timeMs).toFixed(1)}" y="${SIZE.height - 14}" fill="#12262e">${new Date(timeMs).toISOString().slice(0, 10)}</text>`,
    ),
    "</svg>",
  ].join("\n")}\n`;
}

/** The smallest and largest value of every pixel: a night below a level is never averaged away. */
function rangesByColumn(
  rows: readonly RecordedRow[],
  metric: number,
  { fromMs, toMs }: { fromMs: number; toMs: number },
) {
  const columns = new Array<{ min: number; max: number } | undefined>(COLUMNS + 1);
  for (const { timeMs, values } of rows) {
    const value = values[metric] ?? null;
    if (value === null) continue;
    const column = Math.floor(((timeMs - fromMs) / (toMs - fromMs)) * COLUMNS);
    const known = columns[column];
    columns[column] = {
      min: Math.min(known?.min ?? value, value),
      max: Math.max(known?.max ?? value, value),
    };
  }
  return Array.from(columns);
}

/** At most eight dates, a whole number of days apart. */
function dateMarks(fromMs: number, toMs: number): number[] {
  const stepMs = Math.max(1, Math.ceil((toMs - fromMs) / DAY_MS / 8)) * DAY_MS;
  const firstMs = Math.ceil(fromMs / DAY_MS) * DAY_MS;
  const count = Math.max(0, Math.floor((toMs - firstMs) / stepMs) + 1);
  return Array.from({ length: Math.min(count, 8) }, (_, i) => firstMs + i * stepMs);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
