import type { MetricName } from "../../protocol/record.ts";
import { type Answer, type Instrument, isWithin, nothing } from "./instrument.ts";
import { readText, type TextPlace } from "./text-value.ts";

export type ValueOptions = {
  name: string;
  metric: MetricName;
  place: TextPlace;
  /** What one count is worth, in the unit of the record's slot. */
  scale?: number;
  offset?: number;
  /** What the instrument can show, after scaling. */
  range: readonly [number, number];
};

const NUMBER = /^[+-]?\d{1,12}(\.\d{1,9})?$/;

/** A number that something else measures, such as the aerator's current behind an analog converter of the kernel's. */
export function createValueInstrument(options: ValueOptions): Instrument {
  const { name, metric, place, scale = 1, offset = 0, range } = options;
  let last: Answer | undefined;
  const readOnce = async (signal: AbortSignal): Promise<Answer> => {
    let text: string;
    try {
      text = await readText(place, signal);
    } catch (error) {
      return nothing(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? "failed"}`);
    }
    if (!NUMBER.test(text)) return nothing("what can be read there is no number");
    const value = Number(text) * scale + offset;
    if (!isWithin(value, range)) return nothing(`${value} is beyond what it measures`);
    return { values: new Map([[metric, value]]), problems: [] };
  };
  return {
    name,
    metrics: [metric],
    async read({ signal }) {
      last = await readOnce(signal);
      return last;
    },
    health: () => ({
      name,
      state: last === undefined ? "unknown" : last.problems.length === 0 ? "well" : "failing",
      problems: last?.problems ?? [],
      facts: {},
    }),
  };
}
