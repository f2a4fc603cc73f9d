import { METRICS } from "../../../protocol/record.ts";
import type { ReadingsExport } from "./raw-readings.ts";
import { createZonedTime } from "./zoned-time.ts";

/** Spreadsheets take a file for UTF-8 only where it says so. */
const BYTE_ORDER_MARK = "\ufeff";
const END = "\r\n";
/** Spreadsheets compute a cell that begins so (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * Readings as RFC 4180, one row a reading with units in the header, probe by probe; a position without a reading is a
 * row of its own whose state is `missing`.
 */
export async function* readingsCsv({ pond, timeZone, probes }: ReadingsExport): AsyncGenerator<string> {
  const time = createZonedTime(timeZone);
  const metrics = METRICS.map(({ name, unit }) => (unit === "" ? name : `${name} (${unit})`));
  const header = ["pond", "probe", "seq", "time", "state", ...metrics];
  yield BYTE_ORDER_MARK + header.map(textCell).join(",") + END;
  const noValues = ",".repeat(METRICS.length);
  for (const { device, pages } of probes) {
    const whose = `${textCell(pond)},${textCell(device)}`;
    for await (const items of pages) {
      let rows = "";
      for (const item of items) {
        if (item.kind === "reading") {
          const values = item.values.map((value) => value ?? "").join(",");
          rows += `${whose},${item.seq},${time(item.timeMs)},${item.states.join(" ")},${values}${END}`;
        } else {
          for (let seq = item.fromSeq; seq <= item.toSeq; seq++)
            rows += `${whose},${seq},,missing${noValues}${END}`;
        }
      }
      yield rows;
    }
  }
}

/** A text as a cell that no spreadsheet takes for a formula; numbers need none of it, and keep their sign. */
export function textCell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
