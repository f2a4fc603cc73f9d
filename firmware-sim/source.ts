/** One set of measurements: eight slots of record schema 1, in physical units; null is *not measured*. */
export type Sample = {
  /** When it was taken, in ms since 1970 UTC: the reader's clock for a live source, the row's time for a recorded one. */
  timeMs: number;
  values: readonly (number | null)[];
  /** True when the water is a model or a recording. */
  simulated: boolean;
  /** True while the probe is out for cleaning or its tamper switch is open. */
  outOfWater?: boolean;
};

export type SampleRequest = {
  /** What the reader's clock says now. */
  timeMs: number;
  /** Time of the last record that the reader made; null before its first. */
  afterMs: number | null;
  signal: AbortSignal;
};

/** A part of a source that does not do its work, and why. */
export type SourceProblem = { part: string; problem: string };

/**
 * Where a reader's numbers come from: a pond model, a recording, an instrument on a serial line.
 *
 * Gives the samples that are due, oldest first, and none when the instrument is silent. `"end"` means that a recording
 * is over. Throws a `PondproofError` when the instrument answers nonsense; the reader counts it and asks again.
 */
export interface Source {
  sample(request: SampleRequest): Promise<readonly Sample[] | "end">;
  /** What was wrong at the last sample, where parts can fail one by one: an instrument, a line that is unplugged. */
  problems?(): readonly SourceProblem[];
}
