import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareBytes,
  equalBytes,
  fromHex,
  readUint,
  toHex,
  uintWord,
  writeUint,
} from "../../../protocol/bytes.ts";

describe("bytes", () => {
  it("come back from hex, with 0x or without, in any case", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const hex = toHex(bytes);
        for (const form of [hex, hex.slice(2), `0x${hex.slice(2).toUpperCase()}`])
          expect(fromHex(form, bytes.length)).toEqual(bytes);
      }),
    );
  });

  it("are not read from what is no hex, or of another length", () => {
    for (const text of ["0", "0x0", "0xzz", "zz", "0X00", " 00", "00 ", "0x0x00", "00\n"])
      expect(() => fromHex(text), text).toThrow("INVALID_ARGUMENT");
    expect(() => fromHex("0x0000", 1)).toThrow("INVALID_ARGUMENT");
    expect(() => fromHex("", 1)).toThrow("INVALID_ARGUMENT");
  });

  it("hold integers of 1 to 6 bytes, and refuse any other", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(4),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (length, at, part) => {
          const value = Math.floor(part * (256 ** length - 1));
          const bytes = new Uint8Array(12).fill(0xee);
          writeUint(bytes, at, length, value);
          expect(readUint(bytes, at, length)).toBe(value);
          expect(toHex(bytes.subarray(at, at + length)).slice(2)).toBe(
            value.toString(16).padStart(2 * length, "0"),
          );
          bytes.fill(0xee, at, at + length);
          expect(bytes).toEqual(new Uint8Array(12).fill(0xee));
          expect(() => writeUint(bytes, 0, length, 256 ** length)).toThrow("INVALID_ARGUMENT");
        },
      ),
    );
    for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => writeUint(new Uint8Array(6), 0, 6, value)).toThrow("INVALID_ARGUMENT");
  });

  it("are ordered like the integers that they spell, shorter before longer", () => {
    const short = fc.uint8Array({ maxLength: 4 });
    fc.assert(
      fc.property(short, short, (a, b) => {
        const [x, y] = [toHex(a), toHex(b)];
        expect(Math.sign(compareBytes(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
        expect(equalBytes(a, b)).toBe(x === y);
      }),
    );
  });

  it("make one word of an unsigned integer, and refuse any other", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }), (value) => {
        expect(BigInt(toHex(uintWord(value)))).toBe(value);
        expect(uintWord(value)).toHaveLength(32);
      }),
    );
    expect(uintWord(5)).toEqual(uintWord(5n));
    for (const value of [-1, -1n, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1n << 256n])
      expect(() => uintWord(value), String(value)).toThrow("INVALID_ARGUMENT");
  });
});
