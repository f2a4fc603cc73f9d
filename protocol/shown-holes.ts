import { equalBytes } from "./bytes.ts";
import { verifyDirectory } from "./directory.ts";
import { aggregateOf, BODY_BYTES, readingLeaf, widen } from "./node.ts";
import { type BatchOpening, rootOfOpening } from "./opening.ts";
import { FRAME_BYTES, recordDevice, recordProblem, recordSeq, recordTimeMs } from "./record.ts";
import { deviceId, splitFrame } from "./signature.ts";
import { heightOf, MAX_HEIGHT } from "./tree.ts";
import type { Window, WindowResult } from "./window.ts";

// protocol.md §5, "Shown holes". The same decisions, in the same order, as contracts/evidence/ShownHoles.sol.

const STEP_BYTES = 128;

/** The signed record of a position, and the leaf that has that position as a hole. */
export type ShownHole = { leaf: BatchOpening; frame: Uint8Array };

/** Whose window it is, and the batch that its proof opened. */
export type HoleSubject = Window & {
  streamId: Uint8Array;
  publicKey: Uint8Array;
  batch: number;
  streamCount: number;
  directoryRoot: Uint8Array;
  signatureIsValid: (record: Uint8Array, signature: Uint8Array) => boolean;
};

/** The window with all holes counted that were shown, or the first that cannot be, and why. */
export type ShownOutcome =
  | { counted: true; window: WindowResult }
  | {
      counted: false;
      position: number;
      why:
        | "not-in-the-window"
        | "other-batch"
        | "not-anchored"
        | "not-a-hole"
        | "not-its-record"
        | "not-in-time";
    };

/**
 * Counts shown holes in a window that a proof of the subject's batch gave: each is a reading more and a hole less, with
 * its values and flags. Gaps, and the times of the first and the last reading, stay as they were proven.
 */
export function countShownHoles(
  proven: WindowResult,
  subject: HoleSubject,
  shown: readonly ShownHole[],
): ShownOutcome {
  const window = { ...proven, mins: proven.mins.slice(), maxs: proven.maxs.slice() };
  let next = (proven.before.index + 1) * 2 ** proven.before.level;
  const end = next + proven.count + proven.missing;
  for (const hole of shown) {
    const position = hole.leaf.index;
    const refuse = (why: (ShownOutcome & { counted: false })["why"]): ShownOutcome => ({
      counted: false,
      position,
      why,
    });
    if (position < next || position >= end) return refuse("not-in-the-window");
    if (hole.leaf.batch !== subject.batch) return refuse("other-batch");
    if (!isAnchored(hole.leaf, subject)) return refuse("not-anchored");
    const { count, missing } = aggregateOf(hole.leaf.node);
    if (hole.leaf.level !== 0 || count !== 0 || missing !== 1) return refuse("not-a-hole");
    if (!isRecordOf(position, hole.frame, subject)) return refuse("not-its-record");
    const timeMs = recordTimeMs(hole.frame);
    if (timeMs < subject.fromMs || timeMs > subject.toMs) return refuse("not-in-time");

    const reading = aggregateOf(readingLeaf(subject.streamId, position, hole.frame).body);
    window.count += 1;
    window.missing -= 1;
    window.flags |= reading.flags;
    widen(window, reading);
    next = position + 1;
  }
  return { counted: true, window };
}

/** Whether the whole node is where the opening says, in the directory of the batch. */
function isAnchored(opening: BatchOpening, { streamId, streamCount, directoryRoot }: HoleSubject): boolean {
  const { size, level, index, node, path, directory } = opening;
  const height = size > 2 ** MAX_HEIGHT ? 0 : heightOf(size);
  const steps = path.length / STEP_BYTES;
  if (!Number.isInteger(steps) || steps !== height - level || level < 0 || index >= 2 ** steps) return false;
  if (node.length !== BODY_BYTES) return false;
  const root = rootOfOpening(streamId, opening);
  return verifyDirectory({
    entry: { streamId, size, root },
    proof: directory,
    streamCount,
    root: directoryRoot,
  });
}

function isRecordOf(position: number, frame: Uint8Array, subject: HoleSubject): boolean {
  if (frame.length !== FRAME_BYTES) return false;
  const { record, signature } = splitFrame(frame);
  return (
    recordProblem(record) === undefined &&
    equalBytes(recordDevice(record), deviceId(subject.publicKey)) &&
    recordSeq(record) === position &&
    subject.signatureIsValid(record, signature)
  );
}
