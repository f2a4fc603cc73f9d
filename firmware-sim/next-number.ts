import { RESERVE_STRIDE } from "./number-reserve.ts";

/** What is known of the numbers that a key has used. */
export type NumberMemory = {
  /** The outbox's next number; `undefined` when it knows nothing of the device. */
  nextSeq: number | undefined;
  /** See `NumberReserve`. */
  reservedTo: number | undefined;
  /** The key was made a moment ago and has signed nothing. */
  isNewKey: boolean;
  /** What the operator says, who has asked the gateway. */
  firstNumber: number | undefined;
};

/** With which number a reader goes on. */
export type NextNumber =
  | { kind: "known" }
  /** The outbox was lost, or is an old copy: everything below is left behind. */
  | { kind: "leap"; toSeq: number }
  | { kind: "unknown" };

/**
 * Decides so that no number is ever signed twice: two records with one number are the proof of a cloned key, and
 * freeze the stream. What it cannot see is an outbox that somebody put back from a copy less than a stride old.
 */
export function nextNumber({ nextSeq, reservedTo, isNewKey, firstNumber }: NumberMemory): NextNumber {
  if (reservedTo !== undefined) {
    // The outbox is never more than a stride behind the reserve, unless it is a copy of another day.
    const isCurrent = nextSeq !== undefined && nextSeq >= reservedTo - RESERVE_STRIDE;
    return isCurrent ? { kind: "known" } : { kind: "leap", toSeq: Math.max(reservedTo, firstNumber ?? 0) };
  }
  if (nextSeq !== undefined || isNewKey) return { kind: "known" };
  return firstNumber === undefined ? { kind: "unknown" } : { kind: "leap", toSeq: firstNumber };
}
