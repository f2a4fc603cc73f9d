/** What a probe said, in physical units; null where it did not measure. */
export type ProbeReading = {
  timeMs: number;
  oxygenMgPerL: number | null;
  temperatureC: number | null;
  ph: number | null;
  /** Aerator current at the pond. */
  currentA: number | null;
};

/** A probe's readings in order of time: those under review and two weeks before them. */
export type ProbeSeries = { probe: string; readings: readonly ProbeReading[] };

type Span = { fromMs: number; toMs: number };

/**
 * Something about the evidence that an honest pond rarely does, with the numbers behind it.
 *
 * `score` says how unlike an honest pond: 0 is usual, 1 as odd as can be. It is no probability and decides nothing; a
 * reviewer looks at what stands above `SUSPICIOUS`. `note-words.ts` says each kind in two languages.
 */
export type Note = Span & { score: number } & (
    | { kind: "stuck"; probe: string; oxygenMgPerL: number; readings: number }
    | { kind: "in-air"; probe: string; saturationPercent: number; jumpPercent: number; followsAir: boolean }
    | {
        kind: "in-bucket";
        probe: string;
        temperatureChangeC: number;
        usualTemperatureChangeC: number;
        oxygenFallMgPerL: number;
        usualOxygenFallMgPerL: number;
      }
    | { kind: "twins"; probe: string; twin: string; correlation: number }
    | { kind: "copied"; probe: string; from: string; earlierMs: number; correlation: number }
    | { kind: "swapped"; probe: string; other: string; ownJump: number; crossJump: number }
    | {
        kind: "probes-disagree";
        probe: string;
        other: string;
        differenceMgPerL: number;
        usualDifferenceMgPerL: number;
      }
    | { kind: "oversaturated"; probe: string; saturationPercent: number }
    | { kind: "rise-in-the-dark"; probe: string; riseMgPerL: number }
    | { kind: "fall-without-cause"; probe: string; fallMgPerL: number; phChange: number | null }
    | { kind: "aerator-off"; probe: string; currentA: number; oxygenMgPerL: number }
    | { kind: "aerator-without-effect"; probe: string; currentA: number; slopeMgPerLPerH: number }
    | { kind: "unlike-neighbours"; probe: string; fallMgPerL: number; neighboursFellMgPerL: number }
  );

export type NoteKind = Note["kind"];

/** From this score on a note asks for a person's eyes. */
export const SUSPICIOUS = 0.5;

/** Straight line from 0 at `none` to 1 at `full`, and no further. */
export function scoreBetween(value: number, { none, full }: { none: number; full: number }): number {
  return Math.min(1, Math.max(0, (value - none) / (full - none)));
}
