import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PondSummary, ProbeState, ReadingPoint } from "../../../../portal/api.ts";
import { lowerMedian, pondSummary, worstFirst } from "../../../../portal/server/pond-state.ts";
import { directory, site } from "../fixture/story.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** 10:00 in the morning at the ponds. */
const NOW = Date.UTC(2026, 7, 10, 2);
const pond = directory.ponds[0]!;

type ProbeChange = { oxygen: (timeMs: number) => number; link?: ProbeState["link"]; currentA?: number };

function makePond(...changes: ProbeChange[]): PondSummary {
  const probes = changes.map(({ oxygen, link = "online", currentA = null }, i) => {
    const points = Array.from({ length: 145 }, (_, seq): ReadingPoint => {
      const timeMs = NOW - (144 - seq) * 10 * MINUTE_MS;
      return { seq, timeMs, values: [oxygen(timeMs), 27, null, null, null, null, currentA ?? null, null] };
    });
    const last = points.at(-1)!;
    const state: ProbeState = {
      device: pond.probes[i]!,
      streamId: null,
      link,
      periodMs: 10 * MINUTE_MS,
      nextSeq: 145,
      lastTimeMs: last.timeMs,
      latest: last.values,
      holes: 0,
      verdicts: {},
    };
    return { state, points };
  });
  return pondSummary({ pond, probes, policy: undefined, claims: [], place: site, nowMs: NOW });
}

describe("a pond", () => {
  it("shows the middle probe, so that one broken probe neither frightens nor lulls", () => {
    const summary = makePond({ oxygen: () => 6 }, { oxygen: () => 5.5 }, { oxygen: () => 0 });
    expect(summary).toMatchObject({ oxygenMgPerL: 5.5, mood: "good", level: "normal" });
  });

  it("shows the worse of two probes", () => {
    expect(makePond({ oxygen: () => 6 }, { oxygen: () => 2.5 })).toMatchObject({
      oxygenMgPerL: 2.5,
      mood: "danger",
    });
  });

  it("does not take an old value for a current one", () => {
    const summary = makePond({ oxygen: () => 6, link: "stale" }, { oxygen: () => 6, link: "offline" });
    expect(summary).toMatchObject({ mood: "stale", oxygenMgPerL: null, level: null, trend: null });
    expect(summary.lastTimeMs).toBe(NOW);
    expect(summary.probes).toEqual({ online: 0, total: 2 });
  });

  it.each([
    ["rising", (timeMs: number) => 5 + (timeMs - NOW) / HOUR_MS],
    ["falling", (timeMs: number) => 5 - (timeMs - NOW) / HOUR_MS],
    ["steady", () => 5],
  ] as const)("is %s by the last half hour", (trend, oxygen) => {
    expect(makePond({ oxygen }, { oxygen }).trend).toBe(trend);
  });

  it("remembers last night's minimum and when it was", () => {
    const dawn = Date.UTC(2026, 7, 9, 21);
    const summary = makePond({ oxygen: (timeMs) => (timeMs === dawn ? 2.1 : 6) });
    expect(summary.night).toEqual({ minMgPerL: 2.1, atMs: dawn, over: true });
  });

  it("keeps a dip of one reading visible in its spark line", () => {
    const dip = NOW - 11 * HOUR_MS;
    const summary = makePond({ oxygen: (timeMs) => (timeMs === dip ? 1.2 : 6) });
    expect(Math.min(...summary.spark.filter((value) => value !== null))).toBe(1.2);
    expect(summary.spark).toHaveLength(48);
  });

  it("tells an aerator that runs from one that draws only its standby current", () => {
    expect(makePond({ oxygen: () => 6, currentA: 5.8 }).aerator).toEqual({ currentA: 5.8, running: true });
    expect(makePond({ oxygen: () => 6, currentA: 0.02 }).aerator?.running).toBe(false);
    expect(makePond({ oxygen: () => 6 }).aerator).toBeNull();
  });

  it("that needs somebody comes first: danger, then silence, then low, then all right", () => {
    const ponds = [
      makePond({ oxygen: () => 7 }),
      makePond({ oxygen: () => 4 }),
      makePond({ oxygen: () => 6, link: "stale" }),
      makePond({ oxygen: () => 2.2 }),
      makePond({ oxygen: () => 1.1 }),
    ];
    expect(ponds.sort(worstFirst).map(({ mood, oxygenMgPerL }) => [mood, oxygenMgPerL])).toEqual([
      ["danger", 1.1],
      ["danger", 2.2],
      ["stale", null],
      ["watch", 4],
      ["good", 7],
    ]);
  });
});

describe("the lower median", () => {
  it("is a value of the list with at most half of the list below it", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), (values) => {
        const median = lowerMedian(values)!;
        expect(values).toContain(median);
        expect(values.filter((value) => value < median).length).toBeLessThan(values.length / 2 + 0.5);
        expect(values.filter((value) => value <= median).length).toBeGreaterThanOrEqual(values.length / 2);
      }),
    );
  });

  it("of nothing is nothing", () => {
    expect(lowerMedian([])).toBeNull();
  });
});
