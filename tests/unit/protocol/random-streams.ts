import fc from "fast-check";
import { HOLE_REASONS, type HoleReason, holeLeaf, readingLeaf } from "../../../protocol/node.ts";
import { FRAME_BYTES } from "../../../protocol/record.ts";
import { createNodeMemory, createStreamTree, type StreamTree } from "../../../protocol/tree.ts";

/** One position of a made-up stream; a slot of 0 is "not measured". */
export type Place =
  | { kind: "hole"; reason: HoleReason }
  | { kind: "reading"; timeMs: number; flags: number; slots: number[]; frame: Uint8Array };

export type RandomStream = { streamId: Uint8Array; places: Place[] };

const START_MS = 1_767_225_600_000;

/** Streams with readings of any spacing and values, and holes anywhere; the signatures are random bytes. */
export function randomStream({ maxSize = 200 }: { maxSize?: number } = {}): fc.Arbitrary<RandomStream> {
  const stepMs = fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 1, max: 120_000 }) },
    { weight: 2, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.integer({ min: 2 ** 32 - 2, max: 2 ** 32 + 2 }) },
  );
  const place = fc.tuple(fc.nat(99), stepMs, fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  return fc
    .record({
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      holePercent: fc.constantFrom(0, 4, 30, 85),
      holesAhead: fc.nat(3),
      holesBehind: fc.nat(3),
      places: fc.array(place, { minLength: 1, maxLength: maxSize - 6, size: "max" }),
    })
    .map(({ seed, holePercent, holesAhead, holesBehind, places }) => {
      const streamId = new Uint8Array(32);
      fillRandomly(streamId, seed);
      let timeMs = START_MS;
      const hole = (roll: number): Place => ({ kind: "hole", reason: reasonOf(roll) });
      const body = places.map(([roll, step, placeSeed], i): Place => {
        timeMs += step;
        return roll < holePercent
          ? hole(roll)
          : madeReading({ seq: holesAhead + i, timeMs, seed: placeSeed });
      });
      const around = (count: number) => Array.from({ length: count }, (_, i) => hole(i));
      return { streamId, places: [...around(holesAhead), ...body, ...around(holesBehind)] };
    });
}

/** A reading whose flags, values and signature follow from a seed. */
export function madeReading({ seq, timeMs, seed }: { seq: number; timeMs: number; seed: number }): Place {
  const frame = new Uint8Array(FRAME_BYTES);
  fillRandomly(frame, seed);
  const view = new DataView(frame.buffer);
  const slots = Array.from({ length: 8 }, (_, slot) => {
    const value = view.getUint32(32 + 4 * slot);
    if (value % 8 === 0) return 0;
    return value % 8 === 1 ? [1, 2 ** 31, 2 ** 32 - 1][value % 3]! : Math.max(value, 1);
  });
  const absent = slots.reduce((bits, value, slot) => (value === 0 ? bits | (1 << (8 + slot)) : bits), 0);
  const flags = absent | (frame[0]! & 0x1f);
  view.setUint16(0, 1);
  view.setUint16(2, flags);
  view.setBigUint64(14, BigInt(seq));
  view.setUint32(12, seed);
  view.setUint16(22, Math.floor(timeMs / 2 ** 32));
  view.setUint32(24, timeMs % 2 ** 32);
  slots.forEach((value, slot) => {
    view.setUint32(32 + 4 * slot, value);
  });
  return { kind: "reading", timeMs, flags, slots, frame };
}

/** The stream's tree, in memory. */
export function plant({ streamId, places }: RandomStream): StreamTree {
  const tree = createStreamTree({ streamId, store: createNodeMemory() });
  places.forEach((place, i) => {
    tree.append(leafOf(streamId, i, place));
  });
  return tree;
}

export function leafOf(streamId: Uint8Array, position: number, place: Place) {
  return place.kind === "hole"
    ? holeLeaf(streamId, position, place.reason)
    : readingLeaf(streamId, position, place.frame);
}

/** Windows whose ends lie on, just beside, or between the readings of a stream. */
export function randomWindow(): fc.Arbitrary<(stream: RandomStream) => { fromMs: number; toMs: number }> {
  const edge = fc.tuple(fc.nat(), fc.constantFrom(-1, 0, 1, 30_000));
  return fc.tuple(edge, edge).map((edges) => ({ places }) => {
    const times = places.flatMap((place) => (place.kind === "reading" ? [place.timeMs] : []));
    const [a, b] = edges.map(([pick, offset]) => (times[pick % times.length] ?? START_MS) + offset);
    return { fromMs: Math.min(a!, b!), toMs: Math.max(a!, b!) };
  });
}

function reasonOf(roll: number): HoleReason {
  const reasons = Object.values(HOLE_REASONS);
  return reasons[roll % reasons.length]!;
}

/** Fills bytes from a seed with Marsaglia's xorshift (32 bits, shifts 13, 17, 5). */
export function fillRandomly(bytes: Uint8Array, seed: number): void {
  let state = seed ^ 0x9e3779b9 || 1;
  for (let i = 0; i < bytes.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state >>> 11;
  }
}
