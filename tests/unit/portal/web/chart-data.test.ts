import { describe, expect, it } from "vitest";
import type { ReadingSeries } from "../../../../portal/api.ts";
import { hourly, linesOf, stepOf } from "../../../../portal/web/chart-data.ts";

const MINUTE_MS = 60_000;
const values = (oxygen: number | null) => [oxygen, null, null, null, null, null, null, null];

function makeSeries(points: [minute: number, oxygen: number | null][], holes: ReadingSeries["holes"] = []) {
  return {
    device: "0011223344556677",
    points: points.map(([minute, oxygen], seq) => ({
      timeMs: minute * MINUTE_MS,
      values: values(oxygen),
      seq,
    })),
    holes,
  };
}

describe("a line of the chart", () => {
  it("goes from reading to reading", () => {
    const [line] = linesOf(
      [
        makeSeries([
          [0, 5],
          [1, 5.1],
          [2, 5.2],
        ]),
      ],
      0,
      MINUTE_MS,
    );
    expect(line).toMatchObject({ xs: [0, 60, 120], ys: [5, 5.1, 5.2] });
  });

  it("breaks where a probe was silent for several periods", () => {
    const [line] = linesOf(
      [
        makeSeries([
          [0, 5],
          [1, 5.1],
          [9, 5.2],
        ]),
      ],
      0,
      MINUTE_MS,
    );
    expect(line!.ys).toEqual([5, 5.1, null, 5.2]);
    expect(line!.xs[2]).toBe(300);
  });

  it("breaks at a hole, even a short one", () => {
    const series = makeSeries(
      [
        [0, 5],
        [1, 5.1],
        [3, 5.2],
      ],
      [{ fromSeq: 2, toSeq: 2 }],
    );
    series.points[2]!.seq = 3;
    expect(linesOf([series], 0, MINUTE_MS)[0]!.ys).toEqual([5, 5.1, null, 5.2]);
  });

  it("breaks where the metric was not measured", () => {
    expect(
      linesOf(
        [
          makeSeries([
            [0, 5],
            [1, null],
            [2, 5],
          ]),
        ],
        0,
        MINUTE_MS,
      )[0]!.ys,
    ).toEqual([5, null, 5]);
  });

  it("does not break between the points of a down-sampled span", () => {
    const stepMs = stepOf({ periodMs: MINUTE_MS, spanMs: 1_000 * MINUTE_MS, maxPoints: 100 });
    expect(stepMs).toBe(10 * MINUTE_MS);
    expect(
      linesOf(
        [
          makeSeries([
            [0, 5],
            [18, 5],
            [20, 5],
          ]),
        ],
        0,
        stepMs,
      )[0]!.ys,
    ).toEqual([5, 5, 5]);
  });
});

describe("the table beside the chart", () => {
  it("has the least of every hour and probe, newest first", () => {
    const rows = hourly([
      makeSeries([
        [0, 5],
        [30, 4],
        [61, 3],
      ]),
      makeSeries([
        [59, 2],
        [130, null],
      ]),
    ]);
    expect(rows).toEqual([
      { hourMs: 60 * MINUTE_MS, least: [3, null] },
      { hourMs: 0, least: [4, 2] },
    ]);
  });
});
