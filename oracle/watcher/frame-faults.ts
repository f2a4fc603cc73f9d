import { admit, type Verdict } from "../../protocol/admission.ts";
import { chainHash, deviceId, splitFrame } from "../../protocol/signature.ts";

/** The cases of protocol §6 that one frame at a place can be convicted by. */
export type FrameFault = "BadSignature" | "BadInside" | "BadChain" | "BadCombine" | "FromTheFuture";

/** What a frame is judged by: its place, its stream, and the block that anchored it. */
export type FramePlace = {
  seq: number;
  publicKey: Uint8Array;
  /** Time of the last reading before it; −1 where there is none, or where the nodes above judge it. */
  lastTimeMs: number;
  /** The frame at `seq` − 1; `undefined` where that is a hole. */
  before: Uint8Array | undefined;
  anchoredAtMs: number;
  signed: boolean;
};

/**
 * The case that convicts a frame in a tree; `undefined` where it is sound. Admission, sealing and watching share one
 * predicate, so that nothing which a gateway admits is ever challenged.
 */
export function frameFault(frame: Uint8Array, place: FramePlace): FrameFault | undefined {
  const { seq, publicKey, lastTimeMs, before, anchoredAtMs, signed } = place;
  const verdict = admit({
    frame,
    stream: {
      device: deviceId(publicKey),
      nextSeq: seq,
      lastTimeMs,
      previousChainHash: before && chainHash(splitFrame(before).record),
      revokedFromMs: undefined,
    },
    clock: { nowMs: anchoredAtMs, trusted: true, earliestMs: 0 },
    signatureIsValid: () => signed,
    storedAt: () => ({ kind: "hole" }),
  });
  return faultOf(verdict, seq);
}

function faultOf(verdict: Verdict, seq: number): FrameFault | undefined {
  switch (verdict) {
    case "stored":
      return undefined;
    case "bad-signature":
      return "BadSignature";
    case "broken-chain":
      // Record 0 has no neighbour: its `prev` has to be zero by itself (decision 5).
      return seq === 0 ? "BadInside" : "BadChain";
    case "not-increasing":
      return "BadCombine";
    case "impossible-time":
      return "FromTheFuture";
    case "malformed":
    case "unknown-device":
    case "ahead":
    case "late":
    case "duplicate":
    case "conflict":
    case "revoked":
      // Another schema, probe or number than its place asks for.
      return "BadInside";
  }
}
