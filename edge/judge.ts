import { admit, type ClockState, holeReason, type Verdict } from "../protocol/admission.ts";
import { concatBytes, equalBytes } from "../protocol/bytes.ts";
import { HOLE_REASONS } from "../protocol/node.ts";
import { FRAME_BYTES, recordDevice, recordSeq, recordTimeMs } from "../protocol/record.ts";
import { chainHash, lowS, splitFrame } from "../protocol/signature.ts";
import type { Answer } from "./ack.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream.ts";

/** How much of a stream may wait behind a gap. */
export type WaitingLimits = {
  /** Frames held for each probe. */
  maxHeld: number;
  /** A frame further than this ahead is not held: closing such a gap would make as many holes. */
  maxGap: number;
};

/** A frame with everything that its verdict depends on. */
export type Arrival = {
  frame: Uint8Array;
  signatureIsValid: boolean;
  receivedAtMs: number;
  clock: ClockState;
  clockRow: number;
};

/** An answer, and the frame as it was kept. */
export type Outcome = Answer & { device: string; frame: Uint8Array | undefined };

/**
 * Gives verdicts and does what follows from them, in the store and in the draft of the stream. Its functions run
 * inside one transaction and return every answer that they gave.
 */
export type Judge = {
  /** Judges a frame, and then the held frames that it has made room for. */
  judge(stream: Stream, arrival: Arrival): Outcome[];
  /** Counts a payload that is no sequence of frames. */
  refusePayload(stream: Stream): Outcome[];
  /**
   * Notes that the reader has lost a range of positions, both ends inclusive. It makes no hole earlier: unlike a
   * record, such a report carries no signature.
   */
  noteLost(stream: Stream, range: { fromSeq: number; toSeq: number }): void;
  /** Turns at most `maxHoles` open positions before the first held frame into holes, and judges what follows. */
  closeGap(stream: Stream, maxHoles: number): Outcome[];
};

export function createJudge({ store, limits }: { store: Store; limits: WaitingLimits }): Judge {
  const give = (stream: Stream, verdict: Verdict) => {
    stream.verdicts[verdict]++;
    // The count of what is stored follows from the positions.
    if (verdict !== "stored") store.devices.countVerdict(stream.row, verdict);
  };

  const judgeOne = (stream: Stream, arrival: Arrival): Outcome => {
    const verdict = admit({
      frame: arrival.frame,
      stream,
      clock: arrival.clock,
      signatureIsValid: () => arrival.signatureIsValid,
      storedAt: (seq) => store.positions.at(stream.row, seq),
    });
    const kept = { ...arrival, frame: withLowS(arrival.frame) };
    give(stream, verdict);
    settle(store, limits, stream, kept, verdict);
    return { device: stream.id, seq: recordSeq(kept.frame), verdict, frame: kept.frame };
  };

  const drain = (stream: Stream): Outcome[] => {
    const outcomes: Outcome[] = [];
    for (let before = -1; stream.held > 0 && stream.nextSeq > before; ) {
      before = stream.nextSeq;
      const waiting = store.waiting.heldAt(stream.row, before);
      stream.held -= store.waiting.releaseAt(stream.row, before);
      for (const { trusted, earliestMs, ...held } of waiting) {
        const clock = { nowMs: held.receivedAtMs, trusted, earliestMs };
        outcomes.push(judgeOne(stream, { ...held, clock, signatureIsValid: true }));
      }
    }
    return outcomes;
  };

  return {
    judge(stream, arrival) {
      const outcome = judgeOne(stream, arrival);
      return outcome.verdict === "stored" && stream.held > 0 ? [outcome, ...drain(stream)] : [outcome];
    },
    refusePayload(stream) {
      give(stream, "malformed");
      return [{ device: stream.id, seq: undefined, verdict: "malformed", frame: undefined }];
    },
    noteLost(stream, range) {
      const fromSeq = Math.max(range.fromSeq, stream.nextSeq);
      const toSeq = Math.min(range.toSeq, stream.nextSeq + limits.maxHeld - 1);
      if (fromSeq > toSeq) return;
      store.waiting.fillReasons(stream.row, { fromSeq, toSeq }, HOLE_REASONS["lost-at-reader"]);
      stream.hasReasons = true;
    },
    closeGap(stream, maxHoles) {
      const end = Math.min(
        store.waiting.heldSeqs(stream.row)[0] ?? stream.nextSeq,
        stream.nextSeq + maxHoles,
      );
      while (stream.nextSeq < end) putHole(store, stream);
      return drain(stream);
    },
  };
}

/** What follows from a verdict. */
function settle(
  store: Store,
  limits: WaitingLimits,
  stream: Stream,
  arrival: Arrival,
  verdict: Verdict,
): void {
  const { frame, clockRow, receivedAtMs } = arrival;
  switch (verdict) {
    case "stored":
      putReading(store, stream, arrival);
      return;
    case "duplicate":
    // Given when a whole batch could not be stored, never of a frame.
    case "not-stored":
      return;
    case "ahead": {
      const seq = recordSeq(frame);
      if (stream.held >= limits.maxHeld || seq - stream.nextSeq > limits.maxGap) return;
      if (store.waiting.hold(stream.row, seq, { frame, receivedAtMs, clockRow })) stream.held++;
      return;
    }
    case "bad-signature":
    case "broken-chain":
    case "not-increasing":
    case "malformed":
    case "impossible-time":
    case "conflict":
    case "late":
    case "unknown-device":
    case "revoked":
      store.evidence.keep(stream.row, clockRow, { verdict, frame, receivedAtMs });
      noteRefusal(store, limits, stream, frame, verdict);
  }
}

function putReading(store: Store, stream: Stream, { frame, receivedAtMs, clockRow }: Arrival): void {
  const seq = stream.nextSeq;
  const timeMs = recordTimeMs(frame);
  store.positions.addReading({ row: stream.row, seq, timeMs, receivedAtMs, clockRow, frame });
  stream.lastTimeMs = timeMs;
  stream.previousChainHash = chainHash(splitFrame(frame).record);
  stream.last = { seq, frame, receivedAtMs };
  advance(store, stream);
}

function putHole(store: Store, stream: Stream): void {
  const known = stream.hasReasons ? store.waiting.reasonAt(stream.row, stream.nextSeq) : undefined;
  store.positions.addHole({
    row: stream.row,
    seq: stream.nextSeq,
    timeMs: stream.lastTimeMs,
    reason: known ?? HOLE_REASONS["not-received"],
  });
  stream.previousChainHash = undefined;
  stream.holes++;
  advance(store, stream);
}

function advance(store: Store, stream: Stream): void {
  stream.nextSeq++;
  if (!stream.hasReasons) return;
  store.waiting.forgetReasonsBefore(stream.row, stream.nextSeq);
  stream.hasReasons = store.waiting.hasReasons(stream.row);
}

/** Remembers a refusal that could become the reason of a hole, for as many positions as could be held. */
function noteRefusal(
  store: Store,
  limits: WaitingLimits,
  stream: Stream,
  frame: Uint8Array,
  verdict: Verdict,
): void {
  const seq = recordSeq(frame);
  const isOpen = seq >= stream.nextSeq && seq < stream.nextSeq + limits.maxHeld;
  const isOurs = equalBytes(recordDevice(frame), stream.device);
  const reason = holeReason(verdict);
  if (!isOpen || !isOurs || reason === HOLE_REASONS["not-received"]) return;
  store.waiting.noteReason(stream.row, seq, reason);
  stream.hasReasons = true;
}

/** The frame with its signature in the form that everybody stores (protocol §2). */
function withLowS(frame: Uint8Array): Uint8Array {
  // n/2 begins with 0x7fffffff: most signatures of a reader can be told to be low without big integers.
  if (frame.length !== FRAME_BYTES || frame[128]! < 0x7f) return frame;
  const { record, signature } = splitFrame(frame);
  return concatBytes(record, lowS(signature));
}
