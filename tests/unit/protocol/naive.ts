import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import type { Place, RandomStream } from "./random-streams.ts";

// Protocol §3 and §5 a second time, read from the text and slow: every aggregate is a scan of the leaves, every integer
// a bigint. It shares nothing with protocol/ but the hash function.

const MAX_U32 = 2 ** 32 - 1;
const LANES = [0, 1, 2, 3, 4, 5, 6, 7];

export type Summary = {
  firstMs: number;
  lastMs: number;
  maxGapMs: number;
  count: number;
  missing: number;
  flags: number;
  mins: number[];
  maxs: number[];
};

/** Digest of a node of the first `size` positions, as hex; 32 zeros beyond them. */
export function naiveDigest(stream: RandomStream, size: number, level: number, index: number): string {
  const { streamId, places } = stream;
  const start = index * 2 ** level;
  if (start >= size) return "00".repeat(32);
  const below = places.slice(start, Math.min(start + 2 ** level, size));
  const { firstMs, lastMs, maxGapMs, count, missing, flags, mins, maxs } = summarise(below);
  const meta = [
    hex(firstMs, 6),
    hex(lastMs, 6),
    hex(maxGapMs, 4),
    hex(count, 4),
    hex(missing, 4),
    hex(flags, 2),
    hex(0, 6),
  ];
  const lanes = [...mins, ...maxs].map((lane) => hex(lane, 4));
  const children = () =>
    [0, 1].map((side) => naiveDigest(stream, size, level - 1, 2 * index + side)).join("");
  const inside = level === 0 ? leafInside(stream, index) : hash(place(0x04, level, index) + children());
  return hash(place(0x01, level, index) + bytesToHex(streamId) + meta.join("") + lanes.join("") + inside);
}

/** Root digest of the first `size` positions. */
export function naiveRoot(stream: RandomStream, size: number): Uint8Array {
  const height = [...Array(33).keys()].find((h) => 2 ** h >= size)!;
  return hexToBytes(naiveDigest(stream, size, height, 0));
}

/** What lies in a window of the first `size` positions, or `undefined` where a reading inside or beside it is lacking. */
export function naiveWindow(
  places: readonly Place[],
  { fromMs, toMs, size }: { fromMs: number; toMs: number; size: number },
): (Summary & { beforeMs: number; beforePosition: number }) | undefined {
  const seen = places
    .slice(0, size)
    .flatMap((at, position) => (at.kind === "reading" ? [{ at, position }] : []));
  const before = seen.findLast(({ at }) => at.timeMs < fromMs);
  const after = seen.find(({ at }) => at.timeMs > toMs);
  const inside = seen.filter(({ at }) => at.timeMs >= fromMs && at.timeMs <= toMs).map(({ at }) => at);
  if (before === undefined || after === undefined || inside.length === 0) return undefined;
  return {
    ...summarise(inside),
    maxGapMs: longestGap([before.at.timeMs, ...inside.map(({ timeMs }) => timeMs), after.at.timeMs]),
    missing: places.slice(before.position, after.position).filter(({ kind }) => kind === "hole").length,
    beforeMs: before.at.timeMs,
    beforePosition: before.position,
  };
}

function summarise(places: readonly Place[]): Summary {
  const readings = places.filter((at) => at.kind === "reading");
  const lane = (slot: number) => readings.map(({ slots }) => slots[slot]!);
  return {
    firstMs: readings[0]?.timeMs ?? 0,
    lastMs: readings.at(-1)?.timeMs ?? 0,
    maxGapMs: longestGap(readings.map(({ timeMs }) => timeMs)),
    count: readings.length,
    missing: places.length - readings.length,
    flags: readings.reduce((flags, reading) => flags | reading.flags, 0),
    mins: LANES.map((slot) => Math.min(MAX_U32, ...lane(slot))),
    maxs: LANES.map((slot) => Math.max(0, ...lane(slot).map((value) => (value === 0 ? MAX_U32 : value)))),
  };
}

function longestGap(timesMs: readonly number[]): number {
  return timesMs.reduce(
    (longest, timeMs, i) => Math.max(longest, i === 0 ? 0 : Math.min(timeMs - timesMs[i - 1]!, MAX_U32)),
    0,
  );
}

function leafInside({ streamId, places }: RandomStream, position: number): string {
  const at = places[position]!;
  return at.kind === "reading"
    ? hash(place(0x02, 0, position) + bytesToHex(at.frame))
    : hash(place(0x03, 0, position) + bytesToHex(streamId) + hex(at.reason, 32));
}

function place(tag: number, level: number, index: number): string {
  return hex((BigInt(tag) << 248n) | (BigInt(level) << 240n) | BigInt(index), 32);
}

function hex(value: number | bigint, bytes: number): string {
  return BigInt(value)
    .toString(16)
    .padStart(2 * bytes, "0");
}

function hash(hexBytes: string): string {
  return bytesToHex(keccak_256(hexToBytes(hexBytes)));
}
