import type { Place } from "../sun.ts";
import { HALF_HOUR_MS, halfHoursOf } from "./half-hours.ts";
import { liftedProbe } from "./in-air.ts";
import { smallVolume } from "./in-bucket.ts";
import type { Note, ProbeSeries } from "./note.ts";
import {
  aeratorOff,
  aeratorWithoutEffect,
  fallWithoutCause,
  oversaturation,
  riseInTheDark,
  unlikeNeighbours,
} from "./physics.ts";
import { probesDisagree } from "./probes-disagree.ts";
import { copiedFromEarlier, twins } from "./same-noise.ts";
import { stuckValues } from "./stuck.ts";
import { swappedProbes } from "./swapped.ts";

/** What a reviewer looks at: a pond's probes over a span, with two weeks before it, and what else is known of then. */
export type Evidence = {
  fromMs: number;
  toMs: number;
  place: Place;
  probes: readonly ProbeSeries[];
  /** Probes of ponds nearby. */
  neighbours?: readonly ProbeSeries[];
  /** Air temperature at the place. */
  air?: readonly { timeMs: number; temperatureC: number }[];
  salinityPerMille?: number;
  /** The level at which the aerators must not stand still. */
  aerateBelowMgPerL?: number;
};

const PAST_MS = 14 * 86_400_000;

/** Every note on a pond's evidence, the most suspicious first. */
export function reviewEvidence(evidence: Evidence): Note[] {
  const { fromMs, toMs, place, salinityPerMille, aerateBelowMgPerL = 2 } = evidence;
  const span = { fromMs: Math.floor((fromMs - PAST_MS) / HALF_HOUR_MS) * HALF_HOUR_MS, toMs };
  const prepare = ({ probe, readings }: ProbeSeries) => ({
    probe,
    readings: readings.filter(({ timeMs }) => timeMs >= span.fromMs && timeMs <= toMs),
    underReview: { probe, readings: readings.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs) },
    grid: halfHoursOf(readings, span),
  });
  const probes = evidence.probes.map(prepare);
  const neighbours = (evidence.neighbours ?? []).map(prepare);
  const airTemperatureC = airOf(evidence, span);
  const notes = probes.flatMap((own, i): Note[] => [
    ...stuckValues(own.underReview),
    ...liftedProbe(own.probe, own.grid, {
      ...(airTemperatureC !== undefined && { airTemperatureC }),
      ...(salinityPerMille !== undefined && { salinityPerMille }),
    }),
    ...smallVolume(own.probe, own.grid),
    ...copiedFromEarlier(own.underReview, own),
    ...neighbours.flatMap((other) => [
      ...copiedFromEarlier(own.underReview, other),
      ...twins(own.underReview, other),
    ]),
    ...probes
      .slice(i + 1)
      .flatMap((other) => [
        ...twins(own.underReview, other),
        ...swappedProbes(own, other),
        ...probesDisagree(own, other),
      ]),
    ...neighbours.flatMap((other) => swappedProbes(own, other)),
    ...oversaturation(own.probe, own.grid),
    ...riseInTheDark(own.probe, own.grid, place),
    ...fallWithoutCause(own.probe, own.grid),
    ...aeratorOff(own.probe, own.grid, { belowMgPerL: aerateBelowMgPerL }),
    ...aeratorWithoutEffect(own.probe, own.grid),
    ...unlikeNeighbours(
      own.probe,
      own.grid,
      neighbours.map(({ grid }) => grid.oxygenMgPerL),
    ),
  ]);
  return notes
    .filter((note) => note.score > 0 && note.toMs > fromMs && note.fromMs < toMs)
    .sort((a, b) => b.score - a.score || a.fromMs - b.fromMs);
}

function airOf({ air }: Evidence, span: { fromMs: number; toMs: number }): Float64Array | undefined {
  if (air === undefined) return undefined;
  const readings = air.map(({ timeMs, temperatureC }) => ({
    timeMs,
    temperatureC,
    oxygenMgPerL: null,
    ph: null,
    currentA: null,
  }));
  return halfHoursOf(readings, span).temperatureC;
}
