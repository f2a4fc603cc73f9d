import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isSampled,
  traceOfReading,
  traceOfTransaction,
  traceOnLedger,
} from "../../../telemetry/trace-ids.ts";

const devices = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));

describe("the trace of a reading", () => {
  it("is named by device and number, so that whoever holds the record finds it", () => {
    expect(traceOfReading("0a1b2c3d4e5f6071", 1234)).toEqual({
      traceId: "0a1b2c3d4e5f607100000000000004d2",
      spanId: "0a1b2c3d4e5f6071",
    });
  });

  it("has a valid id up to the last number of a stream", () => {
    const { traceId } = traceOfReading("ffffffffffffffff", 2 ** 48 - 1);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("the trace of something on a ledger", () => {
  it("differs by kind, by ledger and by number", () => {
    const ids = [
      traceOnLedger("batch", { genesis: "0x01", id: 1 }),
      traceOnLedger("claim", { genesis: "0x01", id: 1 }),
      traceOnLedger("batch", { genesis: "0x02", id: 1 }),
      traceOnLedger("batch", { genesis: "0x01", id: 2 }),
      traceOfTransaction("0x01"),
    ];
    expect(new Set(ids.map(({ traceId }) => traceId)).size).toBe(ids.length);
    expect(
      ids.every(({ traceId, spanId }) => /^[0-9a-f]{32}-[0-9a-f]{16}$/.test(`${traceId}-${spanId}`)),
    ).toBe(true);
  });

  it("is the same for a number and the bigint of it", () => {
    expect(traceOnLedger("claim", { genesis: "0x01", id: 7n })).toEqual(
      traceOnLedger("claim", { genesis: "0x01", id: 7 }),
    );
  });
});

describe("the share of readings that is traced", () => {
  it("is none at 0, all at 1, and grows with the share: who is in at a share is in at a greater one", () => {
    fc.assert(
      fc.property(
        devices,
        fc.maxSafeNat(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (device, n, ratio) => {
          const seq = n % 2 ** 48;
          expect(isSampled(device, seq, 0)).toBe(false);
          expect(isSampled(device, seq, 1)).toBe(true);
          if (isSampled(device, seq, ratio))
            expect(isSampled(device, seq, Math.min(1, ratio + 0.1))).toBe(true);
        },
      ),
    );
  });

  it("is near what was asked for, in every stream", () => {
    for (const [device] of fc.sample(fc.tuple(devices), { seed: 8, numRuns: 20 })) {
      const taken = Array.from({ length: 50_000 }, (_, seq) => isSampled(device, seq, 0.01)).filter(Boolean);
      expect(taken.length).toBeGreaterThan(350);
      expect(taken.length).toBeLessThan(650);
    }
  });
});
