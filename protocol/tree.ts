import { PondproofError } from "./errors.ts";
import { aggregateOf, EMPTY, pairNode, type TreeNode } from "./node.ts";

/** Height limit of protocol §3. */
export const MAX_HEIGHT = 32;

/**
 * Where a tree keeps its complete nodes: those whose positions are all taken. They never change, so a store that
 * persists them needs to write each once, and the tree needs nothing else than its size.
 */
export type NodeStore = {
  get(level: number, index: number): TreeNode | undefined;
  set(level: number, index: number, node: TreeNode): void;
};

/** A node store in memory. */
export function createNodeMemory(): NodeStore {
  const levels: TreeNode[][] = [];
  return {
    get: (level, index) => levels[level]?.[index],
    set: (level, index, node) => {
      levels[level] ??= [];
      levels[level][index] = node;
    },
  };
}

/** Least h with 2ʰ ≥ size. */
export function heightOf(size: number): number {
  let height = 0;
  while (2 ** height < size) height++;
  return height;
}

/** Positions of a stream of `size` that lie below a node: clamp(size − index·2^level, 0, 2^level). */
export function occupancy(size: number, level: number, index: number): number {
  return Math.min(Math.max(size - index * 2 ** level, 0), 2 ** level);
}

/** Builds one node of a stream of `size` from its leaves, keeping nothing. */
export function buildNode(options: {
  streamId: Uint8Array;
  size: number;
  level: number;
  index: number;
  leaf: (position: number) => TreeNode;
}): TreeNode {
  const { streamId, size, leaf } = options;
  const build = (level: number, index: number): TreeNode => {
    if (occupancy(size, level, index) === 0) return EMPTY;
    if (level === 0) return leaf(index);
    return pairNode(streamId, level, index, build(level - 1, 2 * index), build(level - 1, 2 * index + 1));
  };
  return build(options.level, options.index);
}

/** One append-only tree: a probe's stream (protocol §3). */
export type StreamTree = {
  readonly streamId: Uint8Array;
  readonly size: number;
  /** Time of the last reading in ms, or 0 where there is none. O(log n), hashes nothing. */
  lastReadingMs(): number;
  /**
   * Puts a leaf (`readingLeaf`, `holeLeaf` for position `size`) behind the last one. O(log n).
   * @throws OUT_OF_ORDER when a reading is not later than the last one
   */
  append(leaf: TreeNode): void;
  /** The node at a place, as of a size of the past or the present. O(log n). */
  node(level: number, index: number, size?: number): TreeNode;
  /** The root as of a size, at least 1. O(log n). */
  root(size?: number): TreeNode;
};

/** A tree over what `store` already holds: `size` leaves and the complete nodes above them. */
export function createStreamTree(options: {
  streamId: Uint8Array;
  store: NodeStore;
  size?: number;
}): StreamTree {
  const { streamId, store } = options;
  let size = options.size ?? 0;

  const complete = (level: number, index: number): TreeNode => {
    const node = store.get(level, index);
    if (node === undefined) throw new PondproofError("UNKNOWN_NODE", { level, index, size });
    return node;
  };

  const node = (level: number, index: number, asOf = size): TreeNode => {
    const taken = occupancy(asOf, level, index);
    if (asOf > size || level > MAX_HEIGHT)
      throw new PondproofError("UNKNOWN_NODE", { level, index, asOf, size });
    if (taken === 0) return EMPTY;
    if (taken === 2 ** level) return complete(level, index);
    return pairNode(
      streamId,
      level,
      index,
      node(level - 1, 2 * index, asOf),
      node(level - 1, 2 * index + 1, asOf),
    );
  };

  const lastReading = (): number | undefined => {
    // The complete subtrees that cover the stream, from right to left: one for every bit of the size.
    for (let level = 0, end = size; end > 0; level++) {
      const width = 2 ** level;
      if (Math.floor(end / width) % 2 === 0) continue;
      end -= width;
      const { count, lastMs } = aggregateOf(complete(level, end / width).body);
      if (count > 0) return lastMs;
    }
    return undefined;
  };

  return {
    streamId,
    get size() {
      return size;
    },
    lastReadingMs: () => lastReading() ?? 0,
    append(leaf) {
      const { count, firstMs } = aggregateOf(leaf.body);
      const lastMs = count > 0 ? lastReading() : undefined;
      if (lastMs !== undefined && firstMs <= lastMs)
        throw new PondproofError("OUT_OF_ORDER", { lastMs, firstMs });
      if (size >= 2 ** MAX_HEIGHT) throw new PondproofError("INVALID_ARGUMENT", { size });
      let grown = leaf;
      let index = size;
      store.set(0, index, grown);
      for (let level = 1; index % 2 === 1; level++) {
        index = (index - 1) / 2;
        grown = pairNode(streamId, level, index, complete(level - 1, 2 * index), grown);
        store.set(level, index, grown);
      }
      size++;
    },
    node,
    root(asOf = size) {
      if (asOf < 1) throw new PondproofError("UNKNOWN_NODE", { asOf, size });
      return node(heightOf(asOf), 0, asOf);
    },
  };
}
