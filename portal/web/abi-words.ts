import { fromHex } from "../../protocol/bytes.ts";
import { PondproofError } from "../../protocol/errors.ts";
import type { Hex } from "../../protocol/terms.ts";

const WORD_BYTES = 32;

/** Reads one part of ABI-encoded data word by word; offsets in it count from the part's beginning. */
export type WordReader = {
  hex(): Hex;
  address(): Hex;
  big(): bigint;
  /** @throws MALFORMED_MESSAGE beyond 2⁵³ */
  number(): number;
  /** A reader for what the next word points to. */
  tail(): WordReader;
  /** A reader that goes on right here, in which offsets count from here. */
  here(): WordReader;
};

/** @throws MALFORMED_MESSAGE as soon as something lies outside the data */
export function readWords(data: Hex | Uint8Array): WordReader {
  return reader(typeof data === "string" ? fromHex(data) : data, 0);
}

/** The items of a dynamic array; `tails` when its items are dynamic themselves. */
export function readArray<T>(
  array: WordReader,
  item: (word: WordReader) => T,
  { tails = false }: { tails?: boolean } = {},
): T[] {
  const length = array.number();
  // Longer than any list of the terms: the data is not what it should be.
  if (length > 1_000) throw malformed({ length });
  const items = array.here();
  return Array.from({ length }, () => item(tails ? items.tail() : items));
}

/** The bytes of a `bytes` value. */
export function readBytes(data: Hex): Uint8Array {
  const bytes = fromHex(data);
  const outer = readWords(bytes);
  const offset = outer.number();
  const length = readWords(bytes.subarray(offset)).number();
  const end = offset + WORD_BYTES + length;
  if (end > bytes.length) throw malformed({ end, bytes: bytes.length });
  return bytes.subarray(offset + WORD_BYTES, end);
}

/** A number as one word of calldata, without 0x. */
export function wordOf(value: bigint | number): string {
  return BigInt(value).toString(16).padStart(64, "0");
}

function reader(bytes: Uint8Array, begin: number): WordReader {
  let at = begin;
  const next = (): Hex => {
    const word = bytes.subarray(at, at + WORD_BYTES);
    if (word.length < WORD_BYTES) throw malformed({ at, bytes: bytes.length });
    at += WORD_BYTES;
    return `0x${Array.from(word, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  };
  const number = (): number => {
    const value = BigInt(next());
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed({ at, value: value.toString() });
    return Number(value);
  };
  return {
    hex: next,
    address: () => `0x${next().slice(26)}`,
    big: () => BigInt(next()),
    number,
    tail: () => reader(bytes, begin + number()),
    here: () => reader(bytes, at),
  };
}

function malformed(facts: Record<string, unknown>): PondproofError {
  return new PondproofError("MALFORMED_MESSAGE", { message: "abi", ...facts });
}
