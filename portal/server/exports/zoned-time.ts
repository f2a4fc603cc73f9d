/** Zones change their offset at full quarters of an hour. */
const QUARTER_MS = 15 * 60_000;

/**
 * Writes a time (ms since 1970 UTC) in a zone, with its offset, after ISO 8601: `2026-08-10T05:20:00.000+08:00`.
 * @throws RangeError for a zone that is none
 */
export function createZonedTime(timeZone: string): (timeMs: number) => string {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone, timeZoneName: "longOffset" });
  let known: { quarter: number; offset: string } | undefined;

  const offsetAt = (timeMs: number): string => {
    const quarter = Math.floor(timeMs / QUARTER_MS);
    if (known?.quarter !== quarter) {
      const name = parts.formatToParts(timeMs).find(({ type }) => type === "timeZoneName")!.value;
      // UTC itself is "GMT".
      known = { quarter, offset: name.slice("GMT".length) || "+00:00" };
    }
    return known.offset;
  };

  return (timeMs) => {
    const offset = offsetAt(timeMs);
    const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)/.exec(offset)!;
    const shiftMs = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    return new Date(timeMs + shiftMs).toISOString().replace("Z", offset);
  };
}
