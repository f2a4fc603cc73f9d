import type { TransactionRequest } from "ethers";
import { toHex } from "../protocol/bytes.ts";
import type { DirectoryProof } from "../protocol/directory.ts";
import type { Terms } from "../protocol/terms.ts";
import type { Window } from "../protocol/window.ts";
import type { Ledger } from "./client.ts";

/**
 * What one probe shows: its index in the terms, the window proof from a batch's root, and the frame of the reading
 * before the window where this probe shows that the event began.
 */
export type ShownProbe = {
  probe: number;
  batch: number;
  size: number;
  directory: DirectoryProof;
  walk: Uint8Array;
  before: Uint8Array | undefined;
};

/** Opens a claim, or tops it up; `shown` in the order of the terms' probes. Anybody. */
export function proveTransaction(
  ledger: Ledger,
  claim: Window & { policy: bigint; terms: Terms; peril: number; shown: readonly ShownProbe[] },
): Promise<TransactionRequest> {
  const { policy, terms, peril, fromMs, toMs, shown } = claim;
  const evidence = shown.map(({ probe, batch, size, directory, walk, before }) => ({
    probe,
    window: {
      batch,
      index: directory.index,
      siblings: directory.siblings.map(toHex),
      size,
      walk: toHex(walk),
    },
    before: before === undefined ? "0x" : toHex(before),
  }));
  return ledger.contracts.Claims.prove.populateTransaction(policy, terms, peril, fromMs, toMs, evidence);
}

/** Makes a claim payable whose time for challenges is over. Anybody. */
export function finalizeTransaction(ledger: Ledger, claim: bigint): Promise<TransactionRequest> {
  return ledger.contracts.Claims.finalize.populateTransaction(claim);
}

/** Pays what is payable to the holder, or to the payee he named. Anybody. */
export function collectTransaction(ledger: Ledger, claim: bigint): Promise<TransactionRequest> {
  return ledger.contracts.Claims.collect.populateTransaction(claim);
}
