import { FUTURE_TOLERANCE_MS } from "./admission.ts";
import { type AnchoredStream, type KnownNode, readTree, type TreeReader } from "./anchored-tree.ts";
import { equalBytes } from "./bytes.ts";
import type { Conviction } from "./conviction.ts";
import { followsFromBelow, frameIn, type Place } from "./leaf-rules.ts";
import { aggregateOf, combinesTo, EMPTY, isCanonical } from "./node.ts";
import { RECORD_BYTES, recordPrev } from "./record.ts";
import { chainHash, deviceId, splitFrame, verifyRecord } from "./signature.ts";
import { MAX_HEIGHT, occupancy } from "./tree.ts";

/** What a search through an anchored stream comes to. */
export type Finding =
  | { kind: "convicted"; conviction: Conviction }
  /** Nothing false was found, but these nodes, or what hangs below them, nobody has: data to be demanded. */
  | { kind: "missing"; places: Place[] }
  | { kind: "sound" };

export type Search = {
  anchored: AnchoredStream;
  /** The probe's key, x ‖ y. */
  publicKey: Uint8Array;
  /** Time of the batch's block. */
  anchoredAtMs: number;
  /**
   * The digest that a place has in a tree that the caller built of frames which he judged himself; what agrees with it
   * is not looked into again. Without it, everything is.
   */
  honestDigest?: (place: Place) => Uint8Array | undefined;
  /** Checks a signature; by default in JavaScript, which is slow. */
  verify?: (record: Uint8Array, signature: Uint8Array) => boolean;
  signal?: AbortSignal;
};

/**
 * Finds out by which case an anchored stream is convicted, and the evidence for it: descends from the root through the
 * nodes that differ from the honest ones. Whatever it finds, the contract convicts.
 */
export async function findConviction(search: Search): Promise<Finding> {
  const tree = readTree(search.anchored);
  const missing: Place[] = [];
  const { streamId, size } = search.anchored;
  const root = { level: tree.height, index: 0 };
  if (size < 1 || size > 2 ** MAX_HEIGHT) {
    const node = await tree.open(root, "digest");
    return { kind: "convicted", conviction: { code: "BadOccupancy", streamId, node } };
  }
  // A stack, since a stream's tree may hold more nodes than calls nest; the left child lies on top.
  const open: Place[] = [root];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    search.signal?.throwIfAborted();
    const node = (await tree.node(place))!;
    const honest = search.honestDigest?.(place);
    if (honest !== undefined && equalBytes(honest, node.digest)) continue;
    const conviction = await judge(search, tree, place, node);
    if (conviction !== undefined) return { kind: "convicted", conviction };
    if (occupancy(size, place.level, place.index) === 0) continue;
    if (node.below === undefined) missing.push(place);
    else if (place.level > 0) {
      const [level, index] = [place.level - 1, 2 * place.index];
      open.push({ level, index: index + 1 }, { level, index });
    }
  }
  return missing.length > 0 ? { kind: "missing", places: missing } : { kind: "sound" };
}

/** The case that convicts one node, by itself or together with its children or the leaves beside it. */
async function judge(
  search: Search,
  tree: TreeReader,
  place: Place,
  node: KnownNode,
): Promise<Conviction | undefined> {
  const { streamId, size } = search.anchored;
  const taken = occupancy(size, place.level, place.index);
  const isEmpty = equalBytes(node.digest, EMPTY.digest);
  if ((taken === 0) !== isEmpty)
    return { code: "BadOccupancy", streamId, node: await tree.open(place, "digest") };
  if (taken === 0 || node.body === undefined) return undefined;

  const { firstMs, lastMs } = aggregateOf(node.body);
  if (positionsIn(node.body) !== taken)
    return { code: "BadOccupancy", streamId, node: await tree.open(place, "body") };
  const latestMs = search.anchoredAtMs + FUTURE_TOLERANCE_MS;
  if (firstMs > latestMs || lastMs > latestMs)
    return { code: "FromTheFuture", streamId, node: await tree.open(place, "body") };
  if (node.below === undefined) return undefined;

  const device = deviceId(search.publicKey);
  if (!followsFromBelow({ place, body: node.body, below: node.below, streamId, device }))
    return { code: "BadInside", streamId, node: await tree.open(place, "body"), below: node.below };
  return place.level > 0
    ? judgePair(search, tree, place, node.body)
    : judgeReading(search, tree, place.index, node.below);
}

async function judgePair(
  { anchored: { streamId, size } }: Search,
  tree: TreeReader,
  place: Place,
  body: Uint8Array,
): Promise<Conviction | undefined> {
  const [left, right] = await Promise.all(
    [2 * place.index, 2 * place.index + 1].map(async (index) => {
      const level = place.level - 1;
      const child = (await tree.node({ level, index }))!;
      const taken = occupancy(size, level, index);
      if (taken === 0 && equalBytes(child.digest, EMPTY.digest)) return EMPTY.body;
      // A child that is wrong by itself convicts by itself.
      return child.body !== undefined && isCanonical(child.body) && positionsIn(child.body) === taken
        ? child.body
        : undefined;
    }),
  );
  if (left === undefined || right === undefined || combinesTo(left, right, body)) return undefined;
  return { code: "BadCombine", streamId, fork: await tree.forkAt(place) };
}

async function judgeReading(
  search: Search,
  tree: TreeReader,
  index: number,
  below: Uint8Array,
): Promise<Conviction | undefined> {
  const { publicKey, verify = (record, signature) => verifyRecord(record, signature, publicKey) } = search;
  const { streamId } = search.anchored;
  const frame = frameIn(index, below);
  if (frame === undefined) return undefined;
  const { record, signature } = splitFrame(frame);
  if (!verify(record, signature)) {
    const leaf = await tree.open({ level: 0, index }, "body");
    return { code: "BadSignature", streamId, leaf, frame };
  }
  return (await judgeChain(search, tree, index, frame)) ?? judgeChainBehind(search, tree, index);
}

/** The chain between a reading and the one just before it. */
async function judgeChain(
  { anchored: { streamId } }: Search,
  tree: TreeReader,
  index: number,
  laterFrame: Uint8Array,
): Promise<Conviction | undefined> {
  const earlierFrame = index > 0 ? await frameAt(tree, index - 1) : undefined;
  if (earlierFrame === undefined) return undefined;
  if (equalBytes(recordPrev(laterFrame), chainHash(earlierFrame.subarray(0, RECORD_BYTES)))) return undefined;
  return { code: "BadChain", streamId, fork: await tree.forkBefore(index), earlierFrame, laterFrame };
}

/** The reading behind may agree with the honest tree, and so not be judged by itself. */
async function judgeChainBehind(
  search: Search,
  tree: TreeReader,
  index: number,
): Promise<Conviction | undefined> {
  const behind = index + 1 < search.anchored.size ? await frameAt(tree, index + 1) : undefined;
  return behind === undefined ? undefined : judgeChain(search, tree, index + 1, behind);
}

function positionsIn(body: Uint8Array): number {
  const { count, missing } = aggregateOf(body);
  return count + missing;
}

async function frameAt(tree: TreeReader, index: number): Promise<Uint8Array | undefined> {
  const node = await tree.node({ level: 0, index });
  return node?.below === undefined ? undefined : frameIn(index, node.below);
}
