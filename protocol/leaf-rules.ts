import { concatBytes, equalBytes, uintWord } from "./bytes.ts";
import { HOLE_REASONS, holeLeaf, readingLeaf, word } from "./node.ts";
import { FRAME_BYTES, RECORD_BYTES, recordDevice, recordPrev, recordProblem, recordSeq } from "./record.ts";

// What may hang below a node, as the bytes that its `inside` is the hash of (protocol §3); the counterpart of
// contracts/evidence/LeafRules.sol.
const TAG = { reading: 2, hole: 3, pair: 4 } as const;
const WORD = 32;
const AGGREGATE_BYTES = 96;

export type Place = { level: number; index: number };

/** The bytes below the leaf of a reading. */
export function belowReading(index: number, frame: Uint8Array): Uint8Array {
  return concatBytes(word(TAG.reading, 0, index), frame);
}

/** The bytes below the leaf of a hole. */
export function belowHole(streamId: Uint8Array, index: number, reason: number): Uint8Array {
  return concatBytes(word(TAG.hole, 0, index), streamId, uintWord(reason));
}

/** The bytes below an inner node. */
export function belowPair(
  { level, index }: Place,
  { left, right }: { left: Uint8Array; right: Uint8Array },
): Uint8Array {
  return concatBytes(word(TAG.pair, level, index), left, right);
}

/** The digests of an inner node's children, or `undefined` where the bytes are no pair of this place. */
export function childrenIn(
  { level, index }: Place,
  below: Uint8Array,
): { left: Uint8Array; right: Uint8Array } | undefined {
  if (below.length !== 3 * WORD || !equalBytes(below.subarray(0, WORD), word(TAG.pair, level, index)))
    return undefined;
  return { left: below.subarray(WORD, 2 * WORD), right: below.subarray(2 * WORD) };
}

/** The frame of a reading, or `undefined` where the bytes are no reading of this position. */
export function frameIn(index: number, below: Uint8Array): Uint8Array | undefined {
  const isReading =
    below.length === WORD + FRAME_BYTES && equalBytes(below.subarray(0, WORD), word(TAG.reading, 0, index));
  return isReading ? below.subarray(WORD) : undefined;
}

/**
 * True when a node follows from what hangs below it. Of a pair that is only its place: whether it combines its children,
 * they must be opened to see.
 */
export function followsFromBelow({
  place,
  body,
  below,
  streamId,
  device,
}: {
  place: Place;
  body: Uint8Array;
  below: Uint8Array;
  streamId: Uint8Array;
  device: Uint8Array;
}): boolean {
  const { level, index } = place;
  if (level > 0) return childrenIn(place, below) !== undefined;
  const frame = frameIn(index, below);
  const leaf =
    frame === undefined ? holeOf(streamId, index, below) : readingOf({ streamId, index, frame, device });
  return (
    leaf !== undefined && equalBytes(leaf.subarray(0, AGGREGATE_BYTES), body.subarray(0, AGGREGATE_BYTES))
  );
}

/** The body that the leaf of a sound frame has. */
function readingOf({
  streamId,
  index,
  frame,
  device,
}: {
  streamId: Uint8Array;
  index: number;
  frame: Uint8Array;
  device: Uint8Array;
}): Uint8Array | undefined {
  const isSound =
    recordProblem(frame.subarray(0, RECORD_BYTES)) === undefined &&
    equalBytes(recordDevice(frame), device) &&
    recordSeq(frame) === index &&
    (index > 0 || recordPrev(frame).every((byte) => byte === 0));
  return isSound ? readingLeaf(streamId, index, frame).body : undefined;
}

function holeOf(streamId: Uint8Array, index: number, below: Uint8Array): Uint8Array | undefined {
  const reason = Object.values(HOLE_REASONS).find((known) =>
    equalBytes(belowHole(streamId, index, known), below),
  );
  return reason === undefined ? undefined : holeLeaf(streamId, index, reason).body;
}
