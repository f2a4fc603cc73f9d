import { toHex } from "./bytes.ts";
import { PondproofError } from "./errors.ts";
import type { EvidenceJson, Position } from "./evidence.ts";
import type { Manifest, ManifestStream } from "./manifest.ts";
import { FRAME_BYTES } from "./record.ts";
import type { Hex } from "./terms.ts";

// A claim's evidence as a folder of files: who wrote it is not believed. Raw frames lie once, in the batches' segments
// under their SHA-256, as in a replica; proofs say which of them belong to the window.

/** Names of the folder's files; segments and manifests are where `blobName` says. */
export const BUNDLE = {
  page: "index.html",
  claim: "claim.json",
  deployment: "deployment.json",
  streams: "streams.json",
  terms: "terms.json",
  transactions: "transactions.json",
  proof: (streamId: Hex) => `proofs/${streamId}.json`,
} as const;

/** Where a replica keeps bytes of a hash, 64 hex digits. */
export function blobName(hash: string): string {
  return `blobs/${hash.slice(0, 2)}/${hash}`;
}

/** Which claim it is, and what its evaluation was shown: a hint, until the ledger confirms it. */
export type BundledClaim = {
  claim: string;
  policy: string;
  evaluation: { fromMs: number; toMs: number; batch: number | null; streamIds: Hex[] };
};

/** A window proof of one probe without the raw data: that is positions `firstSeq` to `lastSeq`. */
export type BundledProof = Omit<EvidenceJson, "holes" | "frames"> & { lastSeq: number };

const MAX_STREAMS = 256;

/** @throws MALFORMED_MESSAGE */
export function decodeBundledClaim(json: unknown): BundledClaim {
  const { claim, policy, evaluation } = (json ?? {}) as Partial<Record<string, unknown>>;
  const { fromMs, toMs, batch, streamIds } = (evaluation ?? {}) as Partial<Record<string, unknown>>;
  const isNumber = (value: unknown): value is string => typeof value === "string" && /^\d{1,20}$/.test(value);
  if (
    !isNumber(claim) ||
    !isNumber(policy) ||
    !isCount(fromMs) ||
    !isCount(toMs) ||
    (batch !== null && !isCount(batch)) ||
    !Array.isArray(streamIds) ||
    streamIds.length > MAX_STREAMS ||
    !streamIds.every(isStreamId)
  )
    throw malformed("claim");
  return { claim, policy, evaluation: { fromMs, toMs, batch, streamIds } };
}

/** The proof in evidence, without what the segments hold. */
export function bundledProof({ holes, frames, ...proof }: EvidenceJson): BundledProof {
  const positions = holes.length + (frames.length - 2) / (2 * FRAME_BYTES);
  return { ...proof, lastSeq: proof.firstSeq + positions - 1 };
}

/** Evidence again, from a bundled proof and the positions of its range; whoever checks it decodes it. */
export function unbundledProof(
  { lastSeq: _, ...proof }: BundledProof,
  positions: readonly Position[],
): EvidenceJson {
  const frames = positions.flatMap((position) =>
    position.kind === "reading" ? [toHex(position.frame).slice(2)] : [],
  );
  return {
    ...proof,
    holes: positions.flatMap((position, i) =>
      position.kind === "hole" ? [[proof.firstSeq + i, position.reason] as const] : [],
    ),
    frames: `0x${frames.join("")}`,
  };
}

/** Positions of one stream, both ends inclusive, as a batch has them. */
export type BundledRange = { streamId: Hex; from: number; to: number; batch: number };

/** The range that a proof rests on. @throws MALFORMED_MESSAGE */
export function rangeOfProof(json: unknown): BundledRange {
  const { streamId, firstSeq, lastSeq, batch } = (json ?? {}) as Partial<Record<string, unknown>>;
  if (
    !isStreamId(streamId) ||
    !isCount(firstSeq) ||
    !isCount(lastSeq) ||
    !isCount(batch) ||
    lastSeq < firstSeq
  )
    throw malformed("proof");
  return { streamId, from: firstSeq, to: lastSeq, batch };
}

/**
 * What batches added to a stream, newest first, until every position of a range is covered. Of a position that was
 * added twice, after a void, the newer one counts.
 * @throws MALFORMED_MESSAGE when the manifests do not have all positions
 */
export async function partsOf(
  { streamId, from, to, batch }: BundledRange,
  manifestOf: (number: number) => Promise<Manifest>,
): Promise<{ number: number; part: ManifestStream; to: number }[]> {
  const parts: { number: number; part: ManifestStream; to: number }[] = [];
  let needed = to;
  for (let number = batch; needed >= from; number--) {
    if (number < 1) throw malformed("manifests");
    const { streams } = await manifestOf(number);
    const part = streams.find((stream) => toHex(stream.streamId) === streamId);
    if (part === undefined || part.from > needed) continue;
    if (part.to < needed) throw malformed("manifests");
    parts.push({ number, part, to: needed });
    needed = part.from - 1;
  }
  return parts;
}

function malformed(what: string): PondproofError {
  return new PondproofError("MALFORMED_MESSAGE", { message: "evidence bundle", problem: what });
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isStreamId(value: unknown): value is Hex {
  return typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value);
}
