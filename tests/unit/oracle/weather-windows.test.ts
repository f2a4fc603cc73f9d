import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { weatherWindows } from "../../../oracle/weather-windows.ts";
import { evaluate } from "../../../protocol/evaluate.ts";
import { type FeedSeries, feedWindow } from "../../../protocol/feed-window.ts";
import { encodeValue } from "../../../protocol/record.ts";
import { COMPARISON, NO_CONDITION, type Peril, SOURCE } from "../../../protocol/terms.ts";

const DAY_S = 86_400;
const DAY_MS = 1000 * DAY_S;
const NEVER = Number.MAX_SAFE_INTEGER;

const HEAT: Peril = {
  source: SOURCE.feed,
  metric: 0,
  comparison: COMPARISON.atOrAbove,
  tiers: [2, 3].map((days) => ({
    threshold: encodeValue(37),
    minDurationMs: days * DAY_MS,
    payoutBps: days * 1_000,
  })),
  validMin: encodeValue(-60),
  validMax: encodeValue(60),
  maxGapMs: DAY_MS,
  maxMissing: 1,
  separationSeconds: DAY_S,
  deductible: 0n,
  sublimit: 1n,
  second: NO_CONDITION,
};
const TERMS = { perils: [HEAT], allowedFlags: 0 };
const COVER = { peril: 0, coverFromMs: DAY_MS, endsAtMs: 100 * DAY_MS, termsMs: { from: 0, to: NEVER } };

/** Day n ended at n × a day. */
function seriesOf(days: readonly (number | undefined)[]): FeedSeries {
  const values = new Map(
    days.flatMap((value, n) => (value === undefined ? [] : [[(n + 1) * DAY_S, encodeValue(value)] as const])),
  );
  return { metric: 0, periodSeconds: DAY_S, offsetSeconds: 0, values };
}

const found = (days: readonly (number | undefined)[], cover = COVER) =>
  weatherWindows(seriesOf(days), TERMS, cover).map(({ fromMs, toMs, payoutBps }) => [
    fromMs / DAY_MS,
    toMs / DAY_MS,
    payoutBps,
  ]);

describe("windows of weather that pay", () => {
  it("are whole runs of hot days, each once", () => {
    expect(found([36, 37, 38, 36, 38])).toEqual([[1, 3, 2_000]]);
    expect(found([36, 37, 38, 39, 39, 30, 37, 37])).toEqual([
      [1, 5, 3_000],
      [6, 8, 2_000],
    ]);
    expect(found([36, 37, 36])).toEqual([]);
  });

  it("reach over a day that nobody reported, as far as the terms forgive it", () => {
    expect(found([36, 37, undefined, 38, undefined, 38])).toEqual([[1, 4, 3_000]]);
    expect(found([36, undefined, 37, 38, 38])).toEqual([[2, 5, 3_000]]);
    expect(found([36, undefined, undefined, 37, 38, 38])).toEqual([]);
  });

  it("begin inside the cover, and end before it does", () => {
    expect(found([38, 38, 38])).toEqual([]);
    expect(found([36, 38, 38, 38], { ...COVER, coverFromMs: DAY_MS + 1 })).toEqual([]);
    expect(found([36, 38, 38, 38], { ...COVER, endsAtMs: 4 * DAY_MS })).toEqual([[1, 3, 2_000]]);
    expect(found([36, 38, 38, 38], { ...COVER, termsMs: { from: DAY_MS + 1, to: NEVER } })).toEqual([]);
  });

  it("pay what the best of all possible windows pays", () => {
    const day = fc.option(fc.constantFrom(35, 36.999, 37, 37.5, 61), { nil: undefined, freq: 6 });
    fc.assert(
      fc.property(fc.array(day, { minLength: 3, maxLength: 12 }), (days) => {
        const series = seriesOf(days);
        const best = Math.max(0, ...[...everyWindow(days.length)].map((window) => rateOf(series, window)));
        expect(Math.max(0, ...found(days).map(([, , bps]) => bps!))).toBe(best);
      }),
      { numRuns: 300 },
    );
  });
});

/** Every window with every observation before it. */
function* everyWindow(days: number): Generator<{ fromMs: number; toMs: number; beforeS: number }> {
  for (let from = 1; from < days; from++)
    for (let to = from + 1; to <= days; to++)
      for (let before = 1; before <= from; before++)
        yield { fromMs: from * DAY_MS, toMs: to * DAY_MS, beforeS: before * DAY_S };
}

function rateOf(
  series: FeedSeries,
  { beforeS, ...window }: { fromMs: number; toMs: number; beforeS: number },
) {
  const shown = feedWindow(series, window, beforeS);
  if (shown.kind === "refused") return 0;
  const { coverFromMs } = COVER;
  const judged = evaluate({
    peril: HEAT,
    minSensors: 1,
    allowedFlags: 0,
    coverFromMs,
    probes: [shown.evidence],
  });
  return judged.met ? judged.payoutBps : 0;
}
