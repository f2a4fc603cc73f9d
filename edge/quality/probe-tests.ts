import { METRICS, slotOf } from "../../protocol/record.ts";
import { mark, QC, type Quality } from "./flags.ts";
import { oxygenSaturationMgPerL } from "./oxygen-saturation.ts";
import { METRIC_RULES, type MetricRules, NIGHT_HOURS, SUPERSATURATION } from "./rules.ts";

/** A reading as the tests see it. */
export type Sample = { timeMs: number; values: readonly (number | null)[] };

/** What one slot was, as far back as a test looks. */
type Trace = {
  previous: { timeMs: number; value: number } | undefined;
  /** How long the value has stayed within a band, and the band so far. */
  flatSinceMs: number;
  low: number;
  high: number;
};

/** The tests of one probe's readings, in their order. */
export type ProbeTests = {
  /**
   * Judges a reading by itself and by those before it. A spike shows only at the reading after it: `previous` then says
   * what has become of the quality of the one before.
   */
  take(sample: Sample): { quality: Quality; previous: Quality | undefined };
};

const OXYGEN = slotOf("oxygen");
const TEMPERATURE = slotOf("temperature");
const PH = slotOf("ph");
const AMMONIA = slotOf("ammonia");
const HOUR_MS = 3_600_000;

/** `utcOffsetMinutes` tells when it is night at the pond. */
export function createProbeTests({ utcOffsetMinutes }: { utcOffsetMinutes: number }): ProbeTests {
  const traces = new Map<number, Trace>();
  let before: { sample: Sample; quality: Quality } | undefined;
  let beforeThat: Sample | undefined;

  return {
    take(sample) {
      const quality: Quality = {
        flags: sample.values.map((value) => (value === null ? QC.missing : QC.good)),
        tests: 0,
      };
      sample.values.forEach((value, slot) => {
        if (value === null) return;
        const rules = METRIC_RULES[METRICS[slot]!.name];
        testRange(quality, slot, value, rules);
        const trace = traces.get(slot);
        traces.set(slot, testTrace(quality, slot, { timeMs: sample.timeMs, value }, rules, trace));
      });
      testSaturation(quality, sample, utcOffsetMinutes);
      testAmmonia(quality);
      const spiked = before && beforeThat && testSpikes(before, beforeThat, sample);
      beforeThat = before?.sample;
      before = { sample, quality };
      return { quality, previous: spiked };
    },
  };
}

function testRange(quality: Quality, slot: number, value: number, { range }: MetricRules): void {
  const isOutside = ([low, high]: readonly [number, number]) => value < low || value > high;
  if (isOutside(range.fail)) mark(quality, slot, QC.fail, "range");
  else if (isOutside(range.suspect)) mark(quality, slot, QC.suspect, "range");
}

/** Rate of change and flat line, and what the next reading of the slot will be compared with. */
function testTrace(
  quality: Quality,
  slot: number,
  { timeMs, value }: { timeMs: number; value: number },
  { ratePerHour, flat }: MetricRules,
  trace: Trace | undefined,
): Trace {
  const { previous } = trace ?? {};
  if (ratePerHour !== undefined && previous !== undefined) {
    const hours = (timeMs - previous.timeMs) / HOUR_MS;
    // A step between two quick readings is the noise of a probe; over a minute and more it is a rate.
    const perHour = Math.abs(value - previous.value) / Math.max(hours, 1 / 60);
    if (hours <= 1 && perHour > ratePerHour && Math.abs(value - previous.value) > ratePerHour / 12)
      mark(quality, slot, QC.suspect, "rate");
  }
  const low = Math.min(trace?.low ?? value, value);
  const high = Math.max(trace?.high ?? value, value);
  const isFlat = flat !== undefined && trace !== undefined && high - low < flat.within;
  if (!isFlat) return { previous: { timeMs, value }, flatSinceMs: timeMs, low: value, high: value };
  const forMs = timeMs - trace.flatSinceMs;
  if (high >= (flat.exceptBelow ?? Number.NEGATIVE_INFINITY)) {
    if (flat.failMs !== undefined && forMs >= flat.failMs) mark(quality, slot, QC.fail, "flat");
    else if (forMs >= flat.suspectMs) mark(quality, slot, QC.suspect, "flat");
  }
  return { previous: { timeMs, value }, flatSinceMs: trace.flatSinceMs, low, high };
}

/** More oxygen than light can make, or than the night leaves: a probe in the air or in the sun. */
function testSaturation(quality: Quality, { timeMs, values }: Sample, utcOffsetMinutes: number): void {
  const oxygen = values[OXYGEN] ?? null;
  const temperature = values[TEMPERATURE] ?? null;
  if (oxygen === null || temperature === null || temperature < 0 || temperature > 40) return;
  const share = oxygen / oxygenSaturationMgPerL(temperature);
  const hour = ((((timeMs / HOUR_MS + utcOffsetMinutes / 60) % 24) + 24) % 24) | 0;
  const isNight = hour >= NIGHT_HOURS.from && hour < NIGHT_HOURS.to;
  if (share > (isNight ? SUPERSATURATION.nightShare : SUPERSATURATION.everShare))
    mark(quality, OXYGEN, QC.suspect, "saturation");
}

/** Ammonia is computed with pH and temperature, so it is no better than they are. */
function testAmmonia(quality: Quality): void {
  if (quality.flags[AMMONIA] === QC.missing) return;
  const isSound = [PH, TEMPERATURE].every((slot) => {
    const flag = quality.flags[slot];
    return flag !== QC.suspect && flag !== QC.fail;
  });
  if (!isSound) mark(quality, AMMONIA, QC.suspect, "dependent");
}

/** The reading before, when one of its values stands out of both its neighbours. */
function testSpikes(
  middle: { sample: Sample; quality: Quality },
  left: Sample,
  right: Sample,
): Quality | undefined {
  const quality: Quality = { flags: [...middle.quality.flags], tests: middle.quality.tests };
  middle.sample.values.forEach((value, slot) => {
    const { spike } = METRIC_RULES[METRICS[slot]!.name];
    const [a, b] = [left.values[slot] ?? null, right.values[slot] ?? null];
    if (spike === undefined || value === null || a === null || b === null) return;
    const off = Math.abs(value - (a + b) / 2);
    // Out of both, on the same side: a step is no spike.
    const standsOut = (value - a) * (value - b) > 0;
    if (standsOut && off > spike.fail) mark(quality, slot, QC.fail, "spike");
    else if (standsOut && off > spike.suspect) mark(quality, slot, QC.suspect, "spike");
  });
  return quality.tests === middle.quality.tests ? undefined : quality;
}
