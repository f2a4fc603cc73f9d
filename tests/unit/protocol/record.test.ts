import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPondproofError } from "../../../protocol/errors.ts";
import {
  decodeRecord,
  decodeValue,
  encodeRecord,
  encodeValue,
  FLAG,
  METRICS,
  notMeasuredFlag,
  type Reading,
  recordDevice,
  recordFlags,
  recordPrev,
  recordProblem,
  recordSeq,
  recordTimeMs,
  recordValues,
  slotOf,
} from "../../../protocol/record.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
/** Any slot value, as the physical value it stands for. */
const value = fc.integer({ min: 1 - 2 ** 31, max: 2 ** 31 - 1 }).map((thousandths) => thousandths / 1000);

const reading: fc.Arbitrary<Reading> = fc.record({
  flags: uint(5),
  device: bytes(8),
  beacon: uint(32),
  seq: uint(48),
  timeMs: uint(48),
  calibration: uint(32),
  values: fc.array(fc.option(value), { minLength: 8, maxLength: 8 }),
  prev: bytes(32),
});

const plain: Reading = {
  flags: FLAG.simulated,
  device: new Uint8Array(8).fill(7),
  beacon: 1,
  seq: 2,
  timeMs: 3,
  calibration: 4,
  values: [5.5, 21.25, 7.8, null, null, null, 0, 0],
  prev: new Uint8Array(32).fill(9),
};

function refusalOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    if (isPondproofError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describe("the record codec", () => {
  it("gives every reading back", () => {
    fc.assert(
      fc.property(reading, (original) => {
        const record = encodeRecord(original);
        expect(recordProblem(record)).toBeUndefined();
        expect(decodeRecord(record)).toEqual(original);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives the bytes of every well-formed record back, and calls no other well-formed", () => {
    const nearly = fc.tuple(reading, fc.array(fc.tuple(fc.nat(95), fc.nat(255)), { maxLength: 3 }));
    fc.assert(
      fc.property(nearly, ([original, changes]) => {
        const record = encodeRecord(original);
        for (const [at, byte] of changes) record[at] = byte;
        if (recordProblem(record) === undefined) expect(encodeRecord(decodeRecord(record))).toEqual(record);
        else expect(refusalOf(() => decodeRecord(record))).toBe("MALFORMED_RECORD");
      }),
      { numRuns: 1000 },
    );
  });

  it("puts every field where the protocol says", () => {
    const record = encodeRecord(plain);
    const view = new DataView(record.buffer);
    expect(view.getUint16(0)).toBe(1);
    expect(view.getUint16(2)).toBe(0b0011_1000_0001_0000);
    expect(record.slice(4, 12)).toEqual(plain.device);
    expect(view.getUint32(12)).toBe(1);
    expect(view.getBigUint64(16) >> 16n).toBe(2n);
    expect(view.getBigUint64(20) & 0xffff_ffff_ffffn).toBe(3n);
    expect(view.getUint32(28)).toBe(4);
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((slot) => view.getUint32(32 + 4 * slot))).toEqual([
      0x8000_157c, 0x8000_5302, 0x8000_1e78, 0, 0, 0, 0x8000_0000, 0x8000_0000,
    ]);
    expect(record.slice(64)).toEqual(plain.prev);
  });

  it("lets every field be read without decoding the rest, from a frame too", () => {
    fc.assert(
      fc.property(reading, (original) => {
        const frame = new Uint8Array(160);
        frame.set(encodeRecord(original));
        expect(recordSeq(frame)).toBe(original.seq);
        expect(recordTimeMs(frame)).toBe(original.timeMs);
        expect(recordFlags(frame) & 0xff).toBe(original.flags);
        expect(recordDevice(frame)).toEqual(original.device);
        expect(recordValues(frame)).toEqual(frame.subarray(32, 64));
        expect(recordPrev(frame)).toEqual(original.prev);
      }),
    );
  });

  it("calls malformed: another length, schema, an undefined flag, a slot against its flag", () => {
    const record = encodeRecord(plain);
    const changed = (at: number, byte: number) => {
      const copy = record.slice();
      copy[at] = byte;
      return copy;
    };
    const malformed: Record<string, Uint8Array> = {
      "no bytes": new Uint8Array(),
      "one byte less": record.subarray(0, 95),
      "one byte more": new Uint8Array(97),
      "a frame": new Uint8Array(160),
      "schema 0": changed(1, 0),
      "schema 2": changed(1, 2),
      "schema 257": changed(0, 1),
      "flag bit 5": changed(3, record[3]! | (1 << 5)),
      "flag bit 6": changed(3, record[3]! | (1 << 6)),
      "flag bit 7": changed(3, record[3]! | (1 << 7)),
    };
    for (let slot = 0; slot < 8; slot++) {
      malformed[`slot ${slot} flipped flag`] = changed(2, record[2]! ^ (1 << slot));
      const flippedSlot = record.slice();
      const isAbsent = plain.values[slot] === null;
      flippedSlot.fill(isAbsent ? 1 : 0, 32 + 4 * slot, 36 + 4 * slot);
      malformed[`slot ${slot} flipped value`] = flippedSlot;
    }
    for (const [name, bytes] of Object.entries(malformed)) {
      expect(recordProblem(bytes), name).toBeDefined();
      expect(
        refusalOf(() => decodeRecord(bytes)),
        name,
      ).toBe("MALFORMED_RECORD");
    }
  });

  it("refuses to encode what does not fit", () => {
    const unfit: Partial<Reading>[] = [
      { device: new Uint8Array(7) },
      { prev: new Uint8Array(31) },
      { values: [1, 2, 3] },
      { flags: 1 << 5 },
      { flags: notMeasuredFlag(0) },
      { flags: -1 },
      { beacon: 2 ** 32 },
      { seq: 2 ** 48 },
      { seq: -1 },
      { seq: 0.5 },
      { timeMs: 2 ** 48 },
      { timeMs: Number.NaN },
      { calibration: 2 ** 32 },
      { values: [2 ** 31 / 1000, null, null, null, null, null, null, null] },
      { values: [-(2 ** 31) / 1000, null, null, null, null, null, null, null] },
      { values: [Number.NaN, null, null, null, null, null, null, null] },
      { values: [Number.POSITIVE_INFINITY, null, null, null, null, null, null, null] },
    ];
    for (const change of unfit)
      expect(
        refusalOf(() => encodeRecord({ ...plain, ...change })),
        JSON.stringify(change),
      ).toBe("INVALID_ARGUMENT");
  });

  it("rounds a value to thousandths and keeps the order of values", () => {
    expect([0, -0.0004, 0.0006, 2, -999].map(encodeValue)).toEqual([
      2 ** 31,
      2 ** 31,
      2 ** 31 + 1,
      2 ** 31 + 2000,
      2 ** 31 - 999_000,
    ]);
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(decodeValue(encodeValue(a))).toBe(a);
        expect(Math.sign(encodeValue(a) - encodeValue(b))).toBe(Math.sign(a - b));
      }),
    );
  });

  it("names each slot once", () => {
    expect(METRICS.map(({ name }) => slotOf(name))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
