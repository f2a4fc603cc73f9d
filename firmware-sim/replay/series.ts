import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { isPondproofError, PondproofError } from "../../protocol/errors.ts";
import { type ColumnMap, readColumnMap } from "./column-map.ts";
import { type Row, readRow, type SkipReason } from "./row.ts";

export type SeriesOptions = {
  path: string;
  /** For the syntax see `readColumnMap`. */
  map: string;
  /** First and last time that is kept, both inclusive. */
  fromMs?: number;
  toMs?: number;
  signal?: AbortSignal;
};

/** The usable rows of a recording in the order of their times, and how many were left out, and why. */
export type Series = { rows: readonly Row[]; skipped: ReadonlyMap<SkipReason, number> };

/** A year at one reading in thirty seconds. */
const MAX_ROWS = 1_100_000;
const MAX_LINE_BYTES = 65_536;

/**
 * Reads a slice of a CSV file with a header line; the rest of the file only passes through.
 * @throws INVALID_ARGUMENT when the file cannot be read, the map does not fit it, or no row of the slice is usable
 */
export async function readSeries(options: SeriesOptions): Promise<Series> {
  const { path, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = options;
  const skipped = new Map<SkipReason, number>();
  const skip = (reason: SkipReason) => skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
  const rows: Row[] = [];
  let map: ColumnMap | undefined;
  for await (const cells of linesOf(options, () => skip("broken-row"))) {
    if (map === undefined) {
      map = readColumnMap(
        options.map,
        cells.map((name) => name.trim()),
      );
      continue;
    }
    const row = readRow(cells, { map, afterMs: rows.at(-1)?.timeMs ?? -1 });
    if (typeof row === "string") skip(row);
    else if (row.timeMs >= fromMs && row.timeMs <= toMs) rows.push(row);
    if (rows.length > MAX_ROWS)
      throw new PondproofError("INVALID_ARGUMENT", { path, problem: `over ${MAX_ROWS} rows` });
  }
  if (rows.length === 0) {
    throw new PondproofError("INVALID_ARGUMENT", {
      path,
      problem: "no usable row",
      fromMs,
      toMs,
      skipped: Object.fromEntries(skipped),
    });
  }
  return { rows, skipped };
}

async function* linesOf(
  { path, signal }: SeriesOptions,
  onBroken: () => void,
): AsyncGenerator<readonly string[]> {
  const file = createReadStream(path, { signal });
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
    skip_records_with_error: true,
    on_skip: () => {
      onBroken();
      return undefined;
    },
  });
  // `pipe` does not hand on errors, and the loop below waits on the parser alone.
  file.on("error", (error) => parser.destroy(error));
  try {
    yield* file.pipe(parser);
  } catch (cause) {
    signal?.throwIfAborted();
    if (isPondproofError(cause)) throw cause;
    const problem = cause instanceof Error ? cause.message : "unreadable";
    throw new PondproofError("INVALID_ARGUMENT", { path, problem }, { cause });
  } finally {
    file.destroy();
  }
}
