import { equalBytes, fromHex, toHex, uintWord } from "./bytes.ts";
import type { DirectoryEntry } from "./directory.ts";
import { PondproofError } from "./errors.ts";
import {
  BODY_BYTES,
  type HoleReason,
  holeInside,
  insideOf,
  nodeDigest,
  pairInside,
  readingInside,
} from "./node.ts";
import { FRAME_BYTES } from "./record.ts";

// What an archive says of trees, beside manifests and segments (protocol §4). Whoever reads it believes none of it: a
// directory has to hash to the anchored root, a node to the digest that its parent names.

/** Largest size that a directory can name: positions of one stream. */
const MAX_SIZE = 2 ** 32;

/** What hangs below a node (protocol §3); `reason` is the whole word, since a liar may have put anything there. */
export type Below =
  | { kind: "reading"; frame: Uint8Array }
  | { kind: "hole"; reason: Uint8Array }
  | { kind: "pair"; left: Uint8Array; right: Uint8Array };

/** A node as its preimage: 128 bytes of meta, mins, maxs and `inside`, and what `inside` is the hash of. */
export type ArchivedNode = { body: Uint8Array; below: Below };

/** A probe as `GET /api/v1/streams` names it. */
export type ArchivedStream = { streamId: Uint8Array; publicKey: Uint8Array; pond: string | null };

/** The hole of a position, as it hangs below its leaf. */
export function holeBelow(reason: HoleReason): Below {
  return { kind: "hole", reason: uintWord(reason) };
}

/** True when a node at this place of a stream has this digest, and all of it is there. */
export function isPreimage({
  streamId,
  level,
  index,
  digest,
  node: { body, below },
}: {
  streamId: Uint8Array;
  level: number;
  index: number;
  digest: Uint8Array;
  node: ArchivedNode;
}): boolean {
  return (
    equalBytes(nodeDigest(streamId, level, index, body), digest) &&
    equalBytes(insideOf(body), insideBelow(below, { streamId, level, index }))
  );
}

/** The `inside` that follows from what hangs below a place. A reading or a hole hashes as one of level 0 wherever it is. */
export function insideBelow(
  below: Below,
  { streamId, level, index }: { streamId: Uint8Array; level: number; index: number },
): Uint8Array {
  switch (below.kind) {
    case "reading":
      return readingInside(index, below.frame);
    case "hole":
      return holeInside(streamId, index, below.reason);
    case "pair":
      return pairInside(level, index, below.left, below.right);
  }
}

export type DirectoryJson = ReturnType<typeof encodeDirectory>;

/** The entries of a batch's directory, in its order. */
export function encodeDirectory({ number, entries }: { number: number; entries: readonly DirectoryEntry[] }) {
  return {
    number,
    entries: entries.map(({ streamId, size, root }) => ({
      streamId: toHex(streamId),
      size,
      root: toHex(root),
    })),
  };
}

/** @throws MALFORMED_MESSAGE */
export function decodeDirectory(json: unknown): { number: number; entries: DirectoryEntry[] } {
  const { number, entries } = objectIn("directory", json);
  if (!isCount(number) || !Array.isArray(entries)) throw malformed("directory", "number or entries");
  return {
    number,
    entries: entries.map((entry: unknown) => {
      const { streamId, size, root } = objectIn("directory", entry);
      if (!isBytes(streamId, 32) || !isBytes(root, 32) || !isCount(size) || size > MAX_SIZE)
        throw malformed("directory", "an entry's fields");
      return { streamId: fromHex(streamId), size, root: fromHex(root) };
    }),
  };
}

export type NodeJson = ReturnType<typeof encodeNode>;

/** A node with its body in the four words that are hashed. */
export function encodeNode({ body, below }: ArchivedNode) {
  const part = (from: number) => toHex(body.subarray(from, from + 32));
  return { meta: part(0), mins: part(32), maxs: part(64), inside: part(96), below: belowJson(below) };
}

/** @throws MALFORMED_MESSAGE */
export function decodeNode(json: unknown): ArchivedNode {
  const { meta, mins, maxs, inside, below } = objectIn("node", json);
  const words = [meta, mins, maxs, inside];
  if (!words.every((value): value is string => isBytes(value, 32))) throw malformed("node", "its words");
  const body = new Uint8Array(BODY_BYTES);
  words.forEach((value, i) => {
    body.set(fromHex(value), 32 * i);
  });
  return { body, below: decodeBelow(below) };
}

/** The probes of `GET /api/v1/streams`. @throws MALFORMED_MESSAGE */
export function decodeStreams(json: unknown): ArchivedStream[] {
  if (!Array.isArray(json)) throw malformed("streams", "not a list");
  return json.map((stream: unknown) => {
    const { streamId, x, y, pond } = objectIn("streams", stream);
    const isPond = pond === null || (typeof pond === "string" && pond.length <= 66);
    if (!isBytes(streamId, 32) || !isBytes(x, 32) || !isBytes(y, 32) || !isPond)
      throw malformed("streams", "a stream's fields");
    return { streamId: fromHex(streamId), publicKey: fromHex(x + y.slice(2)), pond };
  });
}

function belowJson(below: Below) {
  switch (below.kind) {
    case "reading":
      return { kind: below.kind, frame: toHex(below.frame) };
    case "hole":
      return { kind: below.kind, reason: toHex(below.reason) };
    case "pair":
      return { kind: below.kind, left: toHex(below.left), right: toHex(below.right) };
  }
}

function decodeBelow(json: unknown): Below {
  const { kind, frame, reason, left, right } = objectIn("node", json);
  if (kind === "reading" && isBytes(frame, FRAME_BYTES)) return { kind, frame: fromHex(frame) };
  if (kind === "hole" && isBytes(reason, 32)) return { kind, reason: fromHex(reason) };
  if (kind === "pair" && isBytes(left, 32) && isBytes(right, 32))
    return { kind, left: fromHex(left), right: fromHex(right) };
  throw malformed("node", "what hangs below it");
}

function objectIn(message: string, json: unknown): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json))
    throw malformed(message, "not an object");
  return json as Record<string, unknown>;
}

function malformed(message: string, problem: string): PondproofError {
  return new PondproofError("MALFORMED_MESSAGE", { message, problem });
}

function isBytes(value: unknown, length: number): value is string {
  return typeof value === "string" && value.length === 2 + 2 * length && /^0x[0-9a-fA-F]*$/.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
