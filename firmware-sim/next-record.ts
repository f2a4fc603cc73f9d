import { encodeRecord, encodeValue, FLAG } from "../protocol/record.ts";
import type { Head } from "./outbox.ts";
import type { Sample } from "./source.ts";

/** What a record says beside its sample. */
export type RecordContext = {
  device: Uint8Array;
  beacon: number;
  /** Serial of the calibration credential in force; 0 for none. */
  calibration: number;
  calibrationOverdue: boolean;
  firstAfterPowerUp: boolean;
  clockSynchronised: boolean;
};

export type Stamp = {
  timeMs: number;
  /** The clock stands still or lies a little behind, so the time is only the next after the last. */
  unsynchronised: boolean;
  /** The clock lies so far behind that correcting it would invent time. */
  stepped: boolean;
};

/** Step back that is bridged: a clock's ordinary correction, and what admission tolerates ahead of its own clock. */
const SMALL_STEP_MS = 300_000;

/** The time of a record whose sample was taken at `sampleMs`, after one of `lastMs`. */
export function stampAfter(lastMs: number | null, sampleMs: number): Stamp {
  if (lastMs === null || sampleMs > lastMs)
    return { timeMs: sampleMs, unsynchronised: false, stepped: false };
  if (lastMs - sampleMs <= SMALL_STEP_MS) return { timeMs: lastMs + 1, unsynchronised: true, stepped: false };
  return { timeMs: sampleMs, unsynchronised: false, stepped: true };
}

/** The record that continues a chain with a sample; values that no slot can hold become *not measured*. */
export function nextRecord(
  head: Head,
  sample: Sample,
  context: RecordContext,
): { record: Uint8Array; stamp: Stamp; unencodable: number } {
  const stamp = stampAfter(head.lastTimeMs, sample.timeMs);
  const values = sample.values.map((value) => (value !== null && isEncodable(value) ? value : null));
  const unencodable = sample.values.filter((value, slot) => value !== null && values[slot] === null).length;
  const flags =
    (context.firstAfterPowerUp ? FLAG.firstAfterPowerUp : 0) |
    (stamp.unsynchronised || !context.clockSynchronised ? FLAG.clockNotSynchronised : 0) |
    (context.calibrationOverdue ? FLAG.calibrationOverdue : 0) |
    (sample.outOfWater ? FLAG.tampered : 0) |
    (sample.simulated ? FLAG.simulated : 0);
  const record = encodeRecord({
    flags,
    device: context.device,
    beacon: context.beacon,
    seq: head.nextSeq,
    timeMs: stamp.timeMs,
    calibration: context.calibration,
    values,
    prev: head.prev,
  });
  return { record, stamp, unencodable };
}

function isEncodable(value: number): boolean {
  try {
    encodeValue(value);
    return true;
  } catch {
    // A broken instrument says inf or 1e30; that is not a measurement.
    return false;
  }
}
