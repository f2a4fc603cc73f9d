import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex } from "../../../protocol/bytes.ts";
import { isPondproofError } from "../../../protocol/errors.ts";
import { proveWindow, verifyWindow } from "../../../protocol/window.ts";
import { vectors } from "../../vectors/vectors.ts";
import { naiveWindow } from "./naive.ts";
import { madeReading, plant, randomStream, randomWindow } from "./random-streams.ts";

type Proof = Parameters<typeof verifyWindow>[0];

const publishedProofs: Proof[] = vectors.windows.map(({ from, to, proof }) => ({
  streamId: fromHex(vectors.streamId),
  size: vectors.tree.size,
  root: fromHex(vectors.tree.root),
  fromMs: from,
  toMs: to,
  walk: fromHex(proof),
}));

/** True when verification refuses with an error of the protocol; any other error fails the test. */
function isRefused(proof: Proof): boolean {
  try {
    verifyWindow(proof);
    return false;
  } catch (error) {
    if (isPondproofError(error)) return true;
    throw error;
  }
}

function withByte(walk: Uint8Array, at: number, value: number): Uint8Array {
  const changed = walk.slice();
  changed[at] = value;
  return changed;
}

/** Every accepted change of one byte, as `position=value`; there should be none. */
function acceptedChanges(proof: Proof, valuesFor: (byte: number) => number[]): string[] {
  return Array.from(proof.walk).flatMap((byte, at) =>
    valuesFor(byte)
      .filter((value) => value !== byte && !isRefused({ ...proof, walk: withByte(proof.walk, at, value) }))
      .map((value) => `${at}=${value}`),
  );
}

const BITS = [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => 1 << bit);
const ALL_VALUES = [...Array(256).keys()];

describe("a changed window proof", () => {
  it("is accepted unchanged, so that the refusals below say something", () => {
    for (const proof of publishedProofs) expect(isRefused(proof)).toBe(false);
  });

  it("is refused at every byte for every other value, in the smallest tree that has a window", () => {
    const streamId = fromHex(vectors.streamId);
    const places = [1000, 2000, 3000].map((timeMs, seq) => madeReading({ seq, timeMs, seed: 7 * seq }));
    const tree = plant({ streamId, places });
    const window = { fromMs: 1500, toMs: 2500 };
    const proof = {
      streamId,
      size: 3,
      root: tree.root().digest,
      ...window,
      walk: proveWindow(tree, window),
    };
    expect(isRefused(proof)).toBe(false);
    expect(acceptedChanges(proof, () => ALL_VALUES)).toEqual([]);
  });

  it("is refused at every byte of the published proofs for every bit, and for every other opcode", () => {
    for (const proof of publishedProofs) {
      expect(acceptedChanges(proof, (byte) => [...BITS.map((bit) => byte ^ bit), 0, 1, 2, 0xff])).toEqual([]);
    }
  });

  it("is refused after every cut of the published proofs, at the end, the start and inside", () => {
    for (const proof of publishedProofs) {
      for (let cut = 0; cut < proof.walk.length; cut++) {
        expect(isRefused({ ...proof, walk: proof.walk.subarray(0, cut) })).toBe(true);
        expect(isRefused({ ...proof, walk: proof.walk.subarray(cut + 1) })).toBe(true);
        const without = concatBytes(proof.walk.subarray(0, cut), proof.walk.subarray(cut + 1));
        expect(isRefused({ ...proof, walk: without })).toBe(true);
      }
    }
  });

  it("is refused with any byte added behind or in front, or repeated inside", () => {
    for (const proof of publishedProofs) {
      for (const value of ALL_VALUES) {
        expect(isRefused({ ...proof, walk: concatBytes(proof.walk, Uint8Array.of(value)) })).toBe(true);
        expect(isRefused({ ...proof, walk: concatBytes(Uint8Array.of(value), proof.walk) })).toBe(true);
      }
      for (let at = 0; at < proof.walk.length; at++) {
        const longer = concatBytes(proof.walk.subarray(0, at + 1), proof.walk.subarray(at));
        expect(isRefused({ ...proof, walk: longer })).toBe(true);
      }
    }
  });

  it("is refused as the proof of another stream, size or root", () => {
    for (const proof of publishedProofs) {
      for (const size of ALL_VALUES.filter((value) => value !== proof.size))
        expect(isRefused({ ...proof, size })).toBe(true);
      expect(isRefused({ ...proof, streamId: withByte(proof.streamId, 31, 0) })).toBe(true);
      expect(isRefused({ ...proof, root: withByte(proof.root, 0, proof.root[0]! ^ 1) })).toBe(true);
      expect(isRefused({ ...proof, root: proof.root.subarray(0, 31) })).toBe(true);
    }
  });

  it("is refused in random trees, however one byte, the length or the size is changed", () => {
    const change = fc.record({ at: fc.nat(), xor: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(
        randomStream({ maxSize: 100 }),
        randomWindow(),
        fc.array(change, { minLength: 20, maxLength: 20 }),
        (stream, window, changes) => {
          const tree = plant(stream);
          const asked = { ...window(stream), size: tree.size };
          fc.pre(naiveWindow(stream.places, asked) !== undefined);
          const walk = proveWindow(tree, asked);
          const proof = { streamId: stream.streamId, root: tree.root().digest, ...asked, walk };
          for (const { at, xor } of changes) {
            const place = at % walk.length;
            expect(isRefused({ ...proof, walk: withByte(walk, place, walk[place]! ^ xor) })).toBe(true);
            expect(isRefused({ ...proof, walk: walk.subarray(0, place) })).toBe(true);
            expect(isRefused({ ...proof, walk: concatBytes(walk, walk.subarray(place)) })).toBe(true);
            expect(isRefused({ ...proof, size: proof.size + xor })).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("ends in the protocol's own error for random bytes, whatever the size", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(0, 1, 2), fc.nat(255)), { maxLength: 600 }),
        fc.integer({ min: 1, max: 2 ** 32 }),
        (bytes, size) => {
          const { streamId, root } = publishedProofs[0]!;
          const proof = { streamId, root, size, fromMs: 1, toMs: 2, walk: Uint8Array.from(bytes) };
          expect(isRefused(proof)).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
