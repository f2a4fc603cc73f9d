import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FARMS, INSURED_POND } from "../../../../firmware-sim/farms.ts";
import type { PondEvent } from "../../../../firmware-sim/pond/events.ts";
import { createPondSource } from "../../../../firmware-sim/pond/pond-source.ts";
import { measure } from "../../../../firmware-sim/pond/sensor.ts";
import { createPond, type PondOptions } from "../../../../firmware-sim/pond/simulation.ts";

const HOUR_MS = 3_600_000;
const START = Date.parse("2026-07-15T16:00:00+08:00");
const SPEC = FARMS.flatMap(({ ponds }) => ponds).find(({ id }) => id === INSURED_POND)!;
const PROBE = { ...SPEC.probes[0]!, cleanedMs: START };

function makePond(options: Partial<PondOptions> = {}) {
  return createPond({
    spec: SPEC,
    start: { timeMs: START, oxygenMgPerL: 7, temperatureC: 29 },
    seed: "test",
    ...options,
  });
}

describe("a pond", () => {
  it("is the same whoever looks at it, how often and in which order", () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 1200 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(minutes, (asked) => {
        const pond = makePond();
        for (const minute of asked) {
          const timeMs = START + minute * 60_000;
          expect(pond.at(timeMs)).toEqual(makePond().at(timeMs));
        }
      }),
      { numRuns: 20 },
    );
  });

  it("refuses to say what it was before it began", () => {
    expect(() => makePond().at(START - 1)).toThrow("INVALID_ARGUMENT");
  });

  it("gains oxygen, warmth and pH by day and loses them by night", () => {
    const pond = makePond({ start: { timeMs: START, oxygenMgPerL: 6, temperatureC: 29 } });
    const ph = (timeMs: number) => measure(PROBE, { pond, timeMs }).get("ph")!;
    const dawn = START + 13.5 * HOUR_MS;
    const afternoon = START + 24 * HOUR_MS;
    expect(pond.at(dawn).upper.oxygenMgPerL).toBeLessThan(6);
    expect(pond.at(afternoon).upper.oxygenMgPerL).toBeGreaterThan(8);
    expect(pond.at(afternoon).upper.temperatureC).toBeGreaterThan(pond.at(dawn).upper.temperatureC + 1);
    expect(ph(afternoon)).toBeGreaterThan(ph(dawn) + 0.3);
  });

  it("layers in the sun and overturns at night", () => {
    const pond = makePond();
    const difference = (timeMs: number) => {
      const { upper, lower } = pond.at(timeMs);
      return upper.temperatureC - lower.temperatureC;
    };
    expect(difference(START + 22 * HOUR_MS)).toBeGreaterThan(0.3);
    expect(Math.abs(difference(START + 10 * HOUR_MS))).toBeLessThan(0.1);
  });

  it("draws current while its aerator runs, a little when the wheel is gone, none when the motor is dead", () => {
    const failing = (fault: "idling" | "dead"): PondEvent => ({
      kind: "aerator-failure",
      fault,
      failedPart: 1,
      atMs: START,
      untilMs: START + 24 * HOUR_MS,
    });
    const currentA = (events: PondEvent[]) => makePond({ events }).at(START + 8 * HOUR_MS).aeratorCurrentA;
    const running = currentA([]);
    expect(running).toBeGreaterThan(20);
    expect(currentA([failing("idling")])).toBeCloseTo(0.4 * running, 6);
    expect(currentA([failing("dead")])).toBe(0);
  });

  // domain.md §2.4: hours from 5 mg/L at 29 °C, 1.8 m and 1 m/s, by night and without aerator. The table holds wind and
  // temperature, this pond's weather does not: hence the width.
  it.each([
    [1000, 5.2, 8.3],
    [1500, 4.2, 6.6],
    [2000, 3.5, 5.5],
    [3000, 2.6, 4.1],
  ])("of %d kg/mu without aerator falls below 3 and 2 mg/L in about %d and %d hours", (stock, to3, to2) => {
    const dusk = START + 4 * HOUR_MS;
    const pond = makePond({
      spec: { ...SPEC, stockKgPerMu: stock, aerator: { ...SPEC.aerator, powerKw: 0 } },
      start: { timeMs: dusk, oxygenMgPerL: 5, temperatureC: 29.3 },
    });
    const hoursTo = (limit: number) => {
      let timeMs = dusk;
      while (pond.at(timeMs).lower.oxygenMgPerL > limit) timeMs += 60_000;
      return (timeMs - dusk) / HOUR_MS;
    };
    expect(Math.abs(hoursTo(3) / to3 - 1)).toBeLessThan(0.2);
    expect(Math.abs(hoursTo(2) / to2 - 1)).toBeLessThan(0.2);
  });

  it("never has negative oxygen, whatever dies in it", () => {
    const events: PondEvent[] = [
      {
        kind: "bloom-die-off",
        atMs: START,
        untilMs: START + 48 * HOUR_MS,
        productionFactor: 0,
        waterDemandFactor: 20,
      },
    ];
    const pond = makePond({ events });
    for (let hour = 0; hour < 48; hour++) {
      const { upper, lower } = pond.at(START + hour * HOUR_MS);
      expect(Math.min(upper.oxygenMgPerL, lower.oxygenMgPerL)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("a probe", () => {
  it("scatters by hundredths of a milligram around its own small error", () => {
    const pond = makePond();
    const errors = Array.from({ length: 500 }, (_, i) => {
      const shown = measure(PROBE, { pond, timeMs: START + i }).get("oxygen")!;
      return shown - 7;
    });
    const mean = errors.reduce((sum, x) => sum + x, 0) / errors.length;
    const sigma = Math.sqrt(errors.reduce((sum, x) => sum + (x - mean) ** 2, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan(0.2);
    expect(sigma).toBeGreaterThan(0.02);
    expect(sigma).toBeLessThan(0.05);
  });

  it("shows the same sample again after a restart", () => {
    const timeMs = START + 3 * HOUR_MS + 12_345;
    expect(measure(PROBE, { pond: makePond(), timeMs })).toEqual(
      measure(PROBE, { pond: makePond(), timeMs }),
    );
  });

  it("reads low when nobody has cleaned it for a month", () => {
    const pond = makePond();
    const fouled = measure({ ...PROBE, cleanedMs: START - 30 * 24 * HOUR_MS }, { pond, timeMs: START });
    const clean = measure(PROBE, { pond, timeMs: START });
    expect(fouled.get("oxygen")! / clean.get("oxygen")!).toBeCloseTo(0.8, 2);
  });
});

describe("the pond source", () => {
  const signal = new AbortController().signal;
  const sourceAt = (events: PondEvent[]) => {
    let nowMs = START;
    const source = createPondSource({
      pond: makePond({ events }),
      probe: PROBE,
      clock: { now: () => nowMs },
    });
    return async (timeMs: number) => {
      nowMs = timeMs;
      const samples = await source.sample({ timeMs, afterMs: null, signal });
      if (samples === "end") throw new Error("a pond does not end");
      return samples;
    };
  };

  it("measures what its probe has and leaves the rest null, flagged as simulated", async () => {
    const pond = makePond();
    const basic = { ...SPEC.probes[1]!, cleanedMs: START };
    const source = createPondSource({ pond, probe: basic, clock: { now: () => START } });
    const samples = await source.sample({ timeMs: START, afterMs: null, signal });
    expect(samples).toEqual([expect.objectContaining({ timeMs: START, simulated: true, outOfWater: false })]);
    const values = samples === "end" ? [] : samples[0]!.values;
    expect(values.map((value) => value === null)).toEqual([
      false,
      false,
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });

  it("counts feed from one sample to the next, and does not know it before the first", async () => {
    const sampleAt = sourceAt([]);
    const beforeMeal = START + 10 * 60_000;
    expect((await sampleAt(beforeMeal))[0]!.values[7]).toBeNull();
    expect((await sampleAt(beforeMeal + 2 * HOUR_MS))[0]!.values[7]).toBeCloseTo((8 * 2200 * 0.02) / 2, 1);
    expect((await sampleAt(beforeMeal + 4 * HOUR_MS))[0]!.values[7]).toBe(0);
  });

  it("falls silent when its cable is cut, and only then", async () => {
    const sampleAt = sourceAt([
      { kind: "cut-cable", probe: PROBE.id, atMs: START + HOUR_MS },
      { kind: "cut-cable", probe: "another", atMs: START },
    ]);
    expect(await sampleAt(START)).toHaveLength(1);
    expect(await sampleAt(START + HOUR_MS)).toEqual([]);
  });

  it("shows air while it is cleaned, and says that it is out", async () => {
    const sampleAt = sourceAt([
      { kind: "cleaning", probe: PROBE.id, atMs: START + HOUR_MS, untilMs: START + 2 * HOUR_MS },
    ]);
    const [out] = await sampleAt(START + HOUR_MS);
    expect(out!.outOfWater).toBe(true);
    expect(out!.values[2]).toBeNull();
    expect(out!.values[0]).toBeGreaterThan(7);
    const [back] = await sampleAt(START + 2 * HOUR_MS);
    expect(back!.outOfWater).toBe(false);
  });
});
