import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { createDirectory, type DirectoryEntry, verifyDirectory } from "../../../protocol/directory.ts";
import { keccak } from "../../../protocol/hash.ts";
import { fillRandomly } from "./random-streams.ts";

function randomBytes(seed: number): Uint8Array {
  const bytes = new Uint8Array(32);
  fillRandomly(bytes, seed);
  return bytes;
}

/** Entries in no particular order. */
function entriesOf(count: number): DirectoryEntry[] {
  return Array.from({ length: count }, (_, i) => ({
    streamId: randomBytes(1 + i),
    size: 1 + i * i,
    root: randomBytes(1000 + i),
  }));
}

/** Protocol §4 read once more: rows of hashes, the absent right side zeros. */
function naiveDirectoryRoot(entries: readonly DirectoryEntry[]): string {
  const wordOf = (tag: number, level: number, index: number) => {
    const bytes = new Uint8Array(32);
    bytes[0] = tag;
    bytes[1] = level;
    bytes[31] = index;
    return bytes;
  };
  const sizeWord = (size: number) => {
    const bytes = new Uint8Array(32);
    new DataView(bytes.buffer).setUint32(28, size);
    return bytes;
  };
  let row = entries
    .toSorted((a, b) => (toHex(a.streamId) < toHex(b.streamId) ? -1 : 1))
    .map(({ streamId, size, root }) => keccak(concatBytes(wordOf(5, 0, 0), streamId, sizeWord(size), root)));
  for (let level = 1; row.length > 1; level++) {
    const below = row;
    row = below.flatMap((left, i) =>
      i % 2 === 1 ? [] : [keccak(wordOf(6, level, i / 2), left, below[i + 1] ?? new Uint8Array(32))],
    );
  }
  return toHex(row[0]!);
}

describe("the directory of a batch", () => {
  it("has the root of the plain definition, in whatever order the streams come, for 1 to 40 streams", () => {
    for (let count = 1; count <= 40; count++) {
      const entries = entriesOf(count);
      const expected = naiveDirectoryRoot(entries);
      expect(toHex(createDirectory(entries).root)).toBe(expected);
      expect(toHex(createDirectory(entries.toReversed()).root)).toBe(expected);
    }
  });

  it("opens at every stream, and nowhere else, for 1 to 40 streams", () => {
    for (let streamCount = 1; streamCount <= 40; streamCount++) {
      const directory = createDirectory(entriesOf(streamCount));
      const { root } = directory;
      directory.entries.forEach((entry, position) => {
        const proof = directory.prove(entry.streamId);
        expect(proof.index).toBe(position);
        expect(verifyDirectory({ entry, proof, streamCount, root })).toBe(true);
        for (let index = 0; index < streamCount + 2; index++) {
          if (index === position) continue;
          expect(verifyDirectory({ entry, proof: { ...proof, index }, streamCount, root })).toBe(false);
        }
      });
    }
  });

  it("refuses an entry with another id, size or root, another directory, and changed siblings", () => {
    const streamCount = 11;
    const directory = createDirectory(entriesOf(streamCount));
    const { root } = directory;
    const flipped = (bytes: Uint8Array, bit: number) =>
      bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    fc.assert(
      fc.property(fc.nat(streamCount - 1), fc.nat(255), fc.nat(), (which, bit, pick) => {
        const entry = directory.entries[which]!;
        const proof = directory.prove(entry.streamId);
        const level = pick % proof.siblings.length;
        const siblings = proof.siblings.map((sibling, i) => (i === level ? flipped(sibling, bit) : sibling));
        const wrong = [
          { entry: { ...entry, streamId: flipped(entry.streamId, bit) }, proof, root },
          { entry: { ...entry, root: flipped(entry.root, bit) }, proof, root },
          { entry: { ...entry, size: entry.size + 1 + pick }, proof, root },
          { entry, proof, root: flipped(root, bit) },
          { entry, proof: { ...proof, siblings }, root },
        ];
        for (const claim of wrong) expect(verifyDirectory({ ...claim, streamCount })).toBe(false);
      }),
    );
  });

  it("refuses a proof of the wrong depth, for another stream count, or at a place that is none", () => {
    const directory = createDirectory(entriesOf(5));
    const entry = directory.entries[0]!;
    const proof = directory.prove(entry.streamId);
    const { siblings } = proof;
    const { root } = directory;
    const claims = [
      { proof: { index: 0, siblings: siblings.slice(0, -1) }, streamCount: 5 },
      { proof: { index: 0, siblings: [...siblings, new Uint8Array(32)] }, streamCount: 5 },
      ...[0, 1, 2, 4, 9, 16, -1, Number.NaN].map((streamCount) => ({ proof, streamCount })),
      ...[-1, 0.5, -0.5, Number.NaN, 5, 8].map((index) => ({ proof: { index, siblings }, streamCount: 5 })),
    ];
    for (const claim of claims) expect(verifyDirectory({ entry, root, ...claim })).toBe(false);
    const second = directory.entries[1]!;
    const halfway = { index: 0.5, siblings: directory.prove(second.streamId).siblings };
    expect(verifyDirectory({ entry: second, proof: halfway, streamCount: 5, root })).toBe(false);
  });

  it("is not made of no stream, or of one stream twice, and knows no other stream", () => {
    const entries = entriesOf(3);
    expect(() => createDirectory([])).toThrow("INVALID_ARGUMENT");
    expect(() => createDirectory([...entries, { ...entries[1]!, size: 99 }])).toThrow("INVALID_ARGUMENT");
    expect(() => createDirectory(entries).prove(randomBytes(77))).toThrow("UNKNOWN_STREAM");
  });
});
