import type { ArchivedNode, Below } from "../../protocol/archive.ts";
import { equalBytes, readUint, uintWord } from "../../protocol/bytes.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import {
  aggregateOf,
  EMPTY,
  HOLE_REASONS,
  holeLeaf,
  pairNode,
  readingLeaf,
  type TreeNode,
} from "../../protocol/node.ts";
import { heightOf, occupancy } from "../../protocol/tree.ts";
import type { ClaimedTree } from "./claimed-tree.ts";
import { type FrameFault, frameFault } from "./frame-faults.ts";

/** The cases of protocol §6 that a tree by itself can be convicted by. */
export type TreeFault = FrameFault | "BadOccupancy" | "Rewritten";

/** How a descent ended: at a node that breaks a rule, at one that nobody shows, or nowhere. */
export type Descent =
  | { end: "fault"; fault: TreeFault; level: number; index: number }
  | { end: "missing"; level: number; index: number }
  | { end: "sound" };

/** What a claimed tree is compared with. */
export type Expectation = {
  publicKey: Uint8Array;
  anchoredAtMs: number;
  /** The digest that raw bytes give a place; `undefined` where they give none. */
  expected(level: number, index: number): Uint8Array | undefined;
  /** The digest that a complete node had in the batch before, where that batch stands. */
  before(level: number, index: number): Uint8Array | undefined;
  signed(frame: Uint8Array): Promise<boolean>;
};

const MAX_SIZE = 2 ** 32;

/**
 * Goes down a claimed tree from its root through the nodes that differ from what raw bytes give, to the first node that
 * contradicts what hangs below it, its place, or the past.
 */
export async function descend(
  tree: ClaimedTree,
  expectation: Expectation,
  signal: AbortSignal,
): Promise<Descent> {
  const { size, root } = tree;
  if (size === 0 || size > MAX_SIZE) return { end: "fault", fault: "BadOccupancy", level: 0, index: 0 };
  return visit({ tree, expectation, signal }, { level: heightOf(size), index: 0, digest: root });
}

type Context = { tree: ClaimedTree; expectation: Expectation; signal: AbortSignal };
type Place = { level: number; index: number; digest: Uint8Array };

async function visit(context: Context, place: Place): Promise<Descent> {
  const { tree, expectation, signal } = context;
  const { level, index, digest } = place;
  const isEmpty = equalBytes(digest, EMPTY.digest);
  if ((occupancy(tree.size, level, index) === 0) !== isEmpty)
    return { end: "fault", fault: "BadOccupancy", level, index };
  if (isEmpty) return { end: "sound" };
  const expected = expectation.expected(level, index);
  if (expected !== undefined && equalBytes(expected, digest)) return { end: "sound" };
  const before = expectation.before(level, index);
  if (before !== undefined && !equalBytes(before, digest))
    return { end: "fault", fault: "Rewritten", level, index };
  const node = await tree.open(level, index, signal);
  if (node === undefined) return { end: "missing", level, index };
  if (!fillsItsPlace(tree.size, place, node)) return { end: "fault", fault: "BadOccupancy", level, index };
  const { below } = node;
  if ((below.kind === "pair") !== level > 0) return { end: "fault", fault: "BadInside", level, index };
  return below.kind === "pair"
    ? visitPair(context, { level, index, node, below })
    : visitLeaf(context, { index, node, below });
}

/** `count + missing` of protocol §3's invariant. */
function fillsItsPlace(
  size: number,
  { level, index }: Omit<Place, "digest">,
  { body }: ArchivedNode,
): boolean {
  const { count, missing } = aggregateOf(body);
  return count + missing === occupancy(size, level, index);
}

async function visitPair(
  context: Context,
  { level, index, node, below }: { level: number; index: number; node: ArchivedNode; below: PairBelow },
): Promise<Descent> {
  const { tree, signal } = context;
  const digests = [below.left, below.right];
  const children: TreeNode[] = [];
  for (const [side, digest] of digests.entries()) {
    const at = { level: level - 1, index: 2 * index + side };
    if (equalBytes(digest, EMPTY.digest)) {
      children.push(EMPTY);
      continue;
    }
    if (occupancy(tree.size, at.level, at.index) === 0) return { end: "fault", fault: "BadOccupancy", ...at };
    const child = await tree.open(at.level, at.index, signal);
    if (child === undefined) return { end: "missing", ...at };
    if (!fillsItsPlace(tree.size, at, child)) return { end: "fault", fault: "BadOccupancy", ...at };
    children.push({ body: child.body, digest });
  }
  if (!isCombination(tree.streamId, { level, index }, node, children))
    return { end: "fault", fault: "BadCombine", level, index };
  let missing: Descent | undefined;
  for (const [side, digest] of digests.entries()) {
    const found = await visit(context, { level: level - 1, index: 2 * index + side, digest });
    if (found.end === "fault") return found;
    if (found.end === "missing") missing ??= found;
  }
  return missing ?? { end: "sound" };
}

type PairBelow = Extract<Below, { kind: "pair" }>;
type LeafBelow = Exclude<Below, { kind: "pair" }>;

function isCombination(
  streamId: Uint8Array,
  { level, index }: { level: number; index: number },
  { body }: ArchivedNode,
  [left, right]: TreeNode[],
): boolean {
  try {
    return equalBytes(pairNode(streamId, level, index, left!, right!).body, body);
  } catch (error) {
    if (isPondproofError(error, "OUT_OF_ORDER")) return false;
    throw error;
  }
}

async function visitLeaf(
  context: Context,
  { index, node, below }: { index: number; node: ArchivedNode; below: LeafBelow },
): Promise<Descent> {
  const { tree, expectation, signal } = context;
  const fault = (code: TreeFault, at = index): Descent => ({
    end: "fault",
    fault: code,
    level: 0,
    index: at,
  });
  if (below.kind === "hole") {
    const reason = Object.values(HOLE_REASONS).find((known) => equalBytes(uintWord(known), below.reason));
    const follows =
      reason !== undefined && equalBytes(holeLeaf(tree.streamId, index, reason).body, node.body);
    return follows ? { end: "sound" } : fault("BadInside");
  }
  if (!equalBytes(readingLeaf(tree.streamId, index, below.frame).body, node.body)) return fault("BadInside");
  const place = { publicKey: expectation.publicKey, anchoredAtMs: expectation.anchoredAtMs, lastTimeMs: -1 };
  const before = await frameAt(tree, index - 1, signal);
  const signed = await expectation.signed(below.frame);
  const own = frameFault(below.frame, { ...place, seq: index, before, signed });
  if (own !== undefined) return fault(own);
  const after = await frameAt(tree, index + 1, signal);
  if (after === undefined || readUint(after, 16, 6) !== index + 1) return { end: "sound" };
  // The neighbour to the right may be sound by itself, and not continue this one.
  const next = frameFault(after, { ...place, seq: index + 1, before: below.frame, signed: true });
  return next === "BadChain" ? fault("BadChain", index + 1) : { end: "sound" };
}

async function frameAt(
  tree: ClaimedTree,
  index: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (index < 0 || index >= tree.size) return undefined;
  const below = (await tree.open(0, index, signal))?.below;
  return below?.kind === "reading" ? below.frame : undefined;
}
