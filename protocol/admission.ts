import { compareBytes, equalBytes } from "./bytes.ts";
import { HOLE_REASONS, type HoleReason } from "./node.ts";
import {
  FRAME_BYTES,
  RECORD_BYTES,
  recordDevice,
  recordPrev,
  recordProblem,
  recordSeq,
  recordTimeMs,
} from "./record.ts";

/** A reading more than this ahead of a trusted clock is impossible (protocol §3, hole reason 7; §6, FromTheFuture). */
export const FUTURE_TOLERANCE_MS = 300_000;

/** Everything that admission can answer; the set is closed. */
export const VERDICTS = [
  "stored",
  "duplicate",
  "conflict",
  "late",
  "ahead",
  "bad-signature",
  "broken-chain",
  "not-increasing",
  "impossible-time",
  "malformed",
  "unknown-device",
  "revoked",
  "not-stored",
] as const;

/**
 * What admission says of a frame:
 * - `stored`: the next record of the stream, and good
 * - `duplicate`: the record that is stored already
 * - `conflict`: another record under a number that is stored; both are signed: evidence of a cloned key
 * - `late`: a record for a position that has become a hole; kept, so that it can be shown
 * - `ahead`: there is a gap before it; held while the missing range is asked for
 * - `not-stored`: the gateway could not make it durable; the reader keeps it and sends it again
 * - the rest: refused, and never part of a tree
 */
export type Verdict = (typeof VERDICTS)[number];

/** What the gateway knows of a stream: public key x ‖ y, and where it stands. */
export type StreamState = {
  device: Uint8Array;
  nextSeq: number;
  /** Time of the last stored reading; 0 before the first. */
  lastTimeMs: number;
  /** `chainHash` of record `nextSeq` − 1, or `undefined` when that position is a hole. Unused while `nextSeq` is 0. */
  previousChainHash: Uint8Array | undefined;
  /** Readings from this time on are refused; `undefined` while the probe is not revoked. */
  revokedFromMs: number | undefined;
};

/** How the gateway saw the time when the frame arrived. */
export type ClockState = {
  nowMs: number;
  trusted: boolean;
  /** No reading is older than the gateway's build. */
  earliestMs: number;
};

/** What stands at a position that the stream has passed. */
export type StoredPosition = { kind: "reading"; record: Uint8Array } | { kind: "hole" };

/** What admission needs to see; the two functions are asked only when the answer depends on them. */
export type AdmissionInput = {
  frame: Uint8Array;
  /** `undefined` for a device that is not paired. */
  stream: StreamState | undefined;
  clock: ClockState;
  signatureIsValid: () => boolean;
  storedAt: (seq: number) => StoredPosition;
};

/**
 * Judges one frame, without effects. It refuses exactly what a challenge of protocol §6 would convict, so that an
 * admitted frame, once anchored, survives every challenge.
 */
export function admit({ frame, stream, clock, signatureIsValid, storedAt }: AdmissionInput): Verdict {
  const record = frame.subarray(0, RECORD_BYTES);
  if (frame.length !== FRAME_BYTES || recordProblem(record) !== undefined) return "malformed";
  if (stream === undefined || compareBytes(recordDevice(record), stream.device) !== 0)
    return "unknown-device";
  if (!signatureIsValid()) return "bad-signature";
  const seq = recordSeq(record);
  if (seq < stream.nextSeq) {
    const stored = storedAt(seq);
    if (stored.kind === "hole") return "late";
    return equalBytes(stored.record, record) ? "duplicate" : "conflict";
  }
  const timeMs = recordTimeMs(record);
  if (stream.revokedFromMs !== undefined && timeMs >= stream.revokedFromMs) return "revoked";
  if (timeMs < clock.earliestMs || (clock.trusted && timeMs > clock.nowMs + FUTURE_TOLERANCE_MS))
    return "impossible-time";
  if (seq > stream.nextSeq) return "ahead";
  if (timeMs <= stream.lastTimeMs) return "not-increasing";
  return continuesChain(record, stream) ? "stored" : "broken-chain";
}

/** The reason that a hole gets when the last thing heard of its position was this verdict. */
export function holeReason(verdict: Verdict | undefined): HoleReason {
  switch (verdict) {
    case "bad-signature":
    case "broken-chain":
    case "not-increasing":
    case "malformed":
    case "impossible-time":
      return HOLE_REASONS[verdict];
    case "stored":
    case "duplicate":
    case "conflict":
    case "late":
    case "ahead":
    case "unknown-device":
    case "revoked":
    case "not-stored":
    case undefined:
      return HOLE_REASONS["not-received"];
  }
}

function continuesChain(record: Uint8Array, { nextSeq, previousChainHash }: StreamState): boolean {
  if (nextSeq === 0) return recordPrev(record).every((byte) => byte === 0);
  // Behind a hole there is nothing to compare with: BadChain speaks of two neighbouring readings only.
  return previousChainHash === undefined || equalBytes(recordPrev(record), previousChainHash);
}
