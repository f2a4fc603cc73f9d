import { METRICS } from "../../../protocol/record.ts";
import type { ReadingsExport } from "./raw-readings.ts";
import { createZonedTime } from "./zoned-time.ts";

/** Readings as one JSON document with units beside names; what is missing stands among the readings, in its place. */
export async function* readingsJson(span: ReadingsExport): AsyncGenerator<string> {
  const { pond, timeZone, fromMs, toMs, probes } = span;
  const time = createZonedTime(timeZone);
  const units = Object.fromEntries(METRICS.map(({ name, unit }) => [name, unit]));
  const head = JSON.stringify({ pond, timeZone, from: time(fromMs), to: time(toMs), units });
  yield `${head.slice(0, -1)},"probes":[`;
  for (const [i, { device, pages }] of probes.entries()) {
    yield `${i === 0 ? "" : ","}\n{"probe":${JSON.stringify(device)},"readings":[`;
    let separator = "\n";
    for await (const items of pages) {
      let lines = "";
      for (const item of items) {
        const shown =
          item.kind === "missing"
            ? { missing: { fromSeq: item.fromSeq, toSeq: item.toSeq } }
            : {
                seq: item.seq,
                time: time(item.timeMs),
                timeMs: item.timeMs,
                ...Object.fromEntries(METRICS.map(({ name }, slot) => [name, item.values[slot] ?? null])),
                states: item.states,
              };
        lines += separator + JSON.stringify(shown);
        separator = ",\n";
      }
      yield lines;
    }
    yield "]}";
  }
  yield "]}\n";
}
