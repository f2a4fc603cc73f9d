import { toHex } from "../../../protocol/bytes.ts";
import {
  BUNDLE,
  type BundledClaim,
  blobName,
  bundledProof,
  partsOf,
  rangeOfProof,
} from "../../../protocol/claim-bundle.ts";
import { isPondproofError, PondproofError } from "../../../protocol/errors.ts";
import type { EvidenceJson } from "../../../protocol/evidence.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { decodeManifest, type Manifest } from "../../../protocol/manifest.ts";
import type { Batch, ClaimDetail } from "../../api.ts";
import { toWire } from "../claims.ts";
import type { LedgerClaim } from "../ledger-view.ts";
import type { Upstream } from "../upstream.ts";
import { type BundledTransaction, bundlePage } from "./bundle-page.ts";
import type { ZipEntry } from "./zip.ts";

/** A bundle's files, or why there is none. */
export type Bundle =
  | { ok: true; entries: ZipEntry[] }
  | { ok: false; why: "upstream-down" | "not-found-upstream" | "too-large"; detail: string };

/** All of a bundle lies in memory until it is sent. */
const MAX_BUNDLE_BYTES = 64 * 2 ** 20;

class Unavailable extends Error {
  readonly why: (Bundle & { ok: false })["why"];
  constructor(why: (Bundle & { ok: false })["why"], detail: string) {
    super(detail);
    this.why = why;
  }
}

/**
 * Gathers everything that somebody needs who checks a claim without us: the window proofs that the ledger was shown, the
 * segments and manifests that hold their raw frames, terms, deployment, transactions, and a page that explains.
 */
export async function gatherBundle({
  detail,
  claim,
  batches,
  oracle,
  timeZone,
  signal,
}: {
  detail: Omit<ClaimDetail, "canApprove">;
  claim: LedgerClaim;
  batches: readonly Batch[];
  oracle: Upstream;
  timeZone: string;
  signal: AbortSignal;
}): Promise<Bundle> {
  const archive = createArchive(oracle, signal);
  const evaluation = shownFirst(claim) ?? detail.evaluation;
  try {
    const files = new Map<string, Uint8Array>();
    const used = new Set<number>();
    for (const streamId of evaluation.streamIds) {
      const proof = bundledProof(await archive.evidence({ ...evaluation, streamId }));
      files.set(BUNDLE.proof(streamId), json(proof));
      for (const { number, part } of await partsOf(rangeOfProof(proof), archive.manifest)) {
        used.add(number);
        const hash = toHex(part.frames).slice(2);
        files.set(blobName(hash), await archive.bytes(`/api/v1/segments/${hash}`));
      }
    }
    // Also of batches that add nothing to these probes: whoever checks walks back over all of them.
    for (const bytes of archive.manifests()) files.set(blobName(toHex(sha256(bytes)).slice(2)), bytes);
    const transactions = transactionsOf(claim, batches, used);
    const bundled: BundledClaim = { claim: detail.claim.id, policy: detail.claim.policy, evaluation };
    files.set(BUNDLE.claim, json({ ...bundled, summary: detail.claim }));
    files.set(BUNDLE.terms, json(detail.policy));
    files.set(BUNDLE.transactions, json(transactions));
    files.set(BUNDLE.deployment, await archive.bytes("/api/v1/deployment"));
    files.set(BUNDLE.streams, json(await archive.streams(evaluation.streamIds)));
    files.set(BUNDLE.page, bundlePage({ detail, evaluation, transactions, files, timeZone }));
    const folder = `claim-${detail.claim.id}`;
    const entries = [...files].map(([name, content]) => ({ name: `${folder}/${name}`, content }));
    return { ok: true, entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  } catch (error) {
    if (error instanceof Unavailable) return { ok: false, why: error.why, detail: error.message };
    if (isPondproofError(error))
      return { ok: false, why: "upstream-down", detail: `oracle: ${error.message}` };
    throw error;
  }
}

/** The proof that first reached the step of the claim's last evaluation: the one that a check asks the ledger for. */
function shownFirst({ history }: LedgerClaim): BundledClaim["evaluation"] | undefined {
  const evaluated = history.flatMap((event) => (event.kind === "evaluated" ? [event] : []));
  return evaluated.find(({ payoutBps }) => payoutBps === evaluated.at(-1)!.payoutBps)?.proof ?? undefined;
}

/** The oracle's archive, all answers together bounded in size. */
function createArchive(oracle: Upstream, signal: AbortSignal) {
  let total = 0;
  const manifests = new Map<number, Uint8Array>();

  const bytes = async (path: string): Promise<Uint8Array> => {
    const answer = await oracle.bytes(path, { signal });
    if (!answer.ok && answer.status === 404) throw new Unavailable("not-found-upstream", answer.detail);
    if (!answer.ok) throw new Unavailable("upstream-down", `oracle: ${answer.detail}`);
    total += answer.value.body.length;
    if (total > MAX_BUNDLE_BYTES)
      throw new Unavailable("too-large", `the evidence is more than ${MAX_BUNDLE_BYTES} bytes`);
    return answer.value.body;
  };
  const document = async (path: string): Promise<unknown> => {
    try {
      return JSON.parse(new TextDecoder().decode(await bytes(path)));
    } catch (cause) {
      if (cause instanceof Unavailable) throw cause;
      throw new PondproofError("MALFORMED_MESSAGE", { message: path, problem: "not JSON" }, { cause });
    }
  };

  return {
    bytes,
    manifests: () => manifests.values(),
    async manifest(number: number): Promise<Manifest> {
      const known = manifests.get(number) ?? (await bytes(`/api/v1/batches/${number}/manifest`));
      manifests.set(number, known);
      return decodeManifest(known);
    },
    async evidence({
      streamId,
      batch,
      fromMs,
      toMs,
    }: {
      streamId: string;
      batch: number | null;
      fromMs: number;
      toMs: number;
    }): Promise<EvidenceJson> {
      const of = batch === null || batch === 0 ? "" : `batch=${batch}&`;
      const found = await document(`/api/v1/evidence/${streamId}?${of}fromMs=${fromMs}&toMs=${toMs}`);
      const { holes, frames } = (found ?? {}) as Partial<EvidenceJson>;
      if (!Array.isArray(holes) || typeof frames !== "string")
        throw new PondproofError("MALFORMED_MESSAGE", { message: "evidence", problem: "no frames" });
      return found as EvidenceJson;
    },
    async streams(ids: readonly string[]): Promise<unknown[]> {
      const all = await document("/api/v1/streams");
      return (Array.isArray(all) ? (all as { streamId?: string }[]) : []).filter(({ streamId }) =>
        ids.includes(streamId ?? ""),
      );
    },
  };
}

function transactionsOf(
  { history }: LedgerClaim,
  batches: readonly Batch[],
  used: ReadonlySet<number>,
): BundledTransaction[] {
  const anchored = batches
    .filter(({ number }) => used.has(number))
    .map(({ number, transaction }) => ({ what: "anchored", batch: number, transaction }));
  const events = history.map((event) => ({
    what: event.kind,
    ...("amount" in event ? { amount: toWire(event.amount) } : {}),
    transaction: event.transaction,
  }));
  return [...anchored, ...events].sort((a, b) => a.transaction.blockNumber - b.transaction.blockNumber);
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
}
