import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecastOxygen } from "../../../../science/foresight/forecast.ts";
import type { OxygenSample } from "../../../../science/foresight/history.ts";
import { foreseeNight, nextSunriseMs } from "../../../../science/foresight/night-ahead.ts";
import { sayCrossing } from "../../../../science/foresight/night-words.ts";
import { DAY_MS, HUZHOU, madePond, START_MS } from "./made-pond.ts";

const HOUR_MS = 3_600_000;
const pond = madePond({ days: 20 });
/** Nine in the evening of a day. */
const evening = (day: number) => START_MS + day * DAY_MS + 21 * HOUR_MS;

const near = (samples: readonly OxygenSample[], timeMs: number) => {
  const within = samples.filter((it) => it.timeMs > timeMs - HOUR_MS / 2 && it.timeMs <= timeMs);
  return within.reduce((sum, it) => sum + it.oxygenMgPerL, 0) / within.length;
};

function forecastAt(samples: readonly OxygenSample[], nowMs: number, leadSteps: number[]) {
  const said = forecastOxygen({ samples, nowMs, leadSteps });
  if (!Array.isArray(said)) throw new Error(said.why);
  return said;
}

describe("the oxygen forecast", () => {
  it.each([3, 6, 8])("finds the law of a pond that has one, %d hours ahead", (hours) => {
    for (const day of [8, 11, 15]) {
      const [forecast] = forecastAt(pond, evening(day), [2 * hours]);
      const truth = near(pond, evening(day) + hours * HOUR_MS);
      expect(Math.abs(forecast!.oxygenMgPerL - truth)).toBeLessThan(0.15);
      expect(forecast!.basis).toBe("past-nights");
    }
  });

  it("never looks at what comes after the moment it is made", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 15 }),
        fc.double({ min: 0, max: 20, noNaN: true }),
        (day, lie) => {
          const nowMs = evening(day);
          const altered = pond.map((it) => (it.timeMs > nowMs ? { ...it, oxygenMgPerL: lie } : it));
          expect(forecastAt(altered, nowMs, [6, 12])).toEqual(forecastAt(pond, nowMs, [6, 12]));
        },
      ),
      { numRuns: 20 },
    );
  });

  it("stretches tonight's fall on the first night and says so", () => {
    const first = pond.filter(({ timeMs }) => timeMs > evening(0) - 4 * HOUR_MS);
    const [forecast] = forecastAt(first, evening(0), [6]);
    expect(forecast).toMatchObject({ basis: "tonight", judgedBy: 0 });
  });

  it("says nothing without a reading of the last hour, or of the last three", () => {
    const leadSteps = [6];
    const nowMs = evening(5);
    const silent = pond.filter(({ timeMs }) => timeMs < nowMs - 2 * HOUR_MS);
    expect(forecastOxygen({ samples: silent, nowMs, leadSteps })).toEqual({ why: "no-current-reading" });
    const young = pond.filter(({ timeMs }) => timeMs > nowMs - HOUR_MS);
    expect(forecastOxygen({ samples: young, nowMs, leadSteps })).toEqual({ why: "too-little-history" });
    expect(forecastOxygen({ samples: [], nowMs, leadSteps })).toEqual({ why: "no-current-reading" });
  });

  it("keeps its bounds in order and above zero, whatever it is fed", () => {
    const reading = fc.record({
      minutes: fc.integer({ min: 0, max: 5 * 1440 }),
      oxygenMgPerL: fc.double({ min: 0, max: 25, noNaN: true }),
      temperatureC: fc.double({ min: 0, max: 40, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(reading, { maxLength: 200 }), (readings) => {
        const samples = readings
          .map(({ minutes, ...values }) => ({ timeMs: START_MS + minutes * 60_000, ...values }))
          .sort((a, b) => a.timeMs - b.timeMs);
        const nowMs = samples.at(-1)?.timeMs ?? START_MS;
        const said = forecastOxygen({ samples, nowMs, leadSteps: [1, 6, 18] });
        if (!Array.isArray(said)) return;
        for (const { lowMgPerL, oxygenMgPerL, highMgPerL } of said) {
          expect(lowMgPerL).toBeGreaterThanOrEqual(0);
          expect(lowMgPerL).toBeLessThanOrEqual(oxygenMgPerL);
          expect(oxygenMgPerL).toBeLessThan(highMgPerL);
        }
      }),
    );
  });
});

describe("the night ahead", () => {
  it("is lowest near sunrise, and names the levels that will be crossed", () => {
    const dense = madePond({ days: 12, respirationMgPerLPerH: 0.45 });
    const nowMs = evening(10);
    const night = foreseeNight({ samples: dense, nowMs, place: HUZHOU, levelsMgPerL: [5, 0.1] });
    if (night.kind !== "foreseen") throw new Error(night.why);
    expect(Math.abs(night.lowest.atMs - night.sunriseMs)).toBeLessThan(1.5 * HOUR_MS);
    expect(sayCrossing(night.crossings[0]!, () => "03:30")).toEqual({
      en: "Oxygen will probably fall below 5.0 mg/L around 03:30.",
      zh: "预计 03:30 左右溶氧低于 5.0 mg/L。",
    });
    const below5 = dense.find((it) => it.timeMs > nowMs && it.oxygenMgPerL < 5);
    expect(night.crossings).toHaveLength(1);
    expect(night.crossings[0]).toMatchObject({ belowMgPerL: 5, certainty: "likely" });
    expect(Math.abs(night.crossings[0]!.atMs - below5!.timeMs)).toBeLessThan(1.5 * HOUR_MS);
  });

  it("is not foreseen by day", () => {
    const noon = START_MS + 10 * DAY_MS + 12 * HOUR_MS;
    const night = foreseeNight({ samples: pond, nowMs: noon, place: HUZHOU, levelsMgPerL: [] });
    expect(night).toEqual({ kind: "unforeseen", why: "daylight" });
    expect(nextSunriseMs(evening(0), { latitudeDeg: -89, longitudeDeg: 0 })).toBeUndefined();
  });
});
