import { crc32 } from "node:zlib";
import { PondproofError } from "../../../protocol/errors.ts";

/** A file of an archive; `name` is a relative path with forward slashes. */
export type ZipEntry = { name: string; content: Uint8Array };

// Records of PKWARE's APPNOTE 6.3.10: §4.3.7 local file header, §4.3.12 central directory header, §4.3.16 end record.
const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 };
const CENTRAL_HEADER = { signature: 0x02014b50, bytes: 46 };
const END_RECORD = { signature: 0x06054b50, bytes: 22 };
/** Version 2.0 (§4.4.3), the first that has folders; made on Unix (§4.4.2), so that permissions mean something. */
const VERSION = 20;
const MADE_ON_UNIX = 3 << 8;
/** Bit 11 (§4.4.4): names are UTF-8. */
const UTF8_NAMES = 1 << 11;
/** 1980-01-01 00:00, the first moment that MS-DOS knows: the same files give the same archive at any time. */
const DATE = (1 << 5) | 1;
const REGULAR_FILE = 0o100644;
const MAX_ENTRIES = 2 ** 16 - 1;
const MAX_BYTES = 2 ** 32 - 1;

/**
 * A ZIP archive, part by part. Files are stored as they are: signatures and hashes do not get smaller, and what a
 * compressor gives differs from one build of zlib to the next, whereas the same evidence has to be the same bytes.
 * @throws INVALID_ARGUMENT for a name that could leave the folder, or more than the format without Zip64 holds
 */
export function* zip(entries: Iterable<ZipEntry>): Generator<Uint8Array> {
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = encodeName(entry.name);
    const { content } = entry;
    const facts = { crc: crc32(content), size: content.length, nameBytes: name.length };
    central.push(centralHeader({ ...facts, offset }), name);
    yield localHeader(facts);
    yield name;
    yield content;
    offset += LOCAL_HEADER.bytes + name.length + content.length;
    if (offset > MAX_BYTES || central.length / 2 > MAX_ENTRIES)
      throw new PondproofError("INVALID_ARGUMENT", { problem: "too much for one ZIP archive" });
  }
  yield* central;
  const size = central.reduce((sum, { length }) => sum + length, 0);
  yield endRecord({ entries: central.length / 2, size, offset });
}

function encodeName(name: string): Uint8Array {
  const leaves = name.split("/").some((part) => part === "" || part === "." || part === "..");
  if (leaves || name.includes("\\") || name.length > 255)
    throw new PondproofError("INVALID_ARGUMENT", { problem: "not a name inside an archive", name });
  return new TextEncoder().encode(name);
}

type Facts = { crc: number; size: number; nameBytes: number };

function localHeader(facts: Facts): Uint8Array {
  const header = Buffer.alloc(LOCAL_HEADER.bytes);
  header.writeUInt32LE(LOCAL_HEADER.signature, 0);
  writeFacts(header, 4, facts);
  return header;
}

function centralHeader({ offset, ...facts }: Facts & { offset: number }): Uint8Array {
  const header = Buffer.alloc(CENTRAL_HEADER.bytes);
  header.writeUInt32LE(CENTRAL_HEADER.signature, 0);
  header.writeUInt16LE(MADE_ON_UNIX | VERSION, 4);
  writeFacts(header, 6, facts);
  header.writeUInt32LE((REGULAR_FILE << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return header;
}

/** What both headers say of a file, in the same order: compression method 0 and time 0 stay zero. */
function writeFacts(header: Buffer, at: number, { crc, size, nameBytes }: Facts): void {
  header.writeUInt16LE(VERSION, at);
  header.writeUInt16LE(UTF8_NAMES, at + 2);
  header.writeUInt16LE(DATE, at + 8);
  header.writeUInt32LE(crc, at + 10);
  header.writeUInt32LE(size, at + 14);
  header.writeUInt32LE(size, at + 18);
  header.writeUInt16LE(nameBytes, at + 22);
}

function endRecord({ entries, size, offset }: { entries: number; size: number; offset: number }): Uint8Array {
  const record = Buffer.alloc(END_RECORD.bytes);
  record.writeUInt32LE(END_RECORD.signature, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
