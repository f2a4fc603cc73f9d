import { describe, expect, it } from "vitest";
import { LADDER } from "../../../../demo/policy.ts";
import { backtest } from "../../../../oracle/underwriting/backtest.ts";
import { plotRecording } from "../../../../oracle/underwriting/plot.ts";
import { readProduct } from "../../../../oracle/underwriting/product.ts";
import { type RecordedRow, replayPerils } from "../../../../oracle/underwriting/replay.ts";
import { SLOTS } from "../../../../protocol/record.ts";
import { hasRealSeries, REAL_SERIES, readRealSeries } from "../../../bench/real-series.ts";
import { bassJson } from "./product-file.ts";

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2025, 6, 1);
const product = readProduct(bassJson());

const row = (timeMs: number, oxygen: number): RecordedRow => ({
  timeMs,
  values: [oxygen, 28, ...new Array<null>(SLOTS - 2).fill(null)],
});

/** A reading every half hour, 5 mg/L but for the given hours, which have 1 mg/L. */
function recording(days: number, low: readonly { fromHour: number; hours: number }[]): RecordedRow[] {
  return Array.from({ length: days * 48 }, (_, i) => {
    const hour = i / 2;
    const isLow = low.some(({ fromHour, hours }) => hour >= fromHour && hour <= fromHour + hours);
    return row(START_MS + hour * HOUR_MS, isLow ? 1 : 5);
  });
}

describe("the back-test", () => {
  it("has the demo's ladder in its example product", () => {
    expect(product.perils[0]!.tiers).toEqual(LADDER);
  });

  it.each([
    [1.5, []],
    [2, [1_000]],
    [3.5, [1_000]],
    [4, [4_000]],
    [8, [10_000]],
  ])("pays %d hours of low oxygen as the ladder says", (hours, payouts) => {
    const events = replayPerils(recording(4, [{ fromHour: 30, hours }]), product.perils);
    expect(events.map(({ payoutBps }) => payoutBps)).toEqual(payouts);
  });

  it("takes windows closer than six hours as one event that pays by its longest", () => {
    const near = recording(4, [
      { fromHour: 30, hours: 2 },
      { fromHour: 35, hours: 4 },
    ]);
    expect(replayPerils(near, product.perils)).toMatchObject([{ payoutBps: 4_000 }]);
    const far = recording(4, [
      { fromHour: 20, hours: 2 },
      { fromHour: 35, hours: 4 },
    ]);
    expect(replayPerils(far, product.perils)).toMatchObject([{ payoutBps: 1_000 }, { payoutBps: 4_000 }]);
  });

  it("pays nothing for a breach that began before the recording, or that a long gap hides", () => {
    expect(replayPerils(recording(4, [{ fromHour: 0, hours: 8 }]), product.perils)).toEqual([]);
    const holed = recording(4, [{ fromHour: 30, hours: 3 }]).filter(
      ({ timeMs }) => timeMs < START_MS + 31 * HOUR_MS || timeMs > START_MS + 32.5 * HOUR_MS,
    );
    expect(replayPerils(holed, product.perils)).toEqual([]);
  });

  it("is the same whenever it is run, and says how unsure it is", () => {
    const quiet = { name: "quiet", rows: recording(20, []) };
    const bad = { name: "bad", rows: recording(40, [{ fromHour: 100, hours: 4 }]) };
    const result = backtest(product, [quiet, bad], { seed: 7 });
    expect(backtest(product, [quiet, bad], { seed: 7 })).toEqual(result);
    expect(result.losses).toMatchObject({ days: 60, events: 1 });
    expect(result.losses.lowBps).toBeLessThan(result.losses.sumBps / result.losses.seasons);
    expect(result.losses.highBps).toBeGreaterThan(result.losses.sumBps / result.losses.seasons);
    expect(result.eventsPer100Days.low).toBeLessThan(result.eventsPer100Days.seen);
    const silent = backtest(product, [quiet], { seed: 7 });
    expect(silent.losses.sumBps).toBe(0);
    // Nothing in 20 days still leaves room for three events: 15 in a hundred days.
    expect(silent.eventsPer100Days.high).toBeCloseTo(14.98, 2);
  });

  it("plots the lowest value of a night, and every paid window", () => {
    const rows = recording(40, [{ fromHour: 100, hours: 4 }]);
    const events = replayPerils(rows, product.perils);
    const svg = plotRecording({ name: 'a "pond" <b>', rows, peril: product.perils[0]!, events });
    expect(svg).toContain("a &quot;pond&quot; &lt;b>");
    expect(svg.match(/fill="#b3261e" fill-opacity/g)).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe.skipIf(!hasRealSeries())("on the real creek of ../shared/data", () => {
  it("finds the recorded night of 10 August 2012, and no event where the pond stayed well", async () => {
    const of = async (name: string) => {
      const { rows } = await readRealSeries(REAL_SERIES.find((series) => series.name.startsWith(name))!);
      return replayPerils(
        rows.map(({ timeMs, oxygenMgPerL, temperatureC }) => ({
          timeMs,
          values: [oxygenMgPerL, temperatureC, ...new Array<null>(SLOTS - 2).fill(null)],
        })),
        product.perils,
      );
    };
    const from = Date.parse("2012-08-10T06:00:00-05:00");
    const to = Date.parse("2012-08-10T11:00:00-05:00");
    const creek = await of("Sapelo");
    expect(creek.find(({ fromMs, toMs }) => fromMs <= from && toMs >= to)).toMatchObject({
      payoutBps: 7_000,
    });
    expect(creek).toHaveLength(125);
    expect(await of("EPA")).toEqual([]);
  });
});
