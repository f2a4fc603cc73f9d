import { METRICS, type MetricName } from "../../../protocol/record.ts";
import type { ReadingsExport } from "./raw-readings.ts";

const MS_PER_SECOND = 1000;

/**
 * Names and units of RFC 8428 §12.1 and RFC 8798 §3; `perThousandth` is by what a thousandth of our unit is divided to
 * give theirs. The registry's units are those of SI: 1 mg/L is 0.001 kg/m3, 1 mS/cm is 0.1 S/m. Turbidity has no unit
 * there, so its name says which.
 */
const SENML: Record<MetricName, { name: string; unit?: string; perThousandth: number }> = {
  oxygen: { name: "oxygen", unit: "kg/m3", perThousandth: 1_000_000 },
  temperature: { name: "temperature", unit: "Cel", perThousandth: 1_000 },
  ph: { name: "ph", unit: "pH", perThousandth: 1_000 },
  conductivity: { name: "conductivity", unit: "S/m", perThousandth: 10_000 },
  turbidity: { name: "turbidity-ntu", perThousandth: 1_000 },
  ammonia: { name: "ammonia", unit: "kg/m3", perThousandth: 1_000_000 },
  current: { name: "current", unit: "A", perThousandth: 1_000 },
  feed: { name: "feed", unit: "kg", perThousandth: 1_000 },
};

/** A record of a SenML pack, in the labels of RFC 8428 §4. */
export type SenmlRecord = {
  bn?: string;
  bt?: number;
  n: string;
  u?: string;
  t?: number;
  v?: number;
  vs?: string;
};

/**
 * Readings as a SenML pack in JSON (RFC 8428). Base name is the probe and a slash, base time the beginning of the span
 * in seconds; `seq` counts the probe's records. Missing positions are a record `missing` with how many there are, at the
 * time of the reading before them, and `readings` at each probe's end says how many came: a file that was cut off lacks it.
 */
export async function* readingsSenml({ fromMs, probes }: ReadingsExport): AsyncGenerator<string> {
  let separator = "[";
  const line = (record: SenmlRecord) => {
    const text = `${separator}${JSON.stringify(record)}`;
    separator = ",\n";
    return text;
  };
  for (const { device, pages } of probes) {
    let base: Pick<SenmlRecord, "bn" | "bt"> = { bn: `${device}/`, bt: fromMs / MS_PER_SECOND };
    let readings = 0;
    let lastMs = fromMs;
    const at = (timeMs: number, record: SenmlRecord) => {
      const text = line({ ...base, ...record, t: (timeMs - fromMs) / MS_PER_SECOND });
      base = {};
      return text;
    };
    for await (const items of pages) {
      let lines = "";
      for (const item of items) {
        if (item.kind === "missing") {
          lines += at(lastMs, { n: "missing", u: "count", v: item.toSeq - item.fromSeq + 1 });
          continue;
        }
        const { seq, timeMs, values, states } = item;
        lastMs = timeMs;
        readings++;
        lines += at(timeMs, { n: "seq", u: "count", v: seq });
        for (const [slot, { name }] of METRICS.entries()) {
          const value = values[slot];
          if (value === null || value === undefined) continue;
          const { name: n, unit, perThousandth } = SENML[name];
          const v = Math.round(value * 1000) / perThousandth;
          lines += at(timeMs, unit === undefined ? { n, v } : { n, u: unit, v });
        }
        if (states.length > 0) lines += at(timeMs, { n: "state", vs: states.join(" ") });
      }
      yield lines;
    }
    yield at(lastMs, { n: "readings", u: "count", v: readings });
  }
  yield separator === "[" ? "[]\n" : "]\n";
}
