import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { writeUint } from "../../../protocol/bytes.ts";
import { evaluate, isBeyond, occurrenceAmount, type ProbeEvidence } from "../../../protocol/evaluate.ts";
import { encodeValue, FLAG, slotOf } from "../../../protocol/record.ts";
import {
  COMPARISON,
  type Comparison,
  NO_CONDITION,
  type Peril,
  SOURCE,
  type Terms,
} from "../../../protocol/terms.ts";

const HOUR_MS = 3_600_000;
const COVER_MS = 1_767_225_600_000;
const OXYGEN = slotOf("oxygen");
const CURRENT = slotOf("current");
const MAX_U32 = 2 ** 32 - 1;

/** The largemouth bass example of insurance.md. */
const peril: Peril = {
  source: SOURCE.stream,
  metric: OXYGEN,
  comparison: COMPARISON.below,
  tiers: [
    { threshold: encodeValue(2), minDurationMs: 2 * HOUR_MS, payoutBps: 1000 },
    { threshold: encodeValue(2), minDurationMs: 4 * HOUR_MS, payoutBps: 4000 },
    { threshold: encodeValue(2), minDurationMs: 6 * HOUR_MS, payoutBps: 7000 },
    { threshold: encodeValue(2), minDurationMs: 8 * HOUR_MS, payoutBps: 10_000 },
  ],
  validMin: encodeValue(0),
  validMax: encodeValue(20),
  maxGapMs: 900_000,
  maxMissing: 2,
  separationSeconds: 21_600,
  deductible: 0n,
  sublimit: 1_000_000n,
  second: NO_CONDITION,
};
const terms = { minSensors: 2, allowedFlags: FLAG.firstAfterPowerUp | FLAG.simulated, coverFromMs: COVER_MS };

type Shown = Partial<Omit<ProbeEvidence, "mins" | "maxs" | "before">> & {
  /** Lowest and highest value of a metric, in physical units. */
  oxygen?: [number, number];
  current?: [number, number];
  /** Oxygen and time of the reading before; absent for not shown, `null` for not measured. */
  before?: { oxygen: number | null; timeMs?: number; flags?: number } | undefined;
  hours?: number;
};

/** What a probe shows of a night of four hours with oxygen between 0.5 and 1.5 mg/L. */
function show(change: Shown = {}): ProbeEvidence {
  const { oxygen = [0.5, 1.5], current = [0, 3], hours = 4, ...rest } = change;
  const before = "before" in change ? change.before : { oxygen: 2.1 };
  const firstMs = COVER_MS + 2 * HOUR_MS;
  const lane = (which: 0 | 1) =>
    packed({ [OXYGEN]: encodeValue(oxygen[which]), [CURRENT]: encodeValue(current[which]) });
  return {
    firstMs,
    lastMs: firstMs + hours * HOUR_MS,
    maxGapMs: 60_000,
    missing: 0,
    flags: FLAG.simulated | 0xb800,
    ...rest,
    mins: lane(0),
    maxs: lane(1),
    before: before && {
      timeMs: before.timeMs ?? COVER_MS,
      flags: before.flags ?? FLAG.simulated,
      values: packed({ [OXYGEN]: before.oxygen === null ? 0 : encodeValue(before.oxygen) }),
    },
  };
}

function packed(lanes: Record<number, number>): Uint8Array {
  const word = new Uint8Array(32);
  for (const [lane, value] of Object.entries(lanes)) writeUint(word, 4 * Number(lane), 4, value);
  return word;
}

/** The window of two probes, of which the second is unremarkable. */
function judge(shown: Shown, perilChange: Partial<Peril> = {}, termsChange: Partial<typeof terms> = {}) {
  return evaluate({
    ...terms,
    ...termsChange,
    peril: { ...peril, ...perilChange },
    probes: [show(shown), show({ ...(shown.hours === undefined ? {} : { hours: shown.hours }) })],
  });
}

const whyOf = (result: ReturnType<typeof evaluate>) => (result.met ? "met" : result.why);

describe("the trigger", () => {
  it("pays the highest tier whose duration is met, exactly and not a millisecond less", () => {
    for (const [tier, hours] of [2, 4, 6, 8].entries()) {
      const { payoutBps } = peril.tiers[tier]!;
      expect(judge({ hours })).toEqual({ met: true, tier, payoutBps });
      const less = judge({ hours: hours - 1 / HOUR_MS });
      if (tier === 0) expect(less).toEqual({ met: false, why: "no-tier" });
      else expect(less).toMatchObject({ met: true, tier: tier - 1 });
    }
  });

  it("counts time between the first and the last reading of the shortest probe", () => {
    const probes = [show({ hours: 8 }), show({ hours: 4 })];
    expect(evaluate({ ...terms, peril, probes })).toMatchObject({ met: true, payoutBps: 4000 });
  });

  it("takes a value that is exactly the threshold by the comparison's word", () => {
    const before = { oxygen: 3 };
    const cases: [Comparison, [number, number], boolean][] = [
      [COMPARISON.below, [0, 2], false],
      [COMPARISON.below, [0, 1.999], true],
      [COMPARISON.atOrBelow, [0, 2], true],
      [COMPARISON.atOrBelow, [0, 2.001], false],
      [COMPARISON.above, [2, 9], false],
      [COMPARISON.above, [2.001, 9], true],
      [COMPARISON.atOrAbove, [2, 9], true],
      [COMPARISON.atOrAbove, [1.999, 9], false],
    ];
    for (const [comparison, oxygen, isMet] of cases) {
      const outside = comparison >= COMPARISON.above ? { oxygen: 1 } : before;
      const probe = show({ oxygen, before: outside });
      expect(
        evaluate({ ...terms, minSensors: 1, peril: { ...peril, comparison }, probes: [probe] }).met,
      ).toBe(isMet);
    }
  });

  it("takes oxygen of exactly zero for a value like any other", () => {
    expect(judge({ oxygen: [0, 0] })).toMatchObject({ met: true });
    expect(judge({ oxygen: [0, 0] }, { validMin: encodeValue(0.001) })).toMatchObject({
      why: "implausible-values",
    });
    const atZero = peril.tiers.map((tier) => ({ ...tier, threshold: encodeValue(0) }));
    expect(whyOf(judge({ oxygen: [0, 0] }, { tiers: atZero }))).toBe("no-tier");
    const probes = [show({ oxygen: [0, 0] })];
    const atOrBelowZero = { ...peril, tiers: atZero, comparison: COMPARISON.atOrBelow };
    expect(evaluate({ ...terms, minSensors: 1, peril: atOrBelowZero, probes })).toMatchObject({ met: true });
  });

  it("needs as many probes as the terms say, not one less", () => {
    const needed = { ...terms, minSensors: 3, peril };
    expect(evaluate({ ...needed, probes: [show(), show()] })).toEqual({
      met: false,
      why: "too-few-sensors",
      shown: 2,
      needed: 3,
    });
    expect(evaluate({ ...needed, probes: [show(), show(), show()] })).toMatchObject({ met: true });
    expect(evaluate({ ...needed, minSensors: 0, probes: [] }).met).toBe(false);
  });

  it("allows gaps and missing readings up to their limits, exactly", () => {
    expect(judge({ maxGapMs: 900_000 })).toMatchObject({ met: true });
    expect(judge({ maxGapMs: 900_001 })).toEqual({
      met: false,
      why: "gap-too-long",
      probe: 0,
      gapMs: 900_001,
      allowedMs: 900_000,
    });
    expect(judge({ missing: 2 })).toMatchObject({ met: true });
    expect(judge({ missing: 3 })).toEqual({
      met: false,
      why: "too-many-missing",
      probe: 0,
      missing: 3,
      allowed: 2,
    });
  });

  it("allows the flags of the terms and no other, and looks past what was not measured", () => {
    for (const allowed of [0, FLAG.simulated, FLAG.firstAfterPowerUp])
      expect(judge({ flags: allowed | 0xff00 })).toMatchObject({ met: true });
    for (const other of [FLAG.clockNotSynchronised, FLAG.calibrationOverdue, FLAG.tampered])
      expect(judge({ flags: other | FLAG.simulated })).toMatchObject({ why: "flags-not-allowed", probe: 0 });
    expect(judge({}, {}, { allowedFlags: 0 })).toMatchObject({ why: "flags-not-allowed" });
  });

  it("allows values up to the ends of the valid range, exactly", () => {
    expect(judge({ oxygen: [0, 1] })).toMatchObject({ met: true });
    expect(whyOf(judge({ oxygen: [-0.001, 1] }))).toBe("implausible-values");
    expect(whyOf(judge({ oxygen: [-999, 1] }))).toBe("implausible-values");
    const above = {
      comparison: COMPARISON.above,
      tiers: peril.tiers.map((tier) => ({ ...tier, threshold: encodeValue(5) })),
    };
    const judgeAbove = (highest: number) => {
      const probe = show({ oxygen: [6, highest], before: { oxygen: 4 } });
      return whyOf(evaluate({ ...terms, peril: { ...peril, ...above }, probes: [probe, probe] }));
    };
    expect(judgeAbove(20)).toBe("met");
    expect(judgeAbove(20.001)).toBe("implausible-values");
  });

  it("takes no window in which the metric was not measured throughout", () => {
    const probe = { ...show(), mins: packed({}), maxs: packed({ [OXYGEN]: MAX_U32 }) };
    expect(evaluate({ ...terms, peril, probes: [show(), probe] })).toEqual({
      met: false,
      why: "not-measured",
      probe: 1,
      metric: OXYGEN,
    });
  });

  it("holds a second condition over the same window, where the terms have one", () => {
    const threshold = encodeValue(0.5);
    const second = { present: true, metric: CURRENT, comparison: COMPARISON.atOrAbove, threshold } as const;
    const probes = (current: [number, number]) => [show({ current }), show({ current: [1, 2] })];
    const withSecond = { ...terms, peril: { ...peril, second } };
    expect(evaluate({ ...withSecond, probes: probes([0.5, 3]) })).toMatchObject({ met: true });
    expect(evaluate({ ...withSecond, probes: probes([0.499, 3]) })).toEqual({
      met: false,
      why: "second-condition",
      probe: 0,
    });
    const unmeasured = { ...show(), mins: packed({ [OXYGEN]: encodeValue(1) }) };
    expect(evaluate({ ...withSecond, probes: [unmeasured, show()] })).toMatchObject({
      why: "not-measured",
      metric: CURRENT,
    });
    expect(evaluate({ ...terms, peril, probes: [unmeasured, show()] })).toMatchObject({ met: true });
  });

  it("takes the last tier that is met, even where an earlier one is not", () => {
    const tiers = [
      { threshold: encodeValue(1), minDurationMs: 2 * HOUR_MS, payoutBps: 3000 },
      { threshold: encodeValue(2), minDurationMs: 3 * HOUR_MS, payoutBps: 5000 },
      { threshold: encodeValue(0.2), minDurationMs: HOUR_MS, payoutBps: 9000 },
    ];
    expect(judge({}, { tiers })).toEqual({ met: true, tier: 1, payoutBps: 5000 });
    expect(judge({}, { tiers: [] })).toEqual({ met: false, why: "no-tier" });
  });

  it("wants every shown probe in the tier, also beyond the number that is needed", () => {
    const high = show({ oxygen: [1, 2.5] });
    expect(whyOf(evaluate({ ...terms, peril, probes: [show(), show(), high] }))).toBe("no-tier");
  });

  it("wants one probe whose reading before is shown, outside the breach, and inside the cover", () => {
    const start = (before: Shown["before"]) =>
      whyOf(evaluate({ ...terms, minSensors: 1, peril, probes: [show({ before })] }));
    expect(start({ oxygen: 2.1, timeMs: COVER_MS })).toBe("met");
    expect(start({ oxygen: 2, timeMs: COVER_MS })).toBe("met");
    expect(start({ oxygen: 1.999, timeMs: COVER_MS })).toBe("began-before-cover");
    expect(start({ oxygen: 2.1, timeMs: COVER_MS - 1 })).toBe("began-before-cover");
    expect(start({ oxygen: null, timeMs: COVER_MS })).toBe("began-before-cover");
    expect(start(undefined)).toBe("began-before-cover");
    expect(start({ oxygen: 2.1, flags: FLAG.tampered })).toBe("began-before-cover");
    expect(start({ oxygen: 999 })).toBe("began-before-cover");
    const probes = [show({ before: undefined }), show({ before: { oxygen: 5 } })];
    expect(evaluate({ ...terms, peril, probes })).toMatchObject({ met: true });
    expect(evaluate({ ...terms, peril, probes: [probes[0]!, probes[0]!] })).toMatchObject({ met: false });
  });

  it("takes a reading before that was not measured for no beginning, whichever way the breach lies", () => {
    const comparison = COMPARISON.above;
    const tiers = [{ threshold: encodeValue(1), minDurationMs: HOUR_MS, payoutBps: 1000 }];
    const judgeAbove = (oxygen: number | null) => {
      const probes = [show({ oxygen: [2, 3], before: { oxygen } })];
      return whyOf(evaluate({ ...terms, minSensors: 1, peril: { ...peril, comparison, tiers }, probes }));
    };
    expect(judgeAbove(1)).toBe("met");
    expect(judgeAbove(null)).toBe("began-before-cover");
  });

  it("measures the reading before by the threshold of the tier that is paid", () => {
    const tiers = [
      { threshold: encodeValue(3), minDurationMs: HOUR_MS, payoutBps: 1000 },
      { threshold: encodeValue(2), minDurationMs: 2 * HOUR_MS, payoutBps: 4000 },
    ];
    const probes = [show({ before: { oxygen: 2.5 } })];
    expect(evaluate({ ...terms, minSensors: 1, peril: { ...peril, tiers }, probes })).toMatchObject({
      tier: 1,
    });
  });

  it("gives what insurance.md says in one sentence, for random windows near every limit", () => {
    const near = (limit: number) => fc.integer({ min: -1, max: 1 }).map((step) => limit + step);
    const shown = fc.record({
      hours: fc.constantFrom(2, 4, 6, 8).chain((hours) => near(0).map((step) => hours + step / HOUR_MS)),
      maxGapMs: near(peril.maxGapMs),
      missing: near(peril.maxMissing),
      flags: fc.constantFrom(0, FLAG.simulated, FLAG.tampered),
      oxygen: fc.tuple(
        near(0).map((step) => step / 1000),
        near(2000).map((thousandths) => thousandths / 1000),
      ),
      before: fc.record({
        oxygen: near(2000).map((thousandths) => thousandths / 1000),
        timeMs: near(COVER_MS),
      }),
    });
    fc.assert(
      fc.property(fc.array(shown, { minLength: 1, maxLength: 3 }), (windows) => {
        const isUsable = windows.every(
          ({ maxGapMs, missing, flags, oxygen }) =>
            maxGapMs <= 900_000 && missing <= 2 && flags !== FLAG.tampered && oxygen[0] >= 0,
        );
        const isBreach = windows.every(({ oxygen }) => oxygen[1] < 2);
        const hours = Math.min(...windows.map(({ hours }) => Math.round(hours * HOUR_MS))) / HOUR_MS;
        const tier = Math.min(Math.floor(hours / 2), 4) - 1;
        const beganInside = windows.some(({ before }) => before.oxygen >= 2 && before.timeMs >= COVER_MS);
        const isMet = windows.length >= 2 && isUsable && isBreach && tier >= 0 && beganInside;
        const probes = windows.map((window) => show(window));
        const result = evaluate({ ...terms, peril, probes });
        expect(result.met ? result.tier : undefined).toBe(isMet ? tier : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a comparison", () => {
  it("is met by a range exactly when it is met by every value of it", () => {
    const small = fc.integer({ min: 0, max: 6 });
    const holds = (comparison: Comparison, value: number, threshold: number) =>
      [value < threshold, value <= threshold, value > threshold, value >= threshold][comparison]!;
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(COMPARISON)),
        small,
        small,
        small,
        (comparison, a, b, threshold) => {
          const [min, max] = [Math.min(a, b), Math.max(a, b)];
          const values = Array.from({ length: max - min + 1 }, (_, i) => min + i);
          expect(isBeyond(comparison, threshold, { min, max })).toBe(
            values.every((value) => holds(comparison, value, threshold)),
          );
        },
      ),
    );
  });
});

describe("an occurrence's amount", () => {
  const amount = (sumInsured: bigint, payoutBps: number, limits: Pick<Peril, "deductible" | "sublimit">) =>
    occurrenceAmount({ sumInsured } satisfies Pick<Terms, "sumInsured">, { ...peril, ...limits }, payoutBps);

  it("is the rate of the sum insured, divided once and rounded down, less the deductible, within the sublimit", () => {
    const free = { deductible: 0n, sublimit: 10n ** 30n };
    expect(amount(100_000n, 4000, free)).toBe(40_000n);
    expect(amount(9_999n, 1, free)).toBe(0n);
    expect(amount(10_000n, 1, free)).toBe(1n);
    expect(amount(19_999n, 1, free)).toBe(1n);
    expect(amount(10n ** 27n, 10_000, free)).toBe(10n ** 27n);
    expect(amount(100_000n, 4000, { ...free, deductible: 39_999n })).toBe(1n);
    expect(amount(100_000n, 4000, { ...free, deductible: 40_000n })).toBe(0n);
    expect(amount(100_000n, 4000, { ...free, deductible: 40_001n })).toBe(0n);
    expect(amount(100_000n, 4000, { deductible: 5_000n, sublimit: 34_999n })).toBe(34_999n);
    expect(amount(100_000n, 4000, { deductible: 5_000n, sublimit: 35_001n })).toBe(35_000n);
  });
});
