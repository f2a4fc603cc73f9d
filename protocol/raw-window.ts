import { FUTURE_TOLERANCE_MS } from "./admission.ts";
import { concatBytes, equalBytes } from "./bytes.ts";
import { PondproofError } from "./errors.ts";
import { type Aggregate, aggregateOf, EMPTY, gapMs, insideOf, readingLeaf, widen } from "./node.ts";
import { FRAME_BYTES, recordDevice, recordPrev, recordProblem, recordSeq, recordTimeMs } from "./record.ts";
import { chainHash, deviceId, lowS, splitFrame } from "./signature.ts";
import { MAX_HEIGHT } from "./tree.ts";
import type { Window, WindowResult } from "./window.ts";

// protocol.md §5, "Raw proof". The same decisions, in the same order, as contracts/evidence/RawScan.sol.

/** Frames in one part: more might not fit under the cap of a transaction. */
export const MOST_FRAMES = 1_000;

/** How far a raw proof has come. A value: taking a part gives another one. */
export type RawScan = Window & {
  phase: "nothing" | "before" | "inside" | "complete";
  /** How many frames were checked. */
  frames: number;
  last: { seq: number; timeMs: number; chainHash: Uint8Array } | undefined;
  before: WindowResult["before"] | undefined;
  /** The readings in the window; gaps to the readings beside it are in `edgeGapMs`. */
  inside: Aggregate;
  edgeGapMs: number;
  /** When the last part was committed, in seconds; `undefined` once a part was not. */
  committedAtS: number | undefined;
};

/** Why a part is refused; then nothing of it counts. */
export type RawRefusal =
  | { why: "already-complete" }
  | { why: "impossible-part"; length: number }
  | { why: "malformed"; seq: number; problem: string }
  | { why: "other-device"; seq: number }
  | { why: "not-signed"; seq: number }
  | { why: "impossible-seq"; seq: number; atLeast: number }
  | { why: "from-the-future"; seq: number; timeMs: number; latestMs: number }
  | { why: "time-not-increasing"; seq: number; timeMs: number; lastMs: number }
  | { why: "broken-chain"; seq: number }
  | { why: "no-reading-before"; seq: number }
  | { why: "no-reading-inside"; seq: number };

/** A part with how many of its frames were looked at, or why it is refused. */
export type RawOutcome = { taken: true; scan: RawScan; frames: number } | ({ taken: false } & RawRefusal);

/** Frames to check, and against what. */
export type RawPart = {
  streamId: Uint8Array;
  publicKey: Uint8Array;
  /** 160 bytes each, rising numbers; a number left out is a hole. */
  frames: Uint8Array;
  /** When exactly these bytes were committed, in seconds; `undefined` where they were not. */
  committedAtS: number | undefined;
  /** Time of the block that takes the part, in seconds. */
  blockTimeS: number;
  signatureIsValid: (record: Uint8Array, signature: Uint8Array) => boolean;
};

/** A raw proof of which nothing was shown yet. */
export function openRawScan({ fromMs, toMs }: Window): RawScan {
  return {
    fromMs,
    toMs,
    phase: "nothing",
    frames: 0,
    last: undefined,
    before: undefined,
    inside: aggregateOf(EMPTY.body),
    edgeGapMs: 0,
    committedAtS: 0,
  };
}

/** Checks the next frames until the window is whole; whatever comes after its end is not looked at. */
export function takePart(scan: RawScan, part: RawPart): RawOutcome {
  const { frames, committedAtS } = part;
  if (scan.phase === "complete") return { taken: false, why: "already-complete" };
  const howMany = frames.length / FRAME_BYTES;
  if (!Number.isInteger(howMany) || howMany < 1 || howMany > MOST_FRAMES) {
    return { taken: false, why: "impossible-part", length: frames.length };
  }
  let next: RawScan = { ...scan, committedAtS: latest(scan.committedAtS, committedAtS) };
  let taken = 0;
  for (; taken < howMany && next.phase !== "complete"; taken++) {
    const frame = frames.subarray(taken * FRAME_BYTES, (taken + 1) * FRAME_BYTES);
    const refusal = problemOf(frame, part) ?? problemAfter(next, frame, part) ?? placeProblem(next, frame);
    if (refusal !== undefined) return { taken: false, ...refusal };
    next = withFrame(next, frame, part.streamId);
  }
  return { taken: true, scan: next, frames: taken };
}

/**
 * The window, as a window proof that shows the reading before gives it, and when all of it had been committed.
 * @throws NO_READING_BESIDE_WINDOW while it is not whole
 */
export function rawWindowOf(scan: RawScan): WindowResult & { committedAtS: number | undefined } {
  const { phase, before, inside, edgeGapMs, committedAtS } = scan;
  if (phase !== "complete" || before === undefined) {
    throw new PondproofError("NO_READING_BESIDE_WINDOW", { phase, fromMs: scan.fromMs, toMs: scan.toMs });
  }
  return { ...inside, maxGapMs: Math.max(inside.maxGapMs, edgeGapMs), before, committedAtS };
}

/** What is wrong with a frame by itself. */
function problemOf(frame: Uint8Array, part: RawPart): RawRefusal | undefined {
  const { record, signature } = splitFrame(frame);
  const seq = recordSeq(record);
  const problem = recordProblem(record);
  if (problem !== undefined) return { why: "malformed", seq, problem };
  if (!equalBytes(recordDevice(record), deviceId(part.publicKey))) return { why: "other-device", seq };
  if (!part.signatureIsValid(record, signature)) return { why: "not-signed", seq };
  return undefined;
}

/** What is wrong with a frame as the next one of a stream. */
function problemAfter({ last }: RawScan, frame: Uint8Array, part: RawPart): RawRefusal | undefined {
  const seq = recordSeq(frame);
  const timeMs = recordTimeMs(frame);
  const atLeast = last === undefined ? 0 : last.seq + 1;
  if (seq < atLeast || seq >= 2 ** MAX_HEIGHT) return { why: "impossible-seq", seq, atLeast };
  // A record cannot be younger than the commitment to it.
  const latestMs = (part.committedAtS ?? part.blockTimeS) * 1000 + FUTURE_TOLERANCE_MS;
  if (timeMs > latestMs) return { why: "from-the-future", seq, timeMs, latestMs };
  const lastMs = last?.timeMs ?? 0;
  if (timeMs <= lastMs) return { why: "time-not-increasing", seq, timeMs, lastMs };
  const expected = last?.chainHash ?? new Uint8Array(32);
  // Behind a hole, and before the first frame shown, there is nothing to compare with; before record 0 there are zeros.
  if (seq === atLeast && !equalBytes(recordPrev(frame), expected)) return { why: "broken-chain", seq };
  return undefined;
}

/** What the window lacks before this frame. */
function placeProblem({ phase, fromMs, toMs }: RawScan, frame: Uint8Array): RawRefusal | undefined {
  const seq = recordSeq(frame);
  const timeMs = recordTimeMs(frame);
  if (timeMs >= fromMs && phase === "nothing") return { why: "no-reading-before", seq };
  if (timeMs > toMs && phase === "before") return { why: "no-reading-inside", seq };
  return undefined;
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b);
}

function withFrame(scan: RawScan, frame: Uint8Array, streamId: Uint8Array): RawScan {
  const { record, signature } = splitFrame(frame);
  const seq = recordSeq(record);
  const timeMs = recordTimeMs(record);
  const leaf = readingLeaf(streamId, seq, concatBytes(record, lowS(signature))).body;
  const taken = { ...scan, frames: scan.frames + 1, last: { seq, timeMs, chainHash: chainHash(record) } };
  if (timeMs < scan.fromMs) {
    const before = { level: 0, index: seq, inside: insideOf(leaf), lastMs: timeMs };
    return { ...taken, phase: "before", before };
  }
  const last = scan.last!;
  // Holes since the frame before count on whichever side of the window's edge they lie.
  const missing = scan.inside.missing + seq - last.seq - 1;
  const sinceLastMs = gapMs(last.timeMs, timeMs);
  if (timeMs > scan.toMs) {
    const edgeGapMs = Math.max(scan.edgeGapMs, sinceLastMs);
    return { ...taken, phase: "complete", edgeGapMs, inside: { ...scan.inside, missing } };
  }
  const isFirst = scan.phase === "before";
  const reading = aggregateOf(leaf);
  const ranges = { mins: scan.inside.mins.slice(), maxs: scan.inside.maxs.slice() };
  widen(ranges, reading);
  return {
    ...taken,
    phase: "inside",
    edgeGapMs: isFirst ? sinceLastMs : scan.edgeGapMs,
    inside: {
      ...ranges,
      firstMs: isFirst ? timeMs : scan.inside.firstMs,
      lastMs: timeMs,
      maxGapMs: isFirst ? 0 : Math.max(scan.inside.maxGapMs, sinceLastMs),
      count: scan.inside.count + 1,
      missing,
      flags: scan.inside.flags | reading.flags,
    },
  };
}
