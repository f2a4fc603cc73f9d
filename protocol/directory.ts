import { compareBytes, equalBytes, uintWord } from "./bytes.ts";
import { PondproofError } from "./errors.ts";
import { keccak } from "./hash.ts";
import { word } from "./node.ts";
import { heightOf } from "./tree.ts";

// protocol.md §4
const TAG = { entry: 5, node: 6 } as const;
const ABSENT = new Uint8Array(32);

/** One stream in a batch: its size in positions and its tree's root. */
export type DirectoryEntry = { streamId: Uint8Array; size: number; root: Uint8Array };

/** Where a stream stands in a directory: index and siblings, bottom up. */
export type DirectoryProof = { index: number; siblings: Uint8Array[] };

/** The tree over all streams of a batch. */
export type Directory = {
  readonly entries: readonly DirectoryEntry[];
  readonly root: Uint8Array;
  /** Where entry number `index` stands. */
  proveAt(index: number): DirectoryProof;
  /** @throws UNKNOWN_STREAM */
  prove(streamId: Uint8Array): DirectoryProof;
};

/**
 * The directory over entries in any order.
 * @throws INVALID_ARGUMENT when there is none, or a stream twice
 */
export function createDirectory(unsorted: readonly DirectoryEntry[]): Directory {
  const entries = [...unsorted].sort((a, b) => compareBytes(a.streamId, b.streamId));
  const twice = entries.find((entry, i) => i > 0 && equalBytes(entry.streamId, entries[i - 1]!.streamId));
  if (twice !== undefined)
    throw new PondproofError("INVALID_ARGUMENT", { entries: entries.length, twice: true });
  return directoryOf(entries);
}

/**
 * The directory over entries in the order in which they stand, whether or not that is the right one: what an operator
 * may have anchored.
 * @throws INVALID_ARGUMENT when there is none
 */
export function directoryOf(entries: readonly DirectoryEntry[]): Directory {
  if (entries.length === 0) throw new PondproofError("INVALID_ARGUMENT", { entries: 0 });
  const rows = [entries.map(directoryLeaf)];
  while (rows.at(-1)!.length > 1) {
    const below = rows.at(-1)!;
    const level = rows.length;
    rows.push(
      Array.from({ length: Math.ceil(below.length / 2) }, (_, i) =>
        directoryNode(level, i, below[2 * i]!, below[2 * i + 1] ?? ABSENT),
      ),
    );
  }
  const proveAt = (index: number): DirectoryProof => {
    const siblings = rows.slice(0, -1).map((row, level) => row[Math.floor(index / 2 ** level) ^ 1] ?? ABSENT);
    return { index, siblings };
  };
  return {
    entries,
    root: rows.at(-1)![0]!,
    proveAt,
    prove(streamId) {
      const index = entries.findIndex((entry) => equalBytes(entry.streamId, streamId));
      if (index < 0) throw new PondproofError("UNKNOWN_STREAM", { entries: entries.length });
      return proveAt(index);
    },
  };
}

/** True when `entry` stands at the proof's place in the directory of `streamCount` streams with this root. */
export function verifyDirectory({
  entry,
  proof,
  streamCount,
  root,
}: {
  entry: DirectoryEntry;
  proof: DirectoryProof;
  streamCount: number;
  root: Uint8Array;
}): boolean {
  const isPlace = Number.isInteger(proof.index) && proof.index >= 0 && proof.index < streamCount;
  if (!isPlace || proof.siblings.length !== heightOf(streamCount)) return false;
  let digest = directoryLeaf(entry);
  let index = proof.index;
  proof.siblings.forEach((sibling, i) => {
    const [left, right] = index % 2 === 0 ? [digest, sibling] : [sibling, digest];
    index = Math.floor(index / 2);
    digest = directoryNode(i + 1, index, left, right);
  });
  return equalBytes(digest, root);
}

function directoryLeaf({ streamId, size, root }: DirectoryEntry): Uint8Array {
  return keccak(word(TAG.entry, 0, 0), streamId, uintWord(size), root);
}

function directoryNode(level: number, index: number, left: Uint8Array, right: Uint8Array): Uint8Array {
  return keccak(word(TAG.node, level, index), left, right);
}
