import { describe, expect, it } from "vitest";
import type { ReadingPoint } from "../../../../portal/api.ts";
import { breachOf } from "../../../../portal/server/breach.ts";
import { makeTerms } from "../fixture/story.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW = 1_800_000_000_000;
const terms = makeTerms("lakeside");

/** Readings every ten minutes up to now; `oxygen` by hours before now, `undefined` where there is no reading. */
function series(oxygen: (hoursAgo: number) => number | null | undefined): ReadingPoint[] {
  return Array.from({ length: 80 }, (_, seq) => seq).flatMap((seq) => {
    const ago = ((79 - seq) * 10) / 60;
    const value = oxygen(ago);
    if (value === undefined) return [];
    const values = [value, null, null, null, null, null, null, null];
    return [{ timeMs: NOW - (79 - seq) * 10 * MINUTE_MS, values, seq }];
  });
}

const lowFor = (hours: number) => series((ago) => (ago <= hours ? 1.5 : 4));
const fine = series(() => 6);

describe("the policy's clock", () => {
  it("runs since as many probes as the policy asks for are below", () => {
    const breach = breachOf({ terms, series: [lowFor(5), lowFor(3), fine], nowMs: NOW });
    expect(breach).toMatchObject({ threshold: 2, sinceMs: NOW - 3 * HOUR_MS, durationMs: 3 * HOUR_MS });
  });

  it("stands still while too few probes are below", () => {
    expect(breachOf({ terms, series: [lowFor(5), fine, fine], nowMs: NOW })).toBeNull();
  });

  it("names what is reached and what comes next, with their amounts", () => {
    expect(breachOf({ terms, series: [lowFor(4), lowFor(4), fine], nowMs: NOW })).toMatchObject({
      reached: { tier: 1, amount: "600000" },
      next: { tier: 2, minDurationMs: 6 * HOUR_MS, amount: "1050000" },
    });
  });

  it("has nothing next when the highest step is reached", () => {
    const breach = breachOf({ terms, series: [lowFor(9), lowFor(9), fine], nowMs: NOW });
    expect(breach).toMatchObject({ reached: { tier: 3, amount: "1500000" }, next: null });
  });

  it("begins anew after one reading at the threshold, which is not below it", () => {
    const touched = series((ago) => (ago === 1 ? 2 : 1.5));
    expect(breachOf({ terms, series: [touched, lowFor(6), fine], nowMs: NOW })).toMatchObject({
      durationMs: 50 * MINUTE_MS,
    });
  });

  it("does not count a gap that is longer than the policy allows", () => {
    const gap = series((ago) => (ago > 1 && ago < 1.6 ? undefined : 1.5));
    expect(breachOf({ terms, series: [gap, lowFor(6), fine], nowMs: NOW })?.durationMs).toBe(HOUR_MS);
  });

  it("stops when the readings stop", () => {
    const silent = lowFor(5).filter(({ timeMs }) => timeMs < NOW - 30 * MINUTE_MS);
    expect(breachOf({ terms, series: [silent, silent, fine], nowMs: NOW })).toBeNull();
  });

  it("takes a slot that was not measured for no breach", () => {
    const blind = series(() => null);
    expect(breachOf({ terms, series: [blind, blind, blind], nowMs: NOW })).toBeNull();
  });
});
