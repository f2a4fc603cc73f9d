import { id as keccakOf } from "ethers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { toHex, writeUint } from "../../../protocol/bytes.ts";
import { type Evaluation, evaluate, type ProbeEvidence } from "../../../protocol/evaluate.ts";
import { type Comparison, type Peril, SOURCE } from "../../../protocol/terms.ts";
import { createEvm } from "./evm.ts";

const CASES = process.env.POND_DEEP === undefined ? 5_000 : 100_000;
/** What fits under the cap of a transaction's gas. */
const BATCH = 100;

const METRIC = 0;
const SECOND = 6;

/** The error of the contract for each refusal; no other may come. */
const ERRORS: Record<Exclude<Evaluation, { met: true }>["why"], string> = {
  "too-few-sensors": "TooFewSensors(uint256,uint256)",
  "too-many-missing": "TooManyMissing(uint256,uint32,uint32)",
  "gap-too-long": "GapTooLong(uint256,uint32,uint32)",
  "flags-not-allowed": "FlagsNotAllowed(uint256,uint16)",
  "not-measured": "NotMeasured(uint256,uint8)",
  "implausible-values": "ImplausibleValues(uint256,uint32,uint32)",
  "second-condition": "SecondConditionNotMet(uint256)",
  "no-tier": "NoTierMet()",
  "began-before-cover": "EventMustBeginInsideCover()",
};

type Case = Parameters<typeof evaluate>[0];

/** Few values close together, so that thresholds, limits and durations are met exactly as often as not. */
const value = fc.oneof(
  fc.constantFrom(0, 1, 9, 10, 999, 1000, 1001, 2 ** 32 - 1),
  fc.integer({ min: 8, max: 1003 }),
);
const durationMs = fc.constantFrom(0, 99, 100, 101, 199, 200, 201, 10_000);
const comparison = fc.constantFrom<Comparison>(0, 1, 2, 3);

const peril: fc.Arbitrary<Peril> = fc.record({
  source: fc.constant(SOURCE.stream),
  metric: fc.constant(METRIC),
  comparison,
  tiers: fc.array(
    fc.record({
      threshold: fc.constantFrom(10, 999, 1000, 1001),
      minDurationMs: fc.constantFrom(100, 200),
      payoutBps: fc.integer({ min: 1, max: 10_000 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  validMin: fc.constantFrom(1, 9, 10),
  validMax: fc.constantFrom(1000, 1001, 2 ** 32 - 1),
  maxGapMs: fc.constantFrom(49, 50),
  maxMissing: fc.constantFrom(0, 2),
  separationSeconds: fc.constant(1),
  deductible: fc.constant(0n),
  sublimit: fc.constant(1n),
  second: fc.record({
    present: fc.oneof(
      { weight: 3, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    metric: fc.constant(SECOND),
    comparison,
    threshold: fc.constantFrom(9, 10, 1000),
  }),
});

const flags = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(1, 8, 16, 0x0400, 0x0409));

const probe: fc.Arbitrary<ProbeEvidence> = fc
  .record({
    durationMs,
    maxGapMs: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(49, 50) }, fc.constant(51)),
    missing: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.constantFrom(1, 2, 3)),
    flags,
    low: value,
    high: value,
    second: fc.constantFrom(0, 9, 10, 11, 1001),
    before: fc.option(fc.record({ timeMs: fc.constantFrom(999, 1000, 1001), flags, value }), {
      nil: undefined,
    }),
  })
  .map(({ durationMs: lastsMs, low, high, second, before, ...rest }) => ({
    ...rest,
    firstMs: 5_000,
    lastMs: 5_000 + lastsMs,
    mins: metrics(Math.min(low, high), second),
    maxs: metrics(Math.max(low, high), second),
    before: before && { timeMs: before.timeMs, flags: before.flags, values: metrics(before.value, 0) },
  }));

const anyCase: fc.Arbitrary<Case> = fc.record({
  peril,
  minSensors: fc.constantFrom(1, 2),
  allowedFlags: fc.constantFrom(0, 1, 0x1f),
  coverFromMs: fc.constant(1000),
  probes: fc.array(probe, { minLength: 1, maxLength: 3 }),
});

it("decides every window as the contract does", { timeout: 120_000 }, async () => {
  const { ethers } = await createEvm();
  const harness = await ethers.deployContract("EvaluationHarness");
  const answerOf = new Map(Object.entries(ERRORS).map(([why, error]) => [keccakOf(error).slice(0, 10), why]));
  const cases = fc.sample(anyCase, CASES);
  const seen = new Map<string, number>();
  for (let from = 0; from < cases.length; from += BATCH) {
    const some = cases.slice(from, from + BATCH);
    const answers = (await harness.getFunction("decideAll").staticCall(some.map(argument), {
      gasLimit: 16_000_000n,
    })) as string[];
    for (const [i, one] of some.entries()) {
      const mine = evaluate(one);
      const expected = mine.met ? mine.payoutBps : mine.why;
      const contract = answerOf.get(answers[i]!) ?? Number(answers[i]);
      if (contract !== expected) expect({ one, contract }).toEqual({ one, contract: expected });
      const kind = mine.met ? "met" : mine.why;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
  }
  // Every way in which a window can be decided was tried.
  expect([...seen.keys()].sort()).toEqual(["met", ...Object.keys(ERRORS)].sort());
});

function metrics(oxygen: number, current: number): Uint8Array {
  const word = new Uint8Array(32);
  writeUint(word, 4 * METRIC, 4, oxygen);
  writeUint(word, 4 * SECOND, 4, current);
  return word;
}

function argument({ peril: terms, minSensors, allowedFlags, coverFromMs, probes }: Case) {
  return {
    peril: terms,
    minSensors,
    allowedFlags,
    seen: probes.map(({ firstMs, lastMs, maxGapMs, missing, flags: all, mins, maxs, before }, i) => ({
      probe: i,
      window: {
        firstMs,
        lastMs,
        maxGapMs,
        count: 2,
        missing,
        flags: all,
        mins: BigInt(toHex(mins)),
        maxs: BigInt(toHex(maxs)),
        anchoredAt: 0,
        before: { level: 0, index: 0, inside: "0x".padEnd(66, "0") },
      },
      // What `Evaluation` says of a reading that its probe showed in this pond.
      beginsHere: before !== undefined && before.timeMs >= coverFromMs,
      before: {
        w0: BigInt(before?.flags ?? 0) << 224n,
        values: before === undefined ? 0n : BigInt(toHex(before.values)),
        w2: 0n,
        r: "0x".padEnd(66, "0"),
        s: "0x".padEnd(66, "0"),
      },
    })),
  };
}
