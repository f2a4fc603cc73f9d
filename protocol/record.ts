import { readUint, writeUint } from "./bytes.ts";
import { PondproofError } from "./errors.ts";

// protocol.md §1
export const RECORD_BYTES = 96;
export const SIGNATURE_BYTES = 64;
export const FRAME_BYTES = RECORD_BYTES + SIGNATURE_BYTES;
export const SLOTS = 8;
export const MAX_SEQ = 2 ** 48 - 1;

const SCHEMA = 1;
const OFFSET = 2 ** 31;
const DEFINED_FLAGS = 0xff1f;

/** The metric slots of schema 1, in their order. */
export const METRICS = [
  { name: "oxygen", unit: "mg/L" },
  { name: "temperature", unit: "°C" },
  { name: "ph", unit: "" },
  { name: "conductivity", unit: "mS/cm" },
  { name: "turbidity", unit: "NTU" },
  { name: "ammonia", unit: "mg/L" },
  { name: "current", unit: "A" },
  { name: "feed", unit: "kg" },
] as const;

export type MetricName = (typeof METRICS)[number]["name"];

/** The slot of a metric. */
export function slotOf(metric: MetricName): number {
  return METRICS.findIndex(({ name }) => name === metric);
}

export const FLAG = {
  firstAfterPowerUp: 1 << 0,
  clockNotSynchronised: 1 << 1,
  calibrationOverdue: 1 << 2,
  tampered: 1 << 3,
  simulated: 1 << 4,
} as const;

/** The flag that says that a slot was not measured. */
export function notMeasuredFlag(slot: number): number {
  return 1 << (8 + slot);
}

/** What a probe says once per sampling period, in physical units; `null` is "not measured". */
export type Reading = {
  /** Bits 0–4 of `FLAG`; the not-measured bits follow from `values`. */
  flags: number;
  /** First 8 bytes of the SHA-256 of the probe's public key. */
  device: Uint8Array;
  /** Last 4 bytes of a recent block's hash; 0 for none. */
  beacon: number;
  seq: number;
  /** Milliseconds since 1970 UTC. */
  timeMs: number;
  /** Serial of the calibration credential in force; 0 for none. */
  calibration: number;
  values: readonly (number | null)[];
  /** SHA-256 of the signed bytes of record `seq` − 1; zeros for `seq` 0. */
  prev: Uint8Array;
};

/** A physical value as a slot: round(value × 1000) + 2³¹, at least 1 (protocol §1). */
export function encodeValue(value: number): number {
  const slot = Math.round(value * 1000) + OFFSET;
  if (!(slot >= 1 && slot < 2 ** 32)) throw new PondproofError("INVALID_ARGUMENT", { value });
  return slot;
}

/** A slot as a physical value. */
export function decodeValue(slot: number): number {
  return (slot - OFFSET) / 1000;
}

/**
 * The 96 bytes of a reading.
 * @throws INVALID_ARGUMENT when a field does not fit
 */
export function encodeRecord(reading: Reading): Uint8Array {
  const { flags, device, beacon, seq, timeMs, calibration, values, prev } = reading;
  if (device.length !== 8 || prev.length !== 32 || values.length !== SLOTS || (flags & ~0x1f) !== 0) {
    throw new PondproofError("INVALID_ARGUMENT", {
      device: device.length,
      prev: prev.length,
      values: values.length,
      flags,
    });
  }
  const record = new Uint8Array(RECORD_BYTES);
  const absent = values.reduce<number>(
    (bits, value, slot) => (value === null ? bits | notMeasuredFlag(slot) : bits),
    0,
  );
  writeUint(record, 0, 2, SCHEMA);
  writeUint(record, 2, 2, flags | absent);
  record.set(device, 4);
  writeUint(record, 12, 4, beacon);
  writeUint(record, 16, 6, seq);
  writeUint(record, 22, 6, timeMs);
  writeUint(record, 28, 4, calibration);
  values.forEach((value, slot) => {
    writeUint(record, 32 + 4 * slot, 4, value === null ? 0 : encodeValue(value));
  });
  record.set(prev, 64);
  return record;
}

/** Why bytes are not a record, or `undefined` when they are one. The shared rule for *malformed*. */
export function recordProblem(record: Uint8Array): string | undefined {
  if (record.length !== RECORD_BYTES) return `${record.length} bytes instead of ${RECORD_BYTES}`;
  if (readUint(record, 0, 2) !== SCHEMA) return "another schema";
  const flags = recordFlags(record);
  if ((flags & ~DEFINED_FLAGS) !== 0) return "undefined flags";
  for (let slot = 0; slot < SLOTS; slot++) {
    const absent = (flags & notMeasuredFlag(slot)) !== 0;
    if (absent !== (readUint(record, 32 + 4 * slot, 4) === 0)) return `slot ${slot} contradicts its flag`;
  }
  return undefined;
}

/**
 * The reading in 96 bytes.
 * @throws MALFORMED_RECORD
 */
export function decodeRecord(record: Uint8Array): Reading {
  const problem = recordProblem(record);
  if (problem !== undefined) throw new PondproofError("MALFORMED_RECORD", { problem });
  return {
    flags: recordFlags(record) & 0x1f,
    device: record.slice(4, 12),
    beacon: readUint(record, 12, 4),
    seq: recordSeq(record),
    timeMs: recordTimeMs(record),
    calibration: readUint(record, 28, 4),
    values: Array.from({ length: SLOTS }, (_, slot) => {
      const encoded = readUint(record, 32 + 4 * slot, 4);
      return encoded === 0 ? null : decodeValue(encoded);
    }),
    prev: record.slice(64, 96),
  };
}

/** All sixteen flag bits of a record or frame. */
export function recordFlags(record: Uint8Array): number {
  return readUint(record, 2, 2);
}

export function recordDevice(record: Uint8Array): Uint8Array {
  return record.subarray(4, 12);
}

export function recordSeq(record: Uint8Array): number {
  return readUint(record, 16, 6);
}

export function recordTimeMs(record: Uint8Array): number {
  return readUint(record, 22, 6);
}

/** The metric word w1: eight packed slots. */
export function recordValues(record: Uint8Array): Uint8Array {
  return record.subarray(32, 64);
}

export function recordPrev(record: Uint8Array): Uint8Array {
  return record.subarray(64, 96);
}
