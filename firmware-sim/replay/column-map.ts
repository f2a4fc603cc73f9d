import { PondproofError } from "../../protocol/errors.ts";
import { METRICS, type MetricName } from "../../protocol/record.ts";
import { DATE_ORDERS, parseZone, type TimestampForm } from "./timestamp.ts";

/** Which column of a table means what, by index. */
export type ColumnMap = {
  timeColumn: number;
  /** Where date and time stand apart. */
  dateColumn?: number;
  form: TimestampForm;
  metrics: readonly { metric: MetricName; column: number }[];
};

/** What may stand before an equals sign. */
const COLUMN_KEYS = ["time", "date", ...METRICS.map(({ name }) => name)] as const;
const FORM_KEYS = ["zone", "dates"] as const;

/**
 * Reads a mapping such as `time=DateTimeStamp,zone=-05:00,oxygen=DO_obs,temperature=Temp` for a table with this header.
 *
 * Keys are `time`, `date` (where it has a column of its own), `zone` (an offset, for stamps without one), `dates`
 * (`mdy` or `dmy`, for dates with slashes), and the names of metrics.
 * @throws INVALID_ARGUMENT with every mistake at once
 */
export function readColumnMap(text: string, header: readonly string[]): ColumnMap {
  const mistakes: string[] = [];
  const entries = readEntries(text, mistakes);
  const columns = new Map(
    COLUMN_KEYS.flatMap((key) => {
      const name = entries.get(key);
      return name === undefined ? [] : [[key, findColumn({ key, name, header, mistakes })] as const];
    }),
  );
  const form = readForm(entries, mistakes);
  const metrics = METRICS.flatMap(({ name: metric }) => {
    const column = columns.get(metric);
    return column === undefined ? [] : [{ metric, column }];
  });
  if (!columns.has("time")) mistakes.push("no column for the time: time=…");
  if (metrics.length === 0) mistakes.push("no column for any metric, for example oxygen=…");
  if (mistakes.length > 0)
    throw new PondproofError("INVALID_ARGUMENT", { map: text.slice(0, 500), mistakes });
  const dateColumn = columns.get("date");
  return { timeColumn: columns.get("time")!, form, metrics, ...(dateColumn !== undefined && { dateColumn }) };
}

function readEntries(text: string, mistakes: string[]): Map<string, string> {
  const known: readonly string[] = [...COLUMN_KEYS, ...FORM_KEYS];
  const entries = new Map<string, string>();
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const key = part.slice(0, equals).trim();
    const value = part.slice(equals + 1).trim();
    if (equals < 1 || value === "") mistakes.push(`"${part}" is not name=column`);
    else if (!known.includes(key)) mistakes.push(`"${key}" is none of ${known.join(", ")}`);
    else if (entries.has(key)) mistakes.push(`"${key}" stands twice`);
    else entries.set(key, value);
  }
  return entries;
}

function findColumn(wanted: {
  key: string;
  name: string;
  header: readonly string[];
  mistakes: string[];
}): number {
  const { key, name, header, mistakes } = wanted;
  const column = header.indexOf(name);
  if (column === -1)
    mistakes.push(`no column "${name}" for ${key}; there are ${header.join(", ").slice(0, 1000)}`);
  else if (header.lastIndexOf(name) !== column) mistakes.push(`two columns "${name}" for ${key}`);
  return column;
}

function readForm(entries: ReadonlyMap<string, string>, mistakes: string[]): TimestampForm {
  const zone = entries.get("zone");
  const dates = entries.get("dates");
  const zoneMinutes = zone === undefined ? undefined : parseZone(zone);
  const dateOrder = DATE_ORDERS.find((order) => order === dates);
  if (zone !== undefined && zoneMinutes === undefined)
    mistakes.push(`zone "${zone}" is not an offset such as +08:00`);
  if (dates !== undefined && dateOrder === undefined)
    mistakes.push(`dates "${dates}" is neither mdy nor dmy`);
  return { ...(zoneMinutes !== undefined && { zoneMinutes }), ...(dateOrder !== undefined && { dateOrder }) };
}
