import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextRecord, type RecordContext, stampAfter } from "../../../firmware-sim/next-record.ts";
import { decodeRecord, FLAG } from "../../../protocol/record.ts";
import { makeKey } from "../../factories.ts";

const CONTEXT: RecordContext = {
  device: makeKey("reader").deviceId,
  beacon: 0xdeadbeef,
  calibration: 7,
  calibrationOverdue: false,
  firstAfterPowerUp: false,
  clockSynchronised: true,
};
const HEAD = { nextSeq: 12, prev: new Uint8Array(32).fill(3), lastTimeMs: 1_000_000 };
const SAMPLE = { timeMs: 1_060_000, values: [6.5, 29, null, null, null, null, 0, null], simulated: false };

describe("stampAfter", () => {
  it.each([
    ["the first record", null, 5, { timeMs: 5, unsynchronised: false, stepped: false }],
    ["a clock that went on", 1000, 1001, { timeMs: 1001, unsynchronised: false, stepped: false }],
    ["a clock that stood still", 1000, 1000, { timeMs: 1001, unsynchronised: true, stepped: false }],
    [
      "a step back of five minutes",
      400_000,
      100_000,
      { timeMs: 400_001, unsynchronised: true, stepped: false },
    ],
    ["a step back of more", 400_001, 100_000, { timeMs: 100_000, unsynchronised: false, stepped: true }],
  ])("after %s", (_, lastMs, sampleMs, stamp) => {
    expect(stampAfter(lastMs, sampleMs)).toEqual(stamp);
  });

  it("gives increasing times whatever small steps the clock makes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -299_000, max: 120_000 })), (steps) => {
        let clockMs = 1e12;
        let lastMs: number | null = null;
        for (const step of steps) {
          // Steps back that add up to more than the tolerance are a jump, and not this property's.
          clockMs = Math.max(clockMs + step, (lastMs ?? 0) - 300_000);
          const { timeMs } = stampAfter(lastMs, clockMs);
          if (lastMs !== null) expect(timeMs).toBeGreaterThan(lastMs);
          lastMs = timeMs;
        }
      }),
    );
  });
});

describe("nextRecord", () => {
  it("continues number, chain and time", () => {
    const reading = decodeRecord(nextRecord(HEAD, SAMPLE, CONTEXT).record);
    expect(reading).toEqual({
      flags: 0,
      device: CONTEXT.device,
      beacon: 0xdeadbeef,
      seq: 12,
      timeMs: 1_060_000,
      calibration: 7,
      values: SAMPLE.values,
      prev: HEAD.prev,
    });
  });

  it.each([
    ["power-up", {}, { firstAfterPowerUp: true }, FLAG.firstAfterPowerUp],
    ["an unsynchronised clock", {}, { clockSynchronised: false }, FLAG.clockNotSynchronised],
    ["a clock that stands still", { timeMs: 1_000_000 }, {}, FLAG.clockNotSynchronised],
    ["a probe out of the water", { outOfWater: true }, {}, FLAG.tampered],
    ["a simulated source", { simulated: true }, {}, FLAG.simulated],
  ])("flags %s", (_, sample, context, flag) => {
    const { record } = nextRecord(HEAD, { ...SAMPLE, ...sample }, { ...CONTEXT, ...context });
    expect(decodeRecord(record).flags).toBe(flag);
  });

  it("turns what no slot can hold into not measured, and makes a record of any sample", () => {
    const value = fc.oneof(fc.constant(null), fc.double());
    fc.assert(
      fc.property(fc.array(value, { minLength: 8, maxLength: 8 }), (values) => {
        const { record, unencodable } = nextRecord(HEAD, { ...SAMPLE, values }, CONTEXT);
        const kept = decodeRecord(record).values.filter((slot) => slot !== null).length;
        expect(kept + unencodable).toBe(values.filter((slot) => slot !== null).length);
      }),
    );
  });
});
