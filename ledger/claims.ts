import type { TransactionRequest } from "ethers";
import { toHex } from "../protocol/bytes.ts";
import type { DirectoryProof } from "../protocol/directory.ts";
import type { ShownHole } from "../protocol/shown-holes.ts";
import type { Terms } from "../protocol/terms.ts";
import type { Window } from "../protocol/window.ts";
import type { Ledger } from "./client.ts";

/** A window proof from a batch's root. */
export type BatchProof = { batch: number; size: number; directory: DirectoryProof; walk: Uint8Array };

/** A window shown from a batch, by the number of a complete raw window, or of a feed, which the ledger knows itself. */
export type ShownWindow = BatchProof | { raw: bigint } | { feed: true };

/**
 * What one probe shows: its index in the terms, its window, the same window from an earlier batch where that shows when
 * it was anchored, and the frame of the reading before the window where this probe shows that the event began; for a
 * feed, the time of the observation before, 5 bytes of seconds.
 */
export type ShownProbe = {
  probe: number;
  window: ShownWindow;
  earlier: BatchProof | undefined;
  before: Uint8Array | undefined;
  /** Records of positions that the tree has as holes, by rising position. */
  holes?: readonly ShownHole[];
};

/** A claim of a policy on these terms. */
export type ClaimOf = { claim: bigint; terms: Terms };

const NO_PROOF = { batch: 0, index: 0, siblings: [], size: 0, walk: "0x" };

/** Opens a claim, or tops it up; `shown` in the order of the terms' probes. Anybody. */
export function proveTransaction(
  ledger: Ledger,
  claim: Window & { policy: bigint; terms: Terms; peril: number; shown: readonly ShownProbe[] },
): Promise<TransactionRequest> {
  const { policy, terms, peril, fromMs, toMs, shown } = claim;
  const evidence = shown.map(evidenceArgument);
  return ledger.contracts.Claims.prove.populateTransaction(policy, terms, peril, fromMs, toMs, evidence);
}

/** Replaces an evaluation by what better evidence of its window gives; every probe shows its reading before. Anybody. */
export function correctTransaction(
  ledger: Ledger,
  { claim, terms, shown }: ClaimOf & { shown: readonly ShownProbe[] },
): Promise<TransactionRequest> {
  return ledger.contracts.Claims.correct.populateTransaction(claim, terms, shown.map(evidenceArgument));
}

/** Takes back an evaluation whose evidence became void or suspect. Anybody. */
export function reopenTransaction(ledger: Ledger, { claim, terms }: ClaimOf): Promise<TransactionRequest> {
  return ledger.contracts.Claims.reopen.populateTransaction(claim, terms);
}

/** Rejects a reopened claim for which no new evidence came in time. Anybody. */
export function abandonTransaction(ledger: Ledger, claim: bigint): Promise<TransactionRequest> {
  return ledger.contracts.Claims.abandon.populateTransaction(claim);
}

/** Makes a claim payable at once, as far as this officer may. Claims officers only. */
export function approveTransaction(
  ledger: Ledger,
  { claim, terms, amount }: ClaimOf & { amount: bigint },
): Promise<TransactionRequest> {
  return ledger.contracts.Claims.approve.populateTransaction(claim, terms, amount);
}

/** Makes a claim payable whose time for challenges is over. Anybody. */
export function finalizeTransaction(ledger: Ledger, { claim, terms }: ClaimOf): Promise<TransactionRequest> {
  return ledger.contracts.Claims.finalize.populateTransaction(claim, terms);
}

/** Pays what is payable to the holder, or to the payee he named. Anybody. */
export function collectTransaction(ledger: Ledger, claim: bigint): Promise<TransactionRequest> {
  return ledger.contracts.Claims.collect.populateTransaction(claim);
}

function evidenceArgument({ probe, window, earlier, before, holes = [] }: ShownProbe) {
  return {
    probe,
    window: "walk" in window ? proofArgument(window) : NO_PROOF,
    raw: "raw" in window ? window.raw : 0n,
    earlier: earlier === undefined ? NO_PROOF : proofArgument(earlier),
    before: before === undefined ? "0x" : toHex(before),
    shown: holes.map(shownArgument),
  };
}

/** A shown hole as the contracts take it. */
export function shownArgument({ leaf, frame }: ShownHole) {
  const { batch, directory, size, index, node, path } = leaf;
  return {
    leaf: {
      batch,
      entry: directory.index,
      siblings: directory.siblings.map(toHex),
      size,
      index,
      node: toHex(node),
      path: toHex(path),
    },
    frame: toHex(frame),
  };
}

function proofArgument({ batch, size, directory, walk }: BatchProof) {
  return { batch, index: directory.index, siblings: directory.siblings.map(toHex), size, walk: toHex(walk) };
}
