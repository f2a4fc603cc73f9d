import { toHex } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/hash.ts";

/** A span's place: the trace it belongs to, and its id there; lower-case hex of 16 and 8 bytes. */
export type TraceIds = { traceId: string; spanId: string };

/**
 * The trace of a reading, and the span with which it began at the probe: device id and number, so that every part finds
 * them in the record itself and nothing has to be carried (docs/decisions/0020).
 */
export function traceOfReading(device: string, seq: number): TraceIds {
  return { traceId: `${device}${seq.toString(16).padStart(16, "0")}`, spanId: device };
}

/** The trace of something on a ledger, whose genesis tells it apart from the same number on another. */
export function traceOnLedger(
  kind: "batch" | "policy" | "claim",
  { genesis, id }: { genesis: string; id: number | bigint },
): TraceIds {
  return idsOf(`${kind}/${genesis}/${id}`);
}

/** The trace of a transaction that concerns none of those, and the span of any transaction. */
export function traceOfTransaction(hash: string): TraceIds {
  return idsOf(`transaction/${hash}`);
}

/** The trace of an answer of a platform, by the hash of its bytes. */
export function traceOfAnswer(hash: string): TraceIds {
  return idsOf(`answer/${hash}`);
}

function idsOf(name: string): TraceIds {
  const hex = toHex(sha256(new TextEncoder().encode(`pondproof/trace/1/${name}`))).slice(2);
  return { traceId: hex.slice(0, 32), spanId: hex.slice(32, 48) };
}

/**
 * Whether a reading is among the share of readings that are traced: the same answer in every part, since it follows from
 * device id and number alone. `ratio` is from 0 to 1; the mixing is MurmurHash3's.
 */
export function isSampled(device: string, seq: number, ratio: number): boolean {
  if (ratio >= 1) return true;
  let mixed = Number.parseInt(device.slice(8), 16) ^ Math.imul(seq | 0, 0x9e3779b1) ^ (seq / 2 ** 32);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0 < ratio * 2 ** 32;
}
