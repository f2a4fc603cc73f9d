import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BreachRules, findBreaches } from "../../../oracle/breach.ts";
import { createWatch } from "../../../oracle/watch.ts";
import { uintWord } from "../../../protocol/bytes.ts";
import { evaluate, type ProbeEvidence } from "../../../protocol/evaluate.ts";
import type { Position } from "../../../protocol/evidence.ts";
import { recordTimeMs } from "../../../protocol/record.ts";
import { COMPARISON, NO_CONDITION, type Peril, SOURCE, type Tier } from "../../../protocol/terms.ts";

// Naive search over every window of every choice of probes, judged by protocol/evaluate.ts, against `findBreaches`.

type Sample = { afterMs: number; value: number; flags: number; holes: number };
type Probe = { startMs: number; samples: Sample[]; servesFromMs: number; servesToMs: number };

const START_MS = 1_000_000;
const MAX_GAP_MS = 5;

const sample: fc.Arbitrary<Sample> = fc.record({
  afterMs: fc.constantFrom(1, 2, 2, 2, 3, 4, 7),
  value: fc.constantFrom(0, 1, 3, 4, 5, 5, 5, 6, 6, 8, 9, 12, 99),
  flags: fc.constantFrom(0, 0, 0, 0, 0, 0, 4, 8),
  holes: fc.constantFrom(0, 0, 0, 0, 1, 2),
});
const calm: fc.Arbitrary<Sample> = fc.record({
  afterMs: fc.constantFrom(1, 2, 2, 3),
  value: fc.constantFrom(5, 5, 6, 7, 12),
  flags: fc.constant(0),
  holes: fc.constantFrom(0, 0, 0, 0, 0, 1),
});
const event: fc.Arbitrary<Sample[]> = fc
  .array(calm, { minLength: 5, maxLength: 12 })
  .map((samples) => [{ afterMs: 2, value: 12, flags: 0, holes: 0 }, ...samples]);
const probe: fc.Arbitrary<Probe> = fc.record({
  startMs: fc.integer({ min: START_MS, max: START_MS + 3 }),
  samples: fc.oneof(fc.array(sample, { maxLength: 14 }), fc.array(calm, { maxLength: 14 }), event, event),
  servesFromMs: fc.constantFrom(0, 0, 0, START_MS + 6),
  servesToMs: fc.constantFrom(2 * START_MS, 2 * START_MS, START_MS + 20),
});

/** Thresholds that fall and payouts that rise: below 8 for 4 ms, below 7 for 8, below 6 for 12. */
const TIERS: Tier[] = [
  { threshold: 8, minDurationMs: 4, payoutBps: 100 },
  { threshold: 7, minDurationMs: 8, payoutBps: 200 },
  { threshold: 6, minDurationMs: 8, payoutBps: 300 },
];
const rulesArbitrary: fc.Arbitrary<BreachRules> = fc.record({
  peril: fc.record({ maxMissing: fc.constantFrom(0, 1, 3), second: fc.boolean() }).map(
    ({ maxMissing, second }): Peril => ({
      source: SOURCE.stream,
      metric: 0,
      comparison: COMPARISON.below,
      tiers: TIERS,
      validMin: 2,
      validMax: 50,
      maxGapMs: MAX_GAP_MS,
      maxMissing,
      separationSeconds: 1,
      deductible: 0n,
      sublimit: 1n,
      second: second
        ? { present: true, metric: 1, comparison: COMPARISON.above, threshold: 1 }
        : NO_CONDITION,
    }),
  ),
  minSensors: fc.constantFrom(1, 2, 2, 3),
  allowedFlags: fc.constantFrom(4, 0),
  coverFromMs: fc.constantFrom(0, START_MS + 4),
  endsAtMs: fc.constantFrom(2 * START_MS, START_MS + 25),
});

/** A frame that only the fields matter of that a search reads; slot 1 holds the value again. */
function makePosition(timeMs: number, value: number, flags: number): Position {
  const frame = new Uint8Array(160);
  frame.set([0, 1, 0, flags]);
  frame.set(uintWord(timeMs).subarray(26), 22);
  frame.set(uintWord(value).subarray(28), 32);
  frame.set(uintWord(value).subarray(28), 36);
  return { kind: "reading", frame };
}

function positionsOf({ startMs, samples }: Probe): Position[] {
  let timeMs = startMs;
  return samples.flatMap(({ afterMs, value, flags, holes }) => {
    timeMs += afterMs;
    const gone = Array.from({ length: holes }, (): Position => ({ kind: "hole", reason: 2 }));
    return [...gone, makePosition(timeMs, value, flags)];
  });
}

function seriesOf(given: Probe) {
  let [timeMs, holes] = [given.startMs, 0];
  const columns = { timesMs: [], values: [], seconds: [], flags: [], holes: [] } as Record<string, number[]>;
  for (const it of given.samples) {
    timeMs += it.afterMs;
    holes += it.holes;
    columns.timesMs!.push(timeMs);
    columns.values!.push(it.value);
    columns.seconds!.push(it.value);
    columns.flags!.push(it.flags);
    columns.holes!.push(holes);
  }
  const { servesFromMs, servesToMs } = given;
  return {
    ...(columns as Record<"timesMs" | "values" | "seconds" | "flags" | "holes", number[]>),
    servesFromMs,
    servesToMs,
  };
}

type Series = ReturnType<typeof seriesOf>;

/** What a window proof would show of a probe, by counting. */
function evidenceOf(series: Series, fromMs: number, toMs: number): ProbeEvidence | undefined {
  const { timesMs, values, seconds, flags, holes } = series;
  const first = timesMs.findIndex((it) => it >= fromMs);
  const last = timesMs.findLastIndex((it) => it <= toMs);
  if (first < 1 || last < first || last + 1 >= timesMs.length) return undefined;
  if (fromMs < series.servesFromMs || toMs >= series.servesToMs) return undefined;
  const inside = <T>(column: T[]) => column.slice(first, last + 1);
  const words = (pick: (...them: number[]) => number) => {
    const packed = new Uint8Array(32);
    packed.set(uintWord(pick(...inside(values))).subarray(28), 0);
    packed.set(uintWord(pick(...inside(seconds))).subarray(28), 4);
    return packed;
  };
  const around = timesMs.slice(first - 1, last + 2);
  const sound = {
    timeMs: timesMs[first - 1]!,
    value: values[first - 1]!,
    flags: flags[first - 1]!,
  };
  // The contract wants a reading of this pond here; protocol/evaluate.ts does not know of bindings.
  const isShown = sound.timeMs >= series.servesFromMs;
  const beforeWord = new Uint8Array(32);
  beforeWord.set(uintWord(sound.value).subarray(28));
  return {
    firstMs: timesMs[first]!,
    lastMs: timesMs[last]!,
    maxGapMs: Math.max(...around.slice(1).map((it, i) => it - around[i]!)),
    missing: holes[last + 1]! - holes[first - 1]!,
    flags: inside(flags).reduce((all, it) => all | it, 0),
    mins: words(Math.min),
    maxs: words(Math.max),
    before: isShown ? { timeMs: sound.timeMs, flags: sound.flags, values: beforeWord } : undefined,
  };
}

function judge(
  series: Series[],
  probes: number[],
  window: { fromMs: number; toMs: number },
  rules: BreachRules,
) {
  const { fromMs, toMs } = window;
  if (fromMs < rules.coverFromMs || toMs >= rules.endsAtMs) return undefined;
  const shown = probes.map((i) => evidenceOf(series[i]!, fromMs, toMs));
  if (shown.includes(undefined)) return undefined;
  const evaluation = evaluate({ ...rules, probes: shown as ProbeEvidence[] });
  if (!evaluation.met) return undefined;
  const evidence = shown as ProbeEvidence[];
  const lengthMs =
    Math.max(...evidence.map(({ lastMs }) => lastMs)) - Math.min(...evidence.map(({ firstMs }) => firstMs));
  return { tier: evaluation.tier, lengthMs };
}

function choices(count: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: Math.max(0, count - from) }, (_, i) => from + i).flatMap((first) =>
    choices(count, size - 1, first + 1).map((rest) => [first, ...rest]),
  );
}

/** The highest tier that any window of any choice of probes meets, and the longest such window. */
function naiveBest(series: Series[], rules: BreachRules): { tier: number; lengthMs: number } | undefined {
  const times = [...new Set(series.flatMap(({ timesMs }) => timesMs))];
  let best: { tier: number; lengthMs: number } | undefined;
  for (const probes of choices(series.length, rules.minSensors)) {
    for (const fromMs of times) {
      for (const toMs of times) {
        if (toMs < fromMs) continue;
        const found = judge(series, probes, { fromMs, toMs }, rules);
        if (found === undefined) continue;
        const better = best === undefined || found.tier > best.tier;
        if (better || (found.tier === best!.tier && found.lengthMs > best!.lengthMs)) best = found;
      }
    }
  }
  return best;
}

describe("the search for breaches", () => {
  it("finds the highest tier that an exhaustive search finds, and where all probes are shown, the longest window", () => {
    let met = 0;
    fc.assert(
      fc.property(fc.array(probe, { minLength: 1, maxLength: 4 }), rulesArbitrary, (probes, rules) => {
        const series = probes.map(seriesOf);
        const [best] = findBreaches(series, rules);
        const naive = naiveBest(series, rules);
        expect(best?.tier).toBe(naive?.tier);
        // Which probes are shown, where there is a choice, may cost a sampling period of length and never a tier.
        if (rules.minSensors === probes.length && best !== undefined)
          expect(best.toMs - best.fromMs).toBe(naive!.lengthMs);
        if (naive !== undefined) met++;
      }),
      { numRuns: 3_000 },
    );
    expect(met).toBeGreaterThan(200);
  });

  it("finds only windows that are accepted, with the tier it says", () => {
    fc.assert(
      fc.property(fc.array(probe, { minLength: 1, maxLength: 4 }), rulesArbitrary, (probes, rules) => {
        const series = probes.map(seriesOf);
        for (const breach of findBreaches(series, rules)) {
          expect(breach.probes).toHaveLength(rules.minSensors);
          expect(breach.probes).toContain(breach.begun);
          expect(judge(series, breach.probes, breach, rules)?.tier).toBe(breach.tier);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a watch", () => {
  it("finds in pieces, forgetting as it goes, what is found in the whole", () => {
    fc.assert(
      fc.property(
        fc.array(probe, { minLength: 1, maxLength: 3 }),
        rulesArbitrary,
        fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 6 })), { maxLength: 40 }),
        (probes, rules, pieces) => {
          const positions = probes.map(positionsOf);
          const watch = createWatch({
            rules,
            anchorWithinMs: START_MS,
            firstSeqs: probes.map(() => 0),
          });
          for (const [i, { servesFromMs, servesToMs }] of probes.entries())
            watch.setService(i, { fromMs: servesFromMs, toMs: servesToMs });
          let best = -1;
          const step = (i: number, count: number) => {
            watch.take(i, positions[i]!.splice(0, count));
            for (const { tier } of watch.breaches()) best = Math.max(best, tier);
            watch.prune();
          };
          for (const [i, count] of pieces) if (i < probes.length) step(i, count);
          for (const i of probes.keys()) step(i, positions[i]!.length);
          expect(best).toBe(findBreaches(probes.map(seriesOf), rules)[0]?.tier ?? -1);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("says which position lies behind the window of each probe", () => {
    const rules: BreachRules = {
      peril: {
        source: SOURCE.stream,
        metric: 0,
        comparison: COMPARISON.below,
        tiers: TIERS.slice(0, 1),
        validMin: 2,
        validMax: 50,
        maxGapMs: MAX_GAP_MS,
        maxMissing: 3,
        separationSeconds: 1,
        deductible: 0n,
        sublimit: 1n,
        second: NO_CONDITION,
      },
      minSensors: 1,
      allowedFlags: 0,
      coverFromMs: 0,
      endsAtMs: 2 * START_MS,
    };
    const watch = createWatch({ rules, anchorWithinMs: 100, firstSeqs: [40] });
    watch.setService(0, { fromMs: 0, toMs: 2 * START_MS });
    const hole: Position = { kind: "hole", reason: 2 };
    const at = (timeMs: number, value: number) => makePosition(START_MS + timeMs, value, 0);
    watch.take(0, [at(0, 9), at(2, 5), hole, at(4, 5), at(6, 5), hole, at(8, 9)]);
    const [breach] = watch.breaches();
    expect(breach).toMatchObject({ fromMs: START_MS + 2, toMs: START_MS + 6, after: [46], begun: 0 });
  });

  it("keeps a reading or two of a calm season", () => {
    const rules = fc.sample(rulesArbitrary, { numRuns: 1, seed: 3 })[0]!;
    const watch = createWatch({ rules, anchorWithinMs: 10, firstSeqs: [0, 0] });
    for (const i of [0, 1]) watch.setService(i, { fromMs: 0, toMs: 10 * START_MS });
    for (let i = 0; i < 1_000; i++) {
      for (const it of [0, 1]) watch.take(it, [makePosition(START_MS + 2 * i + it, 12, 0)]);
      watch.prune();
      expect(watch.kept).toBeLessThanOrEqual(4);
    }
  });
});

it("the made-up frames carry the time they are given", () => {
  const position = makePosition(START_MS, 5, 0);
  expect(position.kind === "reading" && recordTimeMs(position.frame)).toBe(START_MS);
});
