import { type AnchoredStream, readTree } from "./anchored-tree.ts";
import { compareBytes, equalBytes } from "./bytes.ts";
import type { Conviction, ShownEntry } from "./conviction.ts";
import type { Directory } from "./directory.ts";
import type { Place } from "./leaf-rules.ts";
import { occupancy } from "./tree.ts";

/** A batch's number and its directory as it was anchored, in whatever order its entries stand. */
export type AnchoredDirectory = { batch: number; directory: Directory };

/** The first two entries of one directory that are equal or out of order. */
export function findBadDirectory({ batch, directory }: AnchoredDirectory): Conviction | undefined {
  const { entries } = directory;
  const index = entries.findIndex(
    ({ streamId }, i) => i > 0 && compareBytes(entries[i - 1]!.streamId, streamId) >= 0,
  );
  if (index < 0) return undefined;
  return {
    code: "BadDirectory",
    batch,
    first: shownEntry(directory, index - 1),
    second: shownEntry(directory, index),
  };
}

/** A stream that is smaller in the later batch, or absent from it. The directories must be in order. */
export function findShrunk(earlier: AnchoredDirectory, later: AnchoredDirectory): Conviction | undefined {
  for (const [index, { streamId, size }] of earlier.directory.entries.entries()) {
    const { entries } = later.directory;
    const at = entries.findIndex((entry) => compareBytes(entry.streamId, streamId) >= 0);
    const isThere = at >= 0 && equalBytes(entries[at]!.streamId, streamId);
    if (isThere && entries[at]!.size >= size) continue;
    // Where it would stand: before entry `at`, or behind the last one.
    const behind = at < 0 ? entries.length : at;
    const neighbours = [behind - 1, behind].filter((i) => i >= 0 && i < entries.length);
    return {
      code: "Shrunk",
      streamId,
      earlierBatch: earlier.batch,
      earlierEntry: shownEntry(earlier.directory, index),
      laterBatch: later.batch,
      laterEntries: (isThere ? [at] : neighbours).map((i) => shownEntry(later.directory, i)),
    };
  }
  return undefined;
}

/**
 * A complete node that has two digests in two batches of one stream: the highest one that differs. What is not known of
 * the two trees is taken to be the same.
 */
export async function findRewritten(
  earlier: AnchoredStream,
  later: AnchoredStream,
): Promise<Conviction | undefined> {
  const [before, after] = [readTree(earlier), readTree(later)];
  const open: Place[] = [{ level: before.height, index: 0 }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { level, index } = place;
    const taken = occupancy(earlier.size, level, index);
    if (taken === 0) continue;
    if (taken < 2 ** level) {
      open.push({ level: level - 1, index: 2 * index + 1 }, { level: level - 1, index: 2 * index });
      continue;
    }
    const [was, is] = await Promise.all([before.node(place), after.node(place)]);
    if (was === undefined || is === undefined || equalBytes(was.digest, is.digest)) continue;
    return {
      code: "Rewritten",
      streamId: earlier.streamId,
      earlier: await before.open(place, "digest"),
      later: await after.open(place, "digest"),
    };
  }
  return undefined;
}

function shownEntry(directory: Directory, index: number): ShownEntry {
  return { ...directory.entries[index]!, ...directory.proveAt(index) };
}
