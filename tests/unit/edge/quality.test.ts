import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAssessor } from "../../../edge/quality/assessor.ts";
import { QC, testNames, worse } from "../../../edge/quality/flags.ts";
import { oxygenSaturationMgPerL } from "../../../edge/quality/oxygen-saturation.ts";
import { createProbeTests, type Sample } from "../../../edge/quality/probe-tests.ts";
import type { FeedItem } from "../../../protocol/feed.ts";
import { METRICS, slotOf } from "../../../protocol/record.ts";
import { makeChain, makeKey } from "../../factories.ts";

const HOUR_MS = 3_600_000;
/** Noon at the pond: nothing that is said of the night applies. */
const NOON_MS = Date.UTC(2026, 6, 1, 4);

const values = (measured: Partial<Record<(typeof METRICS)[number]["name"], number>>) =>
  METRICS.map(({ name }) => measured[name] ?? null);

/** What the tests say at last of each reading of a series of one metric. */
function judge(
  metric: (typeof METRICS)[number]["name"],
  series: readonly number[],
  { stepMs = 600_000, startMs = NOON_MS, beside = {} } = {},
) {
  const tests = createProbeTests({ utcOffsetMinutes: 480 });
  const slot = slotOf(metric);
  const said: { flag: number; by: string[] }[] = [];
  series.forEach((value, i) => {
    const sample: Sample = { timeMs: startMs + i * stepMs, values: values({ ...beside, [metric]: value }) };
    const { quality, previous } = tests.take(sample);
    if (previous !== undefined) said[i - 1] = { flag: previous.flags[slot]!, by: testNames(previous.tests) };
    said.push({ flag: quality.flags[slot]!, by: testNames(quality.tests) });
  });
  return said;
}

test.each([
  [0, 1, 14.621],
  [5, 1, 12.771],
  [20, 1, 9.092],
  [28, 1, 7.828],
  [40, 1, 6.413],
  [20, 0.98, 8.906],
  [30, 0.98, 7.401],
])("saturation at %s °C and %s atm is %s mg/L (USGS TM 2011.03)", (temperature, pressure, mgPerL) => {
  expect(oxygenSaturationMgPerL(temperature, pressure)).toBeCloseTo(mgPerL, 2);
});

describe("oxygen", () => {
  test("that falls to nothing is never a failure of the probe: it is what is insured", () => {
    const night = Array.from({ length: 60 }, (_, i) => Math.max(0, 6 - i * 0.12));
    for (const { flag } of judge("oxygen", night)) expect(flag).toBe(QC.good);
    for (const { flag } of judge("oxygen", Array(100).fill(0.05))) expect(flag).toBe(QC.good);
  });

  test("beyond what a probe can mean fails, and beyond what a pond can hold is doubted", () => {
    expect(judge("oxygen", [26])[0]).toEqual({ flag: QC.fail, by: ["range"] });
    expect(judge("oxygen", [-0.5])[0]!.flag).toBe(QC.fail);
    expect(judge("oxygen", [19])[0]).toEqual({ flag: QC.suspect, by: ["range"] });
    expect(judge("oxygen", [0])[0]!.flag).toBe(QC.good);
  });

  test("that stands out of both its neighbours is a spike, and a step is none", () => {
    expect(judge("oxygen", [6, 6.1, 9, 6.2, 6.1])[2]).toMatchObject({ flag: QC.suspect });
    expect(judge("oxygen", [6, 6.1, 9, 6.2, 6.1])[2]!.by).toContain("spike");
    expect(judge("oxygen", [6, 6.1, 11, 6.2, 6.1])[2]!.flag).toBe(QC.fail);
    const step = judge("oxygen", [8, 8, 4, 4, 4]);
    for (const { by } of step) expect(by).not.toContain("spike");
  });

  test("that changes faster than water can is doubted at that reading", () => {
    expect(judge("oxygen", [8, 7])[1]).toEqual({ flag: QC.suspect, by: ["rate"] });
    expect(judge("oxygen", [8, 7.6])[1]!.flag).toBe(QC.good);
    // A gap of two hours says nothing of a rate.
    expect(judge("oxygen", [8, 2], { stepMs: 2 * HOUR_MS })[1]!.flag).toBe(QC.good);
  });

  test("that stands still is doubted after three hours and fails after six", () => {
    const stuck = judge("oxygen", Array(40).fill(5));
    expect(stuck[17]!.flag).toBe(QC.good);
    expect(stuck[18]).toEqual({ flag: QC.suspect, by: ["flat"] });
    expect(stuck[36]).toEqual({ flag: QC.fail, by: ["flat"] });
  });

  test("above saturation is doubted by night already when light could not have made it", () => {
    const beside = { temperature: 28 };
    const night = NOON_MS + 15 * HOUR_MS;
    expect(judge("oxygen", [12], { beside })[0]!.flag).toBe(QC.good);
    expect(judge("oxygen", [12], { beside, startMs: night })[0]).toEqual({
      flag: QC.suspect,
      by: ["saturation"],
    });
    expect(judge("oxygen", [17.9], { beside })[0]).toEqual({ flag: QC.suspect, by: ["saturation"] });
  });
});

test("ammonia is no better than the pH it is computed with", () => {
  expect(judge("ammonia", [1], { beside: { ph: 8, temperature: 25 } })[0]!.flag).toBe(QC.good);
  expect(judge("ammonia", [1], { beside: { ph: 10.5, temperature: 25 } })[0]).toEqual({
    flag: QC.suspect,
    by: ["range", "dependent"],
  });
});

test("two probes of a pond that differ for an hour are both doubted, and agree again at once", () => {
  const [one, two] = [makeKey("one"), makeKey("two")];
  const minutes = (key: typeof one, oxygen: (seq: number) => number) =>
    makeChain({ key, count: 90, startMs: NOON_MS, oxygen });
  const chains = [minutes(one, () => 6), minutes(two, (seq) => (seq < 80 ? 4.5 : 6))];
  const items = Array.from({ length: 90 }, (_, seq) =>
    chains.map((chain, i): FeedItem => {
      const device = [one, two][i]!.device;
      return { kind: "reading", cursor: 2 * seq + i + 1, device, seq, frame: chain[seq]!, receivedAtMs: 0 };
    }),
  ).flat();
  const doubted = (pondOf: () => string | undefined) =>
    createAssessor({ pondOf, utcOffsetMinutes: 480 })
      .take(items)
      .assessed.filter(({ quality }) => testNames(quality.tests).includes("neighbour"))
      .map(({ seq }) => seq);
  const seqs = doubted(() => "east");
  expect([seqs[0], seqs.at(-1), seqs.length]).toEqual([60, 80, 2 * 20 + 1]);
  expect(doubted(() => undefined)).toEqual([]);
});

test("a worse flag is never replaced by a better one", () => {
  const flag = fc.constantFrom(...Object.values(QC));
  fc.assert(
    fc.property(flag, flag, flag, (a, b, c) => {
      expect(worse(a, b)).toBe(worse(b, a));
      expect(worse(worse(a, b), c)).toBe(worse(a, worse(b, c)));
      expect(worse(QC.fail, a)).toBe(QC.fail);
    }),
  );
});

test("whatever a probe measures, every slot gets a flag and nothing throws", () => {
  const value = fc.option(fc.double({ noNaN: true, min: -2e6, max: 2e6 }), { nil: null });
  const series = fc.array(fc.array(value, { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(series, (rows) => {
      const tests = createProbeTests({ utcOffsetMinutes: -300 });
      rows.forEach((row, i) => {
        const { flags } = tests.take({ timeMs: i * 1_000, values: row }).quality;
        flags.forEach((flag, slot) => {
          expect(flag === QC.missing).toBe(row[slot] === null);
        });
      });
    }),
  );
});
