import { concatBytes, equalBytes, readUint } from "./bytes.ts";
import { PondproofError } from "./errors.ts";
import {
  type Aggregate,
  aggregateOf,
  BODY_BYTES,
  EMPTY,
  gapMs,
  insideOf,
  nodeDigest,
  pairNode,
  type TreeNode,
  widen,
} from "./node.ts";
import { heightOf, MAX_HEIGHT, occupancy, type StreamTree } from "./tree.ts";

// protocol.md §5
const OP = { empty: 0, opened: 1, frontier: 2 } as const;

/** A window of time, in ms since 1970, both ends inclusive. */
export type Window = { fromMs: number; toMs: number };

/** What a stream says about a window: aggregates of the readings inside, and the node before it. */
export type WindowResult = Aggregate & {
  /** Last frontier node before the window; at level 0 it is one reading, which can be shown with its record. */
  before: { level: number; index: number; inside: Uint8Array; lastMs: number };
};

/**
 * The walk that proves a window, as of `size`; with `showBefore`, opened down to the leaf before the window.
 * @throws NO_READING_BESIDE_WINDOW
 */
export function proveWindow(
  tree: Pick<StreamTree, "node" | "size">,
  options: Window & { size?: number; showBefore?: boolean },
): Uint8Array {
  const { fromMs, toMs, size = tree.size, showBefore = false } = options;
  const parts: Uint8Array[] = [];
  const before = lastReadingBefore(tree, size, fromMs);
  const after = firstReadingAfter(tree, size, toMs);
  const first = firstReadingAfter(tree, size, fromMs - 1);
  if (before === undefined || after === undefined || first === undefined || first >= after) {
    throw new PondproofError("NO_READING_BESIDE_WINDOW", { fromMs, toMs, size });
  }

  const covers = (level: number, index: number, position: number) =>
    Math.floor(position / 2 ** level) === index;

  const walk = (level: number, index: number): void => {
    const { body } = tree.node(level, index, size);
    const { count, missing, firstMs, lastMs } = aggregateOf(body);
    if (occupancy(size, level, index) === 0) {
      parts.push(Uint8Array.of(OP.empty));
      return;
    }
    const straddles = count > 0 && lastMs >= fromMs && firstMs <= toMs && (firstMs < fromMs || lastMs > toMs);
    const beside = covers(level, index, before)
      ? missing > 0 || showBefore
      : covers(level, index, after) && missing > 0;
    if (level > 0 && (straddles || beside)) {
      parts.push(Uint8Array.of(OP.opened));
      walk(level - 1, 2 * index);
      walk(level - 1, 2 * index + 1);
    } else {
      parts.push(Uint8Array.of(OP.frontier), body);
    }
  };
  walk(heightOf(size), 0);
  return concatBytes(...parts);
}

/**
 * Verifies a walk against a stream's root and returns exactly what lies in the window.
 * @throws MALFORMED_PROOF, OUT_OF_ORDER, NO_READING_BESIDE_WINDOW
 */
export function verifyWindow(
  proof: Window & { streamId: Uint8Array; size: number; root: Uint8Array; walk: Uint8Array },
): WindowResult {
  const { streamId, size, root, fromMs, toMs, walk } = proof;
  if (fromMs > toMs) throw malformed("the window ends before it begins", { fromMs, toMs });
  if (!Number.isInteger(size) || size < 1 || size > 2 ** MAX_HEIGHT)
    throw malformed("impossible size", { size });
  const scan = createScan({ fromMs, toMs });
  let at = 0;

  const frontier = (level: number, index: number): TreeNode => {
    const body = walk.subarray(at, at + BODY_BYTES);
    at += BODY_BYTES;
    if (body.length < BODY_BYTES) throw malformed("the proof ends too early", { at });
    const { count, missing, firstMs, lastMs, maxGapMs, flags } = aggregateOf(body);
    const taken = occupancy(size, level, index);
    if (taken === 0 || count + missing !== taken) throw malformed("wrong occupancy", { level, index });
    if (readUint(body, 26, 6) !== 0) throw malformed("padding of meta", { level, index });
    if (count === 0 && firstMs + lastMs + maxGapMs + flags !== 0)
      throw malformed("a node without readings has times", { level, index });
    if (firstMs > lastMs) throw malformed("a node ends before it begins", { level, index });
    scan.take(level, index, body);
    return { body, digest: nodeDigest(streamId, level, index, body) };
  };

  const node = (level: number, index: number): TreeNode => {
    const op = walk[at++];
    switch (op) {
      case OP.empty:
        if (occupancy(size, level, index) > 0)
          throw malformed("an empty node inside the stream", { level, index });
        return EMPTY;
      case OP.opened: {
        if (level === 0 || occupancy(size, level, index) === 0)
          throw malformed("nothing to open", { level, index });
        const left = node(level - 1, 2 * index);
        return pairNode(streamId, level, index, left, node(level - 1, 2 * index + 1));
      }
      case OP.frontier:
        return frontier(level, index);
      default:
        throw malformed("unknown opcode", { at: at - 1 });
    }
  };

  const { digest } = node(heightOf(size), 0);
  if (at !== walk.length) throw malformed("trailing bytes", { at, length: walk.length });
  if (!equalBytes(digest, root)) throw malformed("another root", {});
  return scan.result();
}

/** A node of a walk that was not opened. */
export type FrontierNode = { level: number; index: number; body: Uint8Array };

/**
 * The frontier of a walk that `verifyWindow` accepts, in order of position.
 * @throws MALFORMED_PROOF
 */
export function frontierNodes({ size, walk }: { size: number; walk: Uint8Array }): FrontierNode[] {
  const nodes: FrontierNode[] = [];
  let at = 0;
  const visit = (level: number, index: number): void => {
    const op = walk[at++];
    if (op === OP.opened && level > 0) {
      visit(level - 1, 2 * index);
      visit(level - 1, 2 * index + 1);
    } else if (op === OP.frontier && at + BODY_BYTES <= walk.length) {
      nodes.push({ level, index, body: walk.subarray(at, at + BODY_BYTES) });
      at += BODY_BYTES;
    } else if (op !== OP.empty) {
      throw malformed("unknown opcode", { at: at - 1 });
    }
  };
  visit(heightOf(size), 0);
  return nodes;
}

/** The accumulator of §5's rules for frontier nodes, which come in order of position. */
function createScan({ fromMs, toMs }: Window) {
  let phase: "before" | "inside" | "after" = "before";
  let holesBefore = 0;
  let lastSeenMs = 0;
  let before: WindowResult["before"] | undefined;
  let beforeHasHoles = false;
  let after = false;
  const inside = {
    firstMs: 0,
    lastMs: 0,
    maxGapMs: 0,
    count: 0,
    missing: 0,
    flags: 0,
    mins: EMPTY.body.slice(32, 64),
    maxs: EMPTY.body.slice(64, 96),
  };

  const enter = (place: { level: number; index: number }) => {
    if (before === undefined) throw new PondproofError("NO_READING_BESIDE_WINDOW", { side: "before" });
    if (beforeHasHoles) throw malformed("holes beside the window", place);
    inside.missing += holesBefore;
    holesBefore = 0;
  };

  return {
    take(level: number, index: number, body: Uint8Array): void {
      const node = aggregateOf(body);
      if (node.count === 0) {
        if (phase === "before") holesBefore += node.missing;
        if (phase === "inside") inside.missing += node.missing;
      } else if (node.lastMs < fromMs) {
        if (phase !== "before") throw malformed("out of order", { level, index });
        before = { level, index, inside: insideOf(body).slice(), lastMs: node.lastMs };
        beforeHasHoles = level > 0 && node.missing > 0;
        holesBefore = 0;
        lastSeenMs = node.lastMs;
      } else if (node.firstMs > toMs) {
        if (phase === "after") return;
        if (level > 0 && node.missing > 0) throw malformed("holes beside the window", { level, index });
        inside.maxGapMs = Math.max(inside.maxGapMs, gapMs(lastSeenMs, node.firstMs));
        inside.missing += holesBefore;
        after = true;
        phase = "after";
      } else if (node.firstMs >= fromMs && node.lastMs <= toMs) {
        if (phase === "after") throw malformed("out of order", { level, index });
        if (phase === "before") {
          enter({ level, index });
          inside.firstMs = node.firstMs;
          phase = "inside";
        }
        inside.missing += node.missing;
        inside.maxGapMs = Math.max(inside.maxGapMs, gapMs(lastSeenMs, node.firstMs), node.maxGapMs);
        inside.count += node.count;
        inside.flags |= node.flags;
        inside.lastMs = lastSeenMs = node.lastMs;
        widen(inside, node);
      } else {
        throw malformed("a node straddles the window's edge", { level, index });
      }
    },
    result(): WindowResult {
      if (before === undefined || !after || inside.count === 0) {
        throw new PondproofError("NO_READING_BESIDE_WINDOW", {
          before: before !== undefined,
          inside: inside.count,
          after,
        });
      }
      return { ...inside, before };
    },
  };
}

/** Position of the last reading earlier than `timeMs`. */
function lastReadingBefore(tree: Pick<StreamTree, "node">, size: number, timeMs: number): number | undefined {
  const search = (level: number, index: number): number | undefined => {
    const { count, firstMs } = aggregateOf(tree.node(level, index, size).body);
    if (count === 0 || firstMs >= timeMs) return undefined;
    if (level === 0) return index;
    return search(level - 1, 2 * index + 1) ?? search(level - 1, 2 * index);
  };
  return search(heightOf(size), 0);
}

/** Position of the first reading later than `timeMs`. */
function firstReadingAfter(tree: Pick<StreamTree, "node">, size: number, timeMs: number): number | undefined {
  const search = (level: number, index: number): number | undefined => {
    const { count, lastMs } = aggregateOf(tree.node(level, index, size).body);
    if (count === 0 || lastMs <= timeMs) return undefined;
    if (level === 0) return index;
    return search(level - 1, 2 * index) ?? search(level - 1, 2 * index + 1);
  };
  return search(heightOf(size), 0);
}

function malformed(problem: string, facts: Record<string, unknown>): PondproofError {
  return new PondproofError("MALFORMED_PROOF", { problem, ...facts });
}
