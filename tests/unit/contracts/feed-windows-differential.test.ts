import { id as keccakOf } from "ethers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { evaluate } from "../../../protocol/evaluate.ts";
import { type FeedSeries, feedWindow, MOST_PERIODS } from "../../../protocol/feed-window.ts";
import { type Comparison, NO_CONDITION, type Peril, SOURCE } from "../../../protocol/terms.ts";
import { createEvm } from "./evm.ts";

const CASES = process.env.POND_DEEP === undefined ? 1_000 : 20_000;
/** What fits under the cap of a transaction's gas. */
const BATCH = 100;

const PERIOD_S = 100;
const OFFSET_S = 7;
const METRIC = 1;
/** Series lie on the grid behind this time. */
const START_S = 5_000 * PERIOD_S + OFFSET_S;

/** The error of the contract for each refusal; no other may come. */
const ERRORS = {
  "not-whole-periods": "NotWholePeriods(uint48,uint48)",
  "not-observed": "NotObserved(bytes32,uint40)",
  "not-the-observation-before": "NotTheObservationBefore(bytes32,uint40)",
  "too-many-missing": "TooManyMissing(uint256,uint32,uint32)",
  "gap-too-long": "GapTooLong(uint256,uint32,uint32)",
  "implausible-values": "ImplausibleValues(uint256,uint32,uint32)",
  "no-tier": "NoTierMet()",
  "began-before-cover": "EventMustBeginInsideCover()",
} as const;

type Case = {
  values: (number | undefined)[];
  from: number;
  length: number;
  shiftMs: number;
  before: number | undefined;
  coverFrom: number;
  peril: Peril;
};

const tiers = fc.array(
  fc.record({
    threshold: fc.constantFrom(37, 38),
    minDurationMs: fc.integer({ min: 1, max: 4 }).map((n) => n * PERIOD_S * 1000),
    payoutBps: fc.integer({ min: 1, max: 10_000 }),
  }),
  { minLength: 1, maxLength: 3 },
);

const peril: fc.Arbitrary<Peril> = fc.record({
  source: fc.constant(SOURCE.feed),
  metric: fc.constant(METRIC),
  comparison: fc.constantFrom<Comparison>(0, 1, 2, 3),
  tiers,
  validMin: fc.constantFrom(1, 35),
  validMax: fc.constantFrom(40, 2 ** 32 - 1),
  maxGapMs: fc.constantFrom(1, PERIOD_S * 1000, 2 * PERIOD_S * 1000),
  maxMissing: fc.constantFrom(0, 1, 2),
  separationSeconds: fc.constant(1),
  deductible: fc.constant(0n),
  sublimit: fc.constant(1n),
  second: fc.constant(NO_CONDITION),
});

/** Few values about the thresholds, so that they are met exactly as often as not. */
const anyCase: fc.Arbitrary<Case> = fc.record({
  values: fc.array(fc.option(fc.constantFrom(34, 36, 37, 38, 38, 41), { nil: undefined, freq: 5 }), {
    minLength: 12,
    maxLength: 12,
  }),
  from: fc.integer({ min: 1, max: 6 }),
  length: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }) },
    fc.constantFrom(0, MOST_PERIODS + 1),
  ),
  shiftMs: fc.oneof({ weight: 19, arbitrary: fc.constant(0) }, fc.constantFrom(1, 1_000)),
  before: fc.option(
    fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constantFrom(-1, 1, 2, MOST_PERIODS + 1)),
    { nil: undefined, freq: 9 },
  ),
  coverFrom: fc.integer({ min: 0, max: 7 }),
  peril,
});

/** Case `i` on its own feed: the series, the window and the time of the observation before. */
function placed({ values, from, length, shiftMs, before, coverFrom, peril: rules }: Case) {
  const timeS = (n: number) => START_S + n * PERIOD_S;
  const known = new Map(
    values.flatMap((value, n) => (value === undefined ? [] : [[timeS(n), value] as const])),
  );
  const series: FeedSeries = {
    metric: METRIC,
    periodSeconds: PERIOD_S,
    offsetSeconds: OFFSET_S,
    values: known,
  };
  const fromMs = 1000 * timeS(from) + shiftMs;
  const window = { fromMs, toMs: 1000 * timeS(from + length) };
  const beforeS = before === undefined ? undefined : timeS(from - before);
  return { series, window, beforeS, coverFromMs: 1000 * timeS(coverFrom), peril: rules };
}

function mine(one: Case): { met: true; payoutBps: number } | { met: false; why: string } {
  const { series, window, beforeS, coverFromMs, peril: rules } = placed(one);
  const shown = feedWindow(series, window, beforeS);
  if (shown.kind === "refused") return { met: false, why: shown.why };
  return evaluate({ peril: rules, minSensors: 1, allowedFlags: 0, coverFromMs, probes: [shown.evidence] });
}

it("decides every window of a feed as the contract does", { timeout: 120_000 }, async () => {
  const { ethers } = await createEvm();
  const harness = await ethers.deployContract("FeedWindowsHarness");
  const answerOf = new Map(Object.entries(ERRORS).map(([why, error]) => [keccakOf(error).slice(0, 10), why]));
  const cases = fc.sample(anyCase, CASES);
  const seen = new Set<string>();
  for (let from = 0; from < cases.length; from += BATCH) {
    const some = cases.slice(from, from + BATCH);
    for (const [i, one] of some.entries()) {
      const { values } = placed(one).series;
      await harness.getFunction("know").send(feedOf(from + i), [...values.keys()], [...values.values()]);
    }
    const answers = (await harness.getFunction("decideAll").staticCall(
      some.map((one, i) => argument(one, feedOf(from + i))),
      { gasLimit: 16_000_000n },
    )) as string[];
    for (const [i, one] of some.entries()) {
      const judged = mine(one);
      const expected = judged.met ? judged.payoutBps : judged.why;
      const contract = answerOf.get(answers[i]!) ?? Number(answers[i]);
      if (contract !== expected) expect({ one, contract }).toEqual({ one, contract: expected });
      seen.add(judged.met ? "met" : judged.why);
    }
  }
  // Every way in which a window can be decided was tried.
  expect([...seen].sort()).toEqual(["met", ...Object.keys(ERRORS)].sort());
});

it("judges a year of days within the gas of a transaction", { timeout: 60_000 }, async () => {
  const { ethers } = await createEvm();
  const harness = await ethers.deployContract("FeedWindowsHarness");
  const year = {
    ...fc.sample(anyCase, { numRuns: 1, seed: 1 })[0]!,
    from: 1,
    length: MOST_PERIODS,
    shiftMs: 0,
  };
  const threshold = 37;
  const tier = { threshold, minDurationMs: PERIOD_S * 1000, payoutBps: 1 };
  const one: Case = {
    ...year,
    before: 0,
    coverFrom: 0,
    values: [36, 36, ...Array.from({ length: MOST_PERIODS }, () => 38)],
    peril: { ...year.peril, comparison: 2, tiers: [tier], validMin: 1, validMax: 100 },
  };
  const { values } = placed(one).series;
  const times = [...values.keys()];
  for (let from = 0; from < times.length; from += 200) {
    const some = times.slice(from, from + 200);
    await harness.getFunction("know").send(
      feedOf(0),
      some,
      some.map((at) => values.get(at)!),
    );
  }
  const gas = await harness.getFunction("decide").estimateGas(argument(one, feedOf(0)));
  expect(Number(gas)).toBeLessThan(16_777_216 / 4);
  expect(mine(one)).toMatchObject({ met: true });
});

function feedOf(n: number): string {
  return keccakOf(`feed ${n}`);
}

function argument(one: Case, feed: string) {
  const { window, beforeS, coverFromMs, peril: rules } = placed(one);
  return {
    feed,
    rules: {
      quorum: 1,
      jumpQuorum: 1,
      maxAgeSeconds: 1,
      maxAheadSeconds: 1,
      maxStep: 1,
      validMin: 1,
      validMax: 1,
      metric: METRIC,
      periodSeconds: PERIOD_S,
      offsetSeconds: OFFSET_S,
    },
    ...window,
    coverFromMs,
    beforeS: beforeS ?? 0,
    peril: rules,
  };
}
