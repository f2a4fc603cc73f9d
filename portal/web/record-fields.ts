import { toHex } from "../../protocol/bytes.ts";
import { FLAG, FRAME_BYTES, METRICS, RECORD_BYTES } from "../../protocol/record.ts";

/** A field of a frame: its first and last byte, and these bytes. */
export type FrameField = { name: string; from: number; to: number; hex: string };

// protocol.md §1: what stands where in a record's 96 bytes, and behind it the signature.
const LAYOUT: readonly [name: string, bytes: number][] = [
  ["schema", 2],
  ["flags", 2],
  ["device", 8],
  ["beacon", 4],
  ["seq", 6],
  ["time", 6],
  ["calibration", 4],
  ...METRICS.map(({ name }): [string, number] => [name, 4]),
  ["prev", 32],
  ["signature", FRAME_BYTES - RECORD_BYTES],
];

/** Every byte of a frame, by the field that it belongs to. */
export function fieldsOf(frame: Uint8Array): FrameField[] {
  let from = 0;
  return LAYOUT.map(([name, bytes]) => {
    const field = {
      name,
      from,
      to: from + bytes - 1,
      hex: toHex(frame.subarray(from, from + bytes)).slice(2),
    };
    from += bytes;
    return field;
  });
}

/** The states that a record's flags name. */
export function flagNamesIn(flags: number): string[] {
  return Object.entries(FLAG).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]));
}
