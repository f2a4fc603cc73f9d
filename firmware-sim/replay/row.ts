import { SLOTS, slotOf } from "../../protocol/record.ts";
import type { ColumnMap } from "./column-map.ts";
import { parseTimestamp } from "./timestamp.ts";

/** One usable row of a recording: eight slots in physical units, null where the table has nothing. */
export type Row = { timeMs: number; values: readonly (number | null)[] };

/** Why a row is left out. */
export const SKIP_REASONS = [
  "broken-row",
  "unparsable-time",
  "time-not-increasing",
  "not-a-number",
  "sentinel",
  "out-of-range",
  "empty",
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** What tables write where nothing was measured. */
const MISSING = new Set(["", "NA", "N/A", "null", "-", "--"]);
/** What loggers write for a failed probe. */
const SENTINELS = new Set([-999, -9999, -99999, -999.9]);
/** A slot of a record holds no more (protocol §1). */
const LIMIT = 2_147_000;

/** Reads one line of a table; `afterMs` is the time of the usable row before it. */
export function readRow(
  cells: readonly string[],
  { map, afterMs }: { map: ColumnMap; afterMs: number },
): Row | SkipReason {
  const stamp = [map.dateColumn, map.timeColumn].flatMap((column) =>
    column === undefined ? [] : [cells[column]],
  );
  const timeMs = parseTimestamp(stamp.join(" "), map.form);
  if (timeMs === undefined || timeMs < 0) return "unparsable-time";
  if (timeMs <= afterMs) return "time-not-increasing";
  const values = new Array<number | null>(SLOTS).fill(null);
  for (const { metric, column } of map.metrics) {
    const value = readValue((cells[column] ?? "").trim());
    if (typeof value === "string") return value;
    values[slotOf(metric)] = value;
  }
  return values.every((value) => value === null) ? "empty" : { timeMs, values };
}

function readValue(text: string): number | null | SkipReason {
  if (MISSING.has(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return "not-a-number";
  if (SENTINELS.has(value)) return "sentinel";
  return Math.abs(value) <= LIMIT ? value : "out-of-range";
}
