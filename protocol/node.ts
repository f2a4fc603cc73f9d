import { concatBytes, equalBytes, readUint, uintWord, writeUint } from "./bytes.ts";
import { PondproofError } from "./errors.ts";
import { keccak } from "./hash.ts";
import { recordFlags, recordTimeMs, recordValues, SLOTS } from "./record.ts";

// protocol.md §3. A node is kept as the bytes that the ledger hashes:
//
//   body    0–31 meta: firstTime u48 | lastTime u48 | maxGap u32 | count u32 | missing u32 | flags u16 | 0 u48
//          32–63 mins, 64–95 maxs: eight u32 lanes each
//          96–127 inside: hash of what hangs below
//   digest  H(word(1, level, index) || streamId || body)
export const BODY_BYTES = 128;
const TAG = { node: 1, reading: 2, hole: 3, pair: 4 } as const;
const MAX_U32 = 2 ** 32 - 1;

/** A node of a stream's tree: 128 bytes of aggregate and `inside`, and their digest. */
export type TreeNode = { body: Uint8Array; digest: Uint8Array };

/** What a node says of the readings below it; times in ms since 1970, `maxGapMs` saturating at 2³² − 1. */
export type Aggregate = {
  firstMs: number;
  lastMs: number;
  maxGapMs: number;
  count: number;
  missing: number;
  flags: number;
  mins: Uint8Array;
  maxs: Uint8Array;
};

/** Why a position of a stream has no reading (protocol §3). */
export const HOLE_REASONS = {
  "lost-at-reader": 1,
  "not-received": 2,
  "bad-signature": 3,
  "broken-chain": 4,
  "not-increasing": 5,
  malformed: 6,
  "impossible-time": 7,
} as const;

export type HoleReason = (typeof HOLE_REASONS)[keyof typeof HOLE_REASONS];

/** What stands at positions beyond a stream's size. */
export const EMPTY: TreeNode = {
  body: concatBytes(new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(64)),
  digest: new Uint8Array(32),
};

/** One 32-byte word: tag << 248 | level << 240 | index. */
export function word(tag: number, level: number, index: number): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes[0] = tag;
  bytes[1] = level;
  writeUint(bytes, 26, 6, index);
  return bytes;
}

/** keccak256(abi.encode(H("pondproof/stream/1"), chainId, deviceRegistry, x, y)); `publicKey` is x ‖ y. */
export function streamIdOf(stream: {
  chainId: number | bigint;
  deviceRegistry: string;
  publicKey: Uint8Array;
}): Uint8Array {
  const domain = keccak(new TextEncoder().encode("pondproof/stream/1"));
  return keccak(domain, uintWord(stream.chainId), uintWord(BigInt(stream.deviceRegistry)), stream.publicKey);
}

/** The `inside` of a reading's leaf. */
export function readingInside(index: number, frame: Uint8Array): Uint8Array {
  return keccak(word(TAG.reading, 0, index), frame);
}

/** The `inside` of the node over two children with these digests. */
export function pairInside(
  level: number,
  index: number,
  leftDigest: Uint8Array,
  rightDigest: Uint8Array,
): Uint8Array {
  return keccak(word(TAG.pair, level, index), leftDigest, rightDigest);
}

/** The leaf of a reading; `frame` is its 160 bytes with the signature in low-s form. */
export function readingLeaf(streamId: Uint8Array, index: number, frame: Uint8Array): TreeNode {
  const body = new Uint8Array(BODY_BYTES);
  const flags = recordFlags(frame);
  const timeMs = recordTimeMs(frame);
  writeMeta(body, { firstMs: timeMs, lastMs: timeMs, maxGapMs: 0, count: 1, missing: 0, flags });
  body.set(recordValues(frame), 32);
  body.set(recordValues(frame), 64);
  for (let slot = 0; slot < SLOTS; slot++) {
    // A metric that was not measured proves nothing: its range is everything.
    if ((flags & (1 << (8 + slot))) !== 0) body.fill(0xff, 64 + 4 * slot, 68 + 4 * slot);
  }
  body.set(readingInside(index, frame), 96);
  return sealed(streamId, 0, index, body);
}

/** The leaf of a position without a reading. */
export function holeLeaf(streamId: Uint8Array, index: number, reason: HoleReason): TreeNode {
  const body = EMPTY.body.slice();
  writeUint(body, 20, 4, 1);
  body.set(keccak(word(TAG.hole, 0, index), streamId, uintWord(reason)), 96);
  return sealed(streamId, 0, index, body);
}

/**
 * The node over two children.
 * @throws OUT_OF_ORDER when the right side does not begin after the left side has ended
 */
export function pairNode(
  streamId: Uint8Array,
  level: number,
  index: number,
  left: TreeNode,
  right: TreeNode,
): TreeNode {
  const body = combine(left.body, right.body);
  body.set(pairInside(level, index, left.digest, right.digest), 96);
  return sealed(streamId, level, index, body);
}

/** True when a body's padding is zero, and one without readings says nothing of their times, gaps and flags. */
export function isCanonical(body: Uint8Array): boolean {
  const { firstMs, lastMs, maxGapMs, count, flags } = aggregateOf(body);
  const isSilent = firstMs === 0 && lastMs === 0 && maxGapMs === 0 && flags === 0;
  return readUint(body, 26, 6) === 0 && (count > 0 || isSilent);
}

/** True when a node's body is the combination of its children's, which are canonical, and they are in order. */
export function combinesTo(left: Uint8Array, right: Uint8Array, body: Uint8Array): boolean {
  const [a, b] = [aggregateOf(left), aggregateOf(right)];
  if (a.count > 0 && b.count > 0 && b.firstMs <= a.lastMs) return false;
  return equalBytes(combine(left, right).subarray(0, 96), body.subarray(0, 96));
}

/** The digest that a body has at a place in a stream. */
export function nodeDigest(streamId: Uint8Array, level: number, index: number, body: Uint8Array): Uint8Array {
  return keccak(word(TAG.node, level, index), streamId, body);
}

export function aggregateOf(body: Uint8Array): Aggregate {
  return {
    firstMs: readUint(body, 0, 6),
    lastMs: readUint(body, 6, 6),
    maxGapMs: readUint(body, 12, 4),
    count: readUint(body, 16, 4),
    missing: readUint(body, 20, 4),
    flags: readUint(body, 24, 2),
    mins: body.subarray(32, 64),
    maxs: body.subarray(64, 96),
  };
}

/** Hash of what hangs below the node. */
export function insideOf(body: Uint8Array): Uint8Array {
  return body.subarray(96, 128);
}

/** Lane-wise minimum and maximum of packed values, into `into`. */
export function widen(
  into: { mins: Uint8Array; maxs: Uint8Array },
  by: { mins: Uint8Array; maxs: Uint8Array },
): void {
  for (let lane = 0; lane < 32; lane += 4) {
    if (readUint(by.mins, lane, 4) < readUint(into.mins, lane, 4))
      into.mins.set(by.mins.subarray(lane, lane + 4), lane);
    if (readUint(by.maxs, lane, 4) > readUint(into.maxs, lane, 4))
      into.maxs.set(by.maxs.subarray(lane, lane + 4), lane);
  }
}

/** Time between two readings, saturating like `maxGap` does. */
export function gapMs(earlierMs: number, laterMs: number): number {
  return Math.min(laterMs - earlierMs, MAX_U32);
}

function combine(leftBody: Uint8Array, rightBody: Uint8Array): Uint8Array {
  const left = aggregateOf(leftBody);
  const right = aggregateOf(rightBody);
  const both = left.count > 0 && right.count > 0;
  if (both && right.firstMs <= left.lastMs) {
    throw new PondproofError("OUT_OF_ORDER", { leftLastMs: left.lastMs, rightFirstMs: right.firstMs });
  }
  const body = leftBody.slice();
  writeMeta(body, {
    firstMs: left.count > 0 ? left.firstMs : right.firstMs,
    lastMs: right.count > 0 ? right.lastMs : left.lastMs,
    maxGapMs: Math.max(left.maxGapMs, right.maxGapMs, both ? gapMs(left.lastMs, right.firstMs) : 0),
    count: left.count + right.count,
    missing: left.missing + right.missing,
    flags: left.flags | right.flags,
  });
  widen({ mins: body.subarray(32, 64), maxs: body.subarray(64, 96) }, right);
  return body;
}

function writeMeta(body: Uint8Array, meta: Omit<Aggregate, "mins" | "maxs">): void {
  writeUint(body, 0, 6, meta.firstMs);
  writeUint(body, 6, 6, meta.lastMs);
  writeUint(body, 12, 4, meta.maxGapMs);
  writeUint(body, 16, 4, meta.count);
  writeUint(body, 20, 4, meta.missing);
  writeUint(body, 24, 2, meta.flags);
}

function sealed(streamId: Uint8Array, level: number, index: number, body: Uint8Array): TreeNode {
  return { body, digest: nodeDigest(streamId, level, index, body) };
}
