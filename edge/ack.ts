import type { Verdict } from "../protocol/admission.ts";
import { type Ack, MAX_ACK_ENTRIES } from "../protocol/messages.ts";

/** What a frame was answered; `seq` is `undefined` when the bytes have none. */
export type Answer = { seq: number | undefined; verdict: Verdict };

/**
 * The acknowledgements that tell a device where its stream stands and which of its frames were refused: one, unless
 * more were refused than fit. `heldSeqs` are the frames behind the gap, ascending.
 */
export function acksOf(options: {
  nextSeq: number;
  heldSeqs: readonly number[];
  answers: readonly Answer[];
}): Ack[] {
  const { nextSeq, heldSeqs, answers } = options;
  const position = { contiguous: nextSeq - 1, missing: missingRanges(nextSeq, heldSeqs) };
  const refused = answers.flatMap(({ seq, verdict }) =>
    seq !== undefined && isRefusal(verdict) ? [{ seq, verdict }] : [],
  );
  const acks: Ack[] = [];
  for (let from = 0; from === 0 || from < refused.length; from += MAX_ACK_ENTRIES) {
    acks.push({ ...position, verdicts: refused.slice(from, from + MAX_ACK_ENTRIES) });
  }
  return acks;
}

/** True for a verdict that the device has to hear of: what is neither stored nor on its way to it. */
export function isRefusal(verdict: Verdict): boolean {
  switch (verdict) {
    case "stored":
    case "duplicate":
    case "ahead":
      return false;
    case "conflict":
    case "late":
    case "bad-signature":
    case "broken-chain":
    case "not-increasing":
    case "impossible-time":
    case "malformed":
    case "unknown-device":
    case "revoked":
    case "not-stored":
      return true;
  }
}

/** The first ranges that lack between what is stored and the last frame that is held, both ends inclusive. */
function missingRanges(nextSeq: number, heldSeqs: readonly number[]): Ack["missing"] {
  const ranges: Ack["missing"] = [];
  let expected = nextSeq;
  for (const seq of heldSeqs) {
    if (ranges.length === MAX_ACK_ENTRIES) break;
    if (seq > expected) ranges.push([expected, seq - 1]);
    expected = seq + 1;
  }
  return ranges;
}
