import type { InstrumentHealth } from "../../protocol/messages.ts";
import type { MetricName } from "../../protocol/record.ts";

/** What an instrument said when it was asked once, in the units of the record's slots. */
export type Answer = {
  /** What was measured; a metric that is not here was not measured. */
  values: ReadonlyMap<MetricName, number>;
  /** Why something was not measured; empty when all is well. */
  problems: readonly string[];
};

/** Something that measures: a board on a serial line, a slave on a bus, a file that a driver writes. */
export type Instrument = {
  name: string;
  metrics: readonly MetricName[];
  /** A metric of another instrument that has to be known first, to compensate for it. */
  needs?: MetricName;
  /**
   * Asks once. Whatever the instrument, its line or its wire does is an answer with its problems, and never an
   * exception; `known` is what the others of the probe have just measured.
   */
  read(request: { known: ReadonlyMap<MetricName, number>; signal: AbortSignal }): Promise<Answer>;
  health(): InstrumentHealth;
};

/** The answer of an instrument that has none. */
export function nothing(problem: string): Answer {
  return { values: new Map(), problems: [problem] };
}

/** A value within what an instrument can show, both ends included; anything else is not a measurement. */
export function isWithin(value: number, [least, most]: readonly [number, number]): boolean {
  return Number.isFinite(value) && value >= least && value <= most;
}
