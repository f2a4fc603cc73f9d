import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createClaimReader } from "../ledger/claim-reader.ts";
import type { Ledger } from "../ledger/client.ts";
import { createManifestIndex } from "../ledger/manifests.ts";
import { equalBytes, toHex } from "../protocol/bytes.ts";
import {
  BUNDLE,
  type BundledProof,
  decodeBundledClaim,
  partsOf,
  rangeOfProof,
  unbundledProof,
} from "../protocol/claim-bundle.ts";
import {
  type StepState,
  VERIFY_STEPS,
  type Verified,
  type VerifyStep,
  verifyClaim,
} from "../protocol/claim-check.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Position } from "../protocol/evidence.ts";
import { sha256 } from "../protocol/hash.ts";
import { decodeManifest, type Manifest, splitSegment } from "../protocol/manifest.ts";
import { openReplica } from "./replica/folder.ts";
import { createFrameVerifier } from "./verify.ts";

/** What came of a claim's evidence bundle: `missing` when bytes that are needed are not there, or damaged. */
export type ClaimReport = {
  chainId: number;
  claim: string;
  state: "verified" | "refuted" | "missing";
  steps: { step: VerifyStep; state: StepState }[];
  /** What the ledger says is due for it, in the token's smallest unit. */
  amount: string | null;
};

/** Bytes of a bundle are bounded like those of an archive; a proof is some kilobytes. */
const MAX_DOCUMENT_BYTES = 16 * 2 ** 20;

/**
 * Checks a claim's evidence bundle in a folder against the ledger: the terms and the result as the ledger has them, each
 * probe's window proof, and every raw frame of it, found by the manifests whose hashes are anchored.
 * @throws LEDGER_*, INVALID_ARGUMENT when the folder holds no bundle, or the signal's reason
 */
export async function verifyClaimBundle({
  ledger,
  path,
  signal,
}: {
  ledger: Ledger;
  path: string;
  signal: AbortSignal;
}): Promise<ClaimReport> {
  const { claim, policy, evaluation } = decodeBundledClaim(await readDocument(join(path, BUNDLE.claim)));
  const frames = createFrames({ ledger, path, signal });
  const verifiers = new Map<string, ReturnType<typeof createFrameVerifier>>();
  const result: Verified = await verifyClaim({
    claim: { id: claim, policy },
    hint: evaluation,
    deployment: ledger.deployment,
    chain: createClaimReader(ledger),
    async fetchEvidence({ streamId }) {
      signal.throwIfAborted();
      const proof = await readDocument(join(path, BUNDLE.proof(streamId)));
      return proof === undefined ? undefined : frames.evidence(proof);
    },
    verifySignature(record, signature, publicKey) {
      const key = toHex(publicKey);
      const verify = verifiers.get(key) ?? createFrameVerifier(publicKey);
      verifiers.set(key, verify);
      return verify(record, signature);
    },
    onSteps: () => undefined,
  });
  const lacks = result.steps.fetch.status === "failed";
  return {
    chainId: ledger.deployment.chainId,
    claim,
    state: result.ok ? "verified" : lacks ? "missing" : "refuted",
    steps: VERIFY_STEPS.map((step) => ({ step, state: result.steps[step] })),
    amount: result.facts?.evaluated.amount.toString() ?? null,
  };
}

/** Raw positions out of a bundle's manifests and segments, each checked by the hash that is anchored or named. */
function createFrames({ ledger, path, signal }: { ledger: Ledger; path: string; signal: AbortSignal }) {
  const folder = openReplica(path);
  const anchoredHash = createManifestIndex(ledger);
  const manifests = new Map<number, Promise<Manifest>>();

  const readManifest = async (number: number): Promise<Manifest> => {
    const hash = await anchoredHash(number);
    const bytes = hash && (await folder.manifest({ number, hash }, signal));
    if (hash === undefined || bytes === undefined || !equalBytes(sha256(bytes), hash))
      throw lacking(`the manifest of batch ${number} is missing or damaged`);
    return decodeManifest(bytes);
  };
  const manifestOf = (number: number): Promise<Manifest> => {
    const manifest = manifests.get(number) ?? readManifest(number);
    manifests.set(number, manifest);
    return manifest;
  };

  return {
    async evidence(proof: unknown): Promise<unknown> {
      const range = rangeOfProof(proof);
      const positions = new Map<number, Position>();
      for (const { number, part, to } of await partsOf(range, manifestOf)) {
        const segment = await folder.segment(part.frames, signal);
        if (segment === undefined)
          throw lacking(`a segment of batch ${number} is missing or damaged: ${toHex(part.frames).slice(2)}`);
        const holes = new Map(part.holes.map(({ seq, reason }) => [seq, reason]));
        const found = splitSegment(segment, part).values();
        for (let seq = part.from; seq <= part.to; seq++) {
          const reason = holes.get(seq);
          const position: Position =
            reason === undefined ? { kind: "reading", frame: found.next().value! } : { kind: "hole", reason };
          if (seq >= range.from && seq <= to) positions.set(seq, position);
        }
      }
      const count = range.to - range.from + 1;
      return unbundledProof(
        proof as BundledProof,
        Array.from({ length: count }, (_, i) => positions.get(range.from + i)!),
      );
    },
  };
}

async function readDocument(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  if (text.length > MAX_DOCUMENT_BYTES) throw lacking(`${file} is too large`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PondproofError(
      "MALFORMED_MESSAGE",
      { message: "evidence bundle", problem: `${file} is not JSON` },
      { cause },
    );
  }
}

function lacking(problem: string): PondproofError {
  return new PondproofError("MALFORMED_MESSAGE", { message: "evidence bundle", problem });
}
