import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { PondproofError } from "./errors.ts";

export { concatBytes };

/** Bytes as lower-case hex with `0x`. */
export function toHex(bytes: Uint8Array): `0x${string}` {
  return `0x${bytesToHex(bytes)}`;
}

/**
 * Hex, with or without `0x`, as bytes.
 * @throws INVALID_ARGUMENT when it is not hex, or not of `length` bytes
 */
export function fromHex(hex: string, length?: number): Uint8Array {
  const digits = hex.startsWith("0x") ? hex.slice(2) : hex;
  if (!/^([0-9a-fA-F]{2})*$/.test(digits) || (length !== undefined && digits.length !== 2 * length)) {
    throw new PondproofError("INVALID_ARGUMENT", { hex: hex.slice(0, 80), expectedBytes: length ?? "any" });
  }
  return hexToBytes(digits);
}

/** Equality of public bytes; not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return compareBytes(a, b) === 0;
}

/** Order of two byte strings, as of two big-endian integers of one length. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Reads a big-endian unsigned integer of at most 6 bytes. */
export function readUint(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + bytes[offset + i]!;
  return value;
}

/**
 * Writes a big-endian unsigned integer of at most 6 bytes.
 * @throws INVALID_ARGUMENT when the value does not fit
 */
export function writeUint(bytes: Uint8Array, offset: number, length: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** length) {
    throw new PondproofError("INVALID_ARGUMENT", { value, bytes: length });
  }
  let rest = value;
  for (let i = length - 1; i >= 0; i--) {
    bytes[offset + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/**
 * An unsigned integer as one 32-byte word.
 * @throws INVALID_ARGUMENT when it is none, or does not fit
 */
export function uintWord(value: number | bigint): Uint8Array {
  const isInteger = typeof value === "bigint" || Number.isInteger(value);
  if (!isInteger || value < 0 || BigInt(value) >= 1n << 256n) {
    throw new PondproofError("INVALID_ARGUMENT", { value: String(value), bytes: 32 });
  }
  return hexToBytes(BigInt(value).toString(16).padStart(64, "0"));
}
