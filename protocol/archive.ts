import { concatBytes, fromHex, toHex } from "./bytes.ts";
import type { DirectoryEntry } from "./directory.ts";
import { PondproofError } from "./errors.ts";
import { FRAME_BYTES } from "./record.ts";

// What an archive says of trees, beside manifests and segments (protocol §4). Whoever reads it believes none of it: a
// directory has to hash to the anchored root, a node to the digest that its parent names.

/** A hole or a pair is three words, a reading is one and a frame. */
const BELOW_BYTES = [96, 32 + FRAME_BYTES] as const;

/** Largest size that a directory can name: positions of one stream. */
const MAX_SIZE = 2 ** 32;

/** A node's preimage: its 128 bytes of meta, mins, maxs and `inside`, and the bytes that `inside` is the hash of. */
export type ArchivedNode = { body: Uint8Array; below: Uint8Array };

/** A probe as `GET /api/v1/streams` names it. */
export type ArchivedStream = { streamId: Uint8Array; publicKey: Uint8Array; pond: string | null };

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
  return { meta: part(0), mins: part(32), maxs: part(64), inside: part(96), below: toHex(below) };
}

/** @throws MALFORMED_MESSAGE */
export function decodeNode(json: unknown): ArchivedNode {
  const { meta, mins, maxs, inside, below } = objectIn("node", json);
  const words = [meta, mins, maxs, inside];
  if (!words.every((value): value is string => isBytes(value, 32))) throw malformed("node", "its words");
  if (!BELOW_BYTES.some((length) => isBytes(below, length))) throw malformed("node", "what hangs below it");
  return { body: concatBytes(...words.map((value) => fromHex(value))), below: fromHex(below as string) };
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
