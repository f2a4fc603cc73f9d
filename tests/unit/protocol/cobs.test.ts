import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../protocol/bytes.ts";
import { cobsDecode, cobsEncode, createCobsReader } from "../../../protocol/cobs.ts";

const packet = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.uint8Array({ minLength: 240, maxLength: 600 }),
  fc.array(fc.constantFrom(0, 0, 1, 255), { maxLength: 600 }).map((bytes) => Uint8Array.from(bytes)),
);
const frame = fc.uint8Array({ minLength: 160, maxLength: 160 });
const garbage = fc.uint8Array({ maxLength: 500 });

const run = (length: number, value = 1) => new Uint8Array(length).fill(value);
const decoded = (stuffed: Uint8Array) => cobsDecode(stuffed.subarray(0, -1));

describe("COBS", () => {
  it("gives the examples of the paper's rules", () => {
    const examples: [number[], number[]][] = [
      [[], [1, 0]],
      [[0], [1, 1, 0]],
      [
        [0, 0],
        [1, 1, 1, 0],
      ],
      [
        [0x11, 0x22, 0, 0x33],
        [3, 0x11, 0x22, 2, 0x33, 0],
      ],
      [
        [0x11, 0, 0, 0],
        [2, 0x11, 1, 1, 1, 0],
      ],
    ];
    for (const [plain, stuffed] of examples)
      expect(Array.from(cobsEncode(Uint8Array.from(plain)))).toEqual(stuffed);
  });

  it("gives every packet back, with no zero inside and one behind, one byte longer for each 254", () => {
    fc.assert(
      fc.property(packet, (original) => {
        const stuffed = cobsEncode(original);
        expect(stuffed.indexOf(0)).toBe(stuffed.length - 1);
        expect(stuffed.length).toBeLessThanOrEqual(original.length + 2 + Math.floor(original.length / 254));
        expect(decoded(stuffed)).toEqual(original);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives runs around the longest block back, alone, before, behind and between zeros", () => {
    for (const length of [0, 1, 252, 253, 254, 255, 256, 507, 508, 509, 510, 761, 762, 763, 1016, 1017]) {
      for (const [ahead, behind] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
        [2, 2],
      ] as const) {
        for (const value of [1, 254, 255]) {
          const original = concatBytes(run(ahead, 0), run(length, value), run(behind, 0));
          expect(decoded(cobsEncode(original))).toEqual(original);
        }
      }
    }
  });

  it("refuses what is not COBS: nothing, a zero inside, a block that is cut", () => {
    for (const stuffed of [[], [0], [2, 0], [3, 1, 0, 1], [2], [255, 1, 1], [1, 5, 1]])
      expect(cobsDecode(Uint8Array.from(stuffed))).toBeUndefined();
  });
});

describe("the reader of COBS packets", () => {
  it("finds every packet, however the line cuts the bytes", () => {
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 200 })),
        (frames, cuts) => {
          const reader = createCobsReader({ packetBytes: 160 });
          let line: Uint8Array = concatBytes(...frames.map(cobsEncode));
          const got: Uint8Array[] = [];
          for (const cut of cuts) {
            got.push(...reader.push(line.subarray(0, cut)));
            line = line.subarray(cut);
          }
          got.push(...reader.push(line));
          expect(got).toEqual(frames);
          expect(reader.discardedBytes).toBe(0);
        },
      ),
    );
  });

  it("loses no good packet behind garbage that ends with a delimiter", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(garbage, frame), { minLength: 1, maxLength: 5 }), (pieces) => {
        const reader = createCobsReader({ packetBytes: 160 });
        const line = pieces.flatMap(([noise, good]) => [noise, Uint8Array.of(0), cobsEncode(good)]);
        expect(reader.push(concatBytes(...line))).toEqual(pieces.map(([, good]) => good));
      }),
    );
  });

  it("loses one packet at most when a byte of the line is changed, and finds all the others", () => {
    fc.assert(
      fc.property(
        fc.array(frame, { minLength: 3, maxLength: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (frames, pick, xor) => {
          const stuffed = frames.map(cobsEncode);
          const line = concatBytes(...stuffed);
          const at = pick % line.length;
          line[at] = line[at]! ^ xor;
          const hit = stuffed.findIndex((_, i) => at < endOf(stuffed, i));
          const got = createCobsReader({ packetBytes: 160 }).push(line);
          // A lost delimiter joins a packet with the next one.
          const lost = at === endOf(stuffed, hit) - 1 ? [hit, hit + 1] : [hit];
          const rest = frames.filter((_, i) => !lost.includes(i));
          expect(rest.every((good) => got.some((found) => same(good, found)))).toBe(true);
        },
      ),
    );
  });

  it("finds the packet behind every packet of another size", () => {
    const good = run(160, 3);
    for (const length of [0, 1, 159, 161, 162, 163, 400]) {
      const reader = createCobsReader({ packetBytes: 160 });
      const stuffed = cobsEncode(run(length, 9));
      expect(reader.push(concatBytes(stuffed, cobsEncode(good)))).toEqual([good]);
      expect(reader.discardedBytes).toBe(stuffed.length - 1);
    }
  });

  it("reads packets of any fixed size, zeros and long runs included", () => {
    for (const packetBytes of [1, 253, 254, 255, 508, 509, 1016]) {
      for (const value of [0, 1, 255]) {
        const good = run(packetBytes, value);
        expect(createCobsReader({ packetBytes }).push(cobsEncode(good))).toEqual([good]);
      }
    }
  });

  it("counts every byte that it throws away, and holds a bounded number of them", () => {
    const reader = createCobsReader({ packetBytes: 160 });
    const flood = run(4096, 7);
    for (let i = 1; i <= 256; i++) {
      expect(reader.push(flood)).toEqual([]);
      // All but the few bytes that could still become a packet are counted at once: they are not held.
      expect(i * flood.length - reader.discardedBytes).toBeLessThanOrEqual(163);
    }
    expect(reader.push(Uint8Array.of(0))).toEqual([]);
    expect(reader.discardedBytes).toBe(256 * 4096);
    const good = run(160, 1);
    expect(reader.push(cobsEncode(good))).toEqual([good]);
    expect(reader.discardedBytes).toBe(256 * 4096);
  });
});

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function endOf(pieces: readonly Uint8Array[], last: number): number {
  return pieces.slice(0, last + 1).reduce((sum, { length }) => sum + length, 0);
}
