/** How a file without ISO dates writes them: 7/2/2021 is a day in July, or in February. */
export const DATE_ORDERS = ["mdy", "dmy"] as const;
export type DateOrder = (typeof DATE_ORDERS)[number];

export type TimestampForm = {
  /** Minutes east of UTC, for stamps that do not say so themselves. */
  zoneMinutes?: number;
  /** Without it, dates with slashes are refused: nobody can tell which number is the month. */
  dateOrder?: DateOrder;
};

const ISO = /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})[T ]+(?<rest>.+)$/;
const SLASHES = /^(?<first>\d{1,2})\/(?<second>\d{1,2})\/(?<year>\d{4}) +(?<rest>.+)$/;
const TIME =
  /^(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?<fraction>\.\d{1,9})?)? *(?<zone>Z|[+-]\d{2}:?\d{2}|[A-Z]{2,5})?$/;
const ZONE = /^(?<sign>[+-])(?<hours>\d{2}):?(?<minutes>\d{2})$/;

/** An offset as minutes east of UTC: `Z`, `UTC`, `-05:00`, `+0800`. */
export function parseZone(text: string): number | undefined {
  if (text === "Z" || text === "UTC") return 0;
  const found = ZONE.exec(text)?.groups;
  if (found === undefined) return undefined;
  const minutes = Number(found.hours) * 60 + Number(found.minutes);
  if (minutes > 14 * 60 || Number(found.minutes) > 59) return undefined;
  return found.sign === "-" ? -minutes : minutes;
}

/**
 * A date and time as ms since 1970 UTC, or undefined when it is none or leaves room for doubt.
 *
 * An offset in the stamp wins over the form's. Abbreviations such as CET are ignored where the form has a zone and
 * refused where it has none, because they mean different offsets in different places.
 */
export function parseTimestamp(text: string, form: TimestampForm = {}): number | undefined {
  const date = parseDate(text.trim(), form.dateOrder);
  const time = date && TIME.exec(date.rest)?.groups;
  if (date === undefined || time === undefined) return undefined;
  const zoneMinutes = parseZone(time.zone ?? "") ?? form.zoneMinutes;
  if (zoneMinutes === undefined) return undefined;
  const [hour, minute, second] = [Number(time.hour), Number(time.minute), Number(time.second ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const milliseconds = Math.floor(Number(time.fraction ?? 0) * 1000);
  const local = Date.UTC(date.year, date.month - 1, date.day, hour, minute, second, milliseconds);
  // 31 February would silently become March.
  if (new Date(local).getUTCDate() !== date.day || new Date(local).getUTCMonth() !== date.month - 1)
    return undefined;
  return local - zoneMinutes * 60_000;
}

function parseDate(text: string, order: DateOrder | undefined) {
  const iso = ISO.exec(text)?.groups;
  if (iso !== undefined) {
    return { year: Number(iso.year), month: Number(iso.month), day: Number(iso.day), rest: iso.rest ?? "" };
  }
  const slashes = SLASHES.exec(text)?.groups;
  if (slashes === undefined || order === undefined) return undefined;
  const [first, second] = [Number(slashes.first), Number(slashes.second)];
  const [month, day] = order === "mdy" ? [first, second] : [second, first];
  return { year: Number(slashes.year), month, day, rest: slashes.rest ?? "" };
}
