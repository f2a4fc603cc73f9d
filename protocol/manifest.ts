import { equalBytes, fromHex, toHex } from "./bytes.ts";
import { PondproofError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { HOLE_REASONS, type HoleReason } from "./node.ts";
import { FRAME_BYTES } from "./record.ts";

// protocol.md §4

/** What one batch adds to one stream: positions `from` to `to`, of which `holes` have no frame in the segment. */
export type ManifestStream = {
  streamId: Uint8Array;
  from: number;
  to: number;
  holes: { seq: number; reason: HoleReason }[];
  /** SHA-256 of the segment: the frames of all other positions, 160 bytes each, in order. */
  frames: Uint8Array;
};

/** What a batch adds: the document whose SHA-256 is anchored with it. */
export type Manifest = { number: number; streams: ManifestStream[] };

/** The exact bytes of a manifest. */
export function encodeManifest({ number, streams }: Manifest): Uint8Array {
  const document = {
    number,
    streams: streams.map(({ streamId, from, to, holes, frames }) => ({
      streamId: toHex(streamId),
      from,
      to,
      holes: holes.map(({ seq, reason }) => [seq, reason]),
      frames: toHex(frames).slice(2),
    })),
  };
  return new TextEncoder().encode(JSON.stringify(document));
}

/**
 * The manifest in the bytes that somebody else made.
 * @throws MALFORMED_MESSAGE
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const fail = (problem: string) => new PondproofError("MALFORMED_MESSAGE", { message: "manifest", problem });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PondproofError("MALFORMED_MESSAGE", { message: "manifest", problem: "not JSON" }, { cause });
  }
  const { number, streams } = (json ?? {}) as { number?: unknown; streams?: unknown };
  if (!isCount(number) || !Array.isArray(streams)) throw fail("number or streams");
  return { number, streams: streams.map((stream) => decodeStream(stream, fail)) };
}

/**
 * The frames of a segment, checked against its hash in the manifest.
 * @throws MALFORMED_MESSAGE
 */
export function splitSegment(segment: Uint8Array, stream: ManifestStream): Uint8Array[] {
  const expected = stream.to - stream.from + 1 - stream.holes.length;
  if (!equalBytes(sha256(segment), stream.frames) || segment.length !== expected * FRAME_BYTES) {
    throw new PondproofError("MALFORMED_MESSAGE", {
      message: "segment",
      bytes: segment.length,
      expectedFrames: expected,
    });
  }
  return Array.from({ length: expected }, (_, i) => segment.subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES));
}

function decodeStream(json: unknown, fail: (problem: string) => PondproofError): ManifestStream {
  const { streamId, from, to, holes, frames } = (json ?? {}) as Record<string, unknown>;
  if (
    !isHash(streamId) ||
    !isHash(frames) ||
    !isCount(from) ||
    !isCount(to) ||
    to < from ||
    !Array.isArray(holes)
  ) {
    throw fail("a stream's fields");
  }
  let last = from - 1;
  const decoded = holes.map((hole: unknown) => {
    const [seq, reason] = Array.isArray(hole) && hole.length === 2 ? (hole as unknown[]) : [];
    const known = Object.values(HOLE_REASONS).find((value) => value === reason);
    if (!isCount(seq) || seq <= last || seq > to || known === undefined) throw fail("holes");
    last = seq;
    return { seq, reason: known };
  });
  return { streamId: fromHex(streamId, 32), from, to, holes: decoded, frames: fromHex(frames, 32) };
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^(0x)?[0-9a-fA-F]{64}$/.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
