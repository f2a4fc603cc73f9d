import {
  type Note,
  type NoteKind,
  type ProbeReading,
  type ProbeSeries,
  SUSPICIOUS,
} from "../../../science/plausibility/note.ts";
import { reviewEvidence } from "../../../science/plausibility/review.ts";
import type { RealRow, RealSeries } from "../real-series.ts";
import type { Fraud, Honest } from "./frauds.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PAST_DAYS = 14;
/** At the local hour of dusk the frauds begin; a review covers the day from the noon before. */
const DUSK_HOUR = 20;
/** Half-hourly readings, but for a few. */
const FULL_DAY = 46;

export type ReviewedSeries = RealSeries & { honest: Honest };

/** A recording as evidence: rows whose oxygen and temperature a gateway would admit as sound. */
export function readingsOf(rows: readonly RealRow[]): ProbeReading[] {
  return rows.flatMap(({ timeMs, oxygenMgPerL, temperatureC, ph }) =>
    oxygenMgPerL === null || temperatureC === null || temperatureC < 0 || temperatureC > 45
      ? []
      : [{ timeMs, oxygenMgPerL, temperatureC, ph, currentA: null }],
  );
}

/** Another water's readings, moved by whole days (and hours of longitude) so that they cover the same time. */
export function alignedTo(own: readonly ProbeReading[], other: readonly ProbeReading[]): ProbeReading[] {
  const firstMs = own[0]?.timeMs ?? 0;
  const otherFirstMs = other[0]?.timeMs ?? 0;
  const shiftMs = Math.round((firstMs - otherFirstMs) / DAY_MS) * DAY_MS;
  return other.map((it) => ({ ...it, timeMs: it.timeMs + shiftMs }));
}

/** Local noons of the days with two weeks of history before them and readings all through them. */
export function reviewDays({ honest, place }: ReviewedSeries): number[] {
  const { readings } = honest.own;
  const noonMs = (12 - place.longitudeDeg / 15) * HOUR_MS;
  const firstDay = Math.ceil(((readings[0]?.timeMs ?? 0) + PAST_DAYS * DAY_MS - noonMs) / DAY_MS);
  const lastDay = Math.floor(((readings.at(-1)?.timeMs ?? 0) - noonMs) / DAY_MS) - 1;
  const count = Math.max(0, lastDay - firstDay + 1);
  return Array.from({ length: count }, (_, i) => (firstDay + i) * DAY_MS + noonMs).filter((dayMs) =>
    isCovered(honest.own, dayMs),
  );
}

/** Whether a probe was read all through a day. */
export function isCovered({ readings }: ProbeSeries, dayMs: number): boolean {
  return readings.filter(({ timeMs }) => timeMs >= dayMs && timeMs < dayMs + DAY_MS).length >= FULL_DAY;
}

/** The suspicious notes on one day of a series as it was recorded. */
export function notesOnUntouched({ honest, place }: ReviewedSeries, dayMs: number): Note[] {
  const probes = [honest.own];
  return suspicious(reviewEvidence({ fromMs: dayMs, toMs: dayMs + DAY_MS, place, probes }));
}

/** The same with another real water beside it, as a second probe: what pairs of honest probes raise. */
export function notesOnPair({ honest, place }: ReviewedSeries, dayMs: number): Note[] {
  const probes = [honest.own, honest.other];
  const notes = reviewEvidence({ fromMs: dayMs, toMs: dayMs + DAY_MS, place, probes });
  return suspicious(notes).filter(({ kind }) => kind === "twins" || kind === "swapped");
}

/** Whether a fraud of one day is seen at all, and by the check that names it. */
export function detect(
  series: ReviewedSeries,
  fraud: Fraud,
  dayMs: number,
): { named: boolean; noticed: boolean } {
  const { honest, place } = series;
  const atMs = dayMs + (DUSK_HOUR - 12) * HOUR_MS;
  const shown = fraud.plant(honest, atMs);
  const notes = suspicious(reviewEvidence({ fromMs: dayMs, toMs: dayMs + DAY_MS, place, ...shown }));
  const honestKinds = new Set<NoteKind>(
    notesOnUntouched({ honest, place } as ReviewedSeries, dayMs).map(({ kind }) => kind),
  );
  return {
    named: notes.some(({ kind }) => fraud.named.includes(kind)),
    noticed: notes.some(({ kind }) => !honestKinds.has(kind)),
  };
}

function suspicious(notes: readonly Note[]): Note[] {
  return notes.filter(({ score }) => score >= SUSPICIOUS);
}
