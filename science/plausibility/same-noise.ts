import { correlation } from "./half-hours.ts";
import { type Note, type ProbeReading, type ProbeSeries, scoreBetween } from "./note.ts";

// What a probe adds of its own, its noise and the small eddies at its tip, is nobody else's and never comes again. Second
// differences show it: the pond's slow course drops out of them.

/** Noise of a series, by the time of the middle reading. */
export type Noise = readonly { timeMs: number; value: number }[];

const DAY_MS = 86_400_000;
const PAST_DAYS = 14;
const FEWEST_PAIRS = 24;
/** In standard errors of Fisher's transform: windows are many, so chance alone reaches three now and then. */
const BY_CHANCE = { none: 3, full: 7 };
const WINDOW_MS = 6 * 3_600_000;
/** Most of a window's second differences must not be zero, or a coarse or flat series would look like a copy. */
const LEAST_MOVING_PART = 0.5;

export function noiseOf(readings: readonly ProbeReading[]): Noise {
  const measured = readings.filter(({ oxygenMgPerL }) => oxygenMgPerL !== null);
  return measured.slice(1, -1).map(({ timeMs, oxygenMgPerL }, i) => ({
    timeMs,
    value: measured[i]!.oxygenMgPerL! - 2 * oxygenMgPerL! + measured[i + 2]!.oxygenMgPerL!,
  }));
}

/** Two probes of one pond that have one and the same noise at the same time. */
export function twins(a: ProbeSeries, b: ProbeSeries): Note[] {
  return sameNoise(noiseOf(a.readings), noiseOf(b.readings), 0).map(({ fromMs, toMs, alike, score }) => ({
    kind: "twins",
    fromMs,
    toMs,
    score,
    probe: a.probe,
    twin: b.probe,
    correlation: alike,
  }));
}

/** Hours whose noise was there before at the same time of day, in this series or in another one. */
export function copiedFromEarlier(series: ProbeSeries, source: ProbeSeries): Note[] {
  const noise = noiseOf(series.readings);
  const earlier = noiseOf(source.readings);
  return Array.from({ length: PAST_DAYS }, (_, day) => (day + 1) * DAY_MS).flatMap((lagMs) =>
    sameNoise(noise, earlier, lagMs).map(
      ({ fromMs, toMs, alike, score }): Note => ({
        kind: "copied",
        fromMs,
        toMs,
        score,
        probe: series.probe,
        from: source.probe,
        earlierMs: fromMs - lagMs,
        correlation: alike,
      }),
    ),
  );
}

/** Windows in which two noises are correlated at all, `b` read `lagMs` earlier. */
function sameNoise(a: Noise, b: Noise, lagMs: number) {
  const byTime = new Map(b.map(({ timeMs, value }) => [minute(timeMs), value]));
  const pairs = a.flatMap(({ timeMs, value }) => {
    const other = byTime.get(minute(timeMs - lagMs));
    return other === undefined ? [] : [{ timeMs, value, other }];
  });
  const found: { fromMs: number; toMs: number; alike: number; score: number }[] = [];
  let first = 0;
  for (let i = 0; i < pairs.length; i++) {
    const fromMs = pairs[first]!.timeMs;
    const toMs = pairs[i]!.timeMs;
    if (i - first + 1 < FEWEST_PAIRS || toMs - fromMs < WINDOW_MS) continue;
    const window = pairs.slice(first, i + 1);
    const moving = window.filter(({ value, other }) => value !== 0 && other !== 0).length / window.length;
    const alike = correlation(
      window.map(({ value }) => value),
      window.map(({ other }) => other),
    );
    const errors = Math.atanh(Math.min(alike, 1 - Number.EPSILON)) * Math.sqrt(window.length - 3);
    const score = alike > 0.4 ? scoreBetween(errors, BY_CHANCE) : 0;
    if (moving >= LEAST_MOVING_PART && score > 0) found.push({ fromMs, toMs, alike, score });
    // Windows overlap by half.
    first += Math.ceil((i - first + 1) / 2);
  }
  return found;
}

function minute(timeMs: number): number {
  return Math.round(timeMs / 60_000);
}
