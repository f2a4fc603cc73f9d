import type { TransactionRequest } from "ethers";
import { toHex } from "../protocol/bytes.ts";
import type { Ledger } from "./client.ts";
import { isRevert, ledgerError } from "./errors.ts";

/** What a batch commits to (protocol §4); `readings` counts all that its streams hold together. */
export type BatchContent = {
  number: number;
  directoryRoot: Uint8Array;
  streamCount: number;
  readings: number;
  manifest: Uint8Array;
};

/** What the ledger says of a batch; `anchoredAtS` is the time of its block in seconds. */
export type AnchoredBatch = { directoryRoot: string; streamCount: number; anchoredAtS: number };

/** Number of the newest batch, 0 before the first. @throws LEDGER_REFUSED where no contract answers; LEDGER_* */
export async function lastBatch(ledger: Ledger): Promise<number> {
  try {
    return Number(await ledger.contracts.BatchLedger.lastBatch());
  } catch (error) {
    // Where no contract is, a call gives nothing, which ethers cannot decode.
    throw ledgerError(error);
  }
}

/** A batch of the ledger, or `undefined` where there is none of that number. */
export async function readBatch(ledger: Ledger, number: number): Promise<AnchoredBatch | undefined> {
  const { directoryRoot, streamCount, anchoredAt } = await ledger.contracts.BatchLedger.batch(number);
  if (anchoredAt === 0n) return undefined;
  return { directoryRoot, streamCount: Number(streamCount), anchoredAtS: Number(anchoredAt) };
}

/** The transaction that anchors a batch, for an account to prepare. */
export function anchorTransaction(ledger: Ledger, content: BatchContent): Promise<TransactionRequest> {
  return ledger.contracts.BatchLedger.anchor.populateTransaction(...argumentsOf(content));
}

/**
 * Tells whether the anchored batch of this number has exactly this content. The contract itself compares: for the same
 * content `anchor` does nothing, for other content it reverts.
 * @throws LEDGER_REVERTED where the ledger does not have the batch (any more)
 */
export async function isSameBatch(ledger: Ledger, content: BatchContent): Promise<boolean> {
  const { BatchLedger } = ledger.contracts;
  try {
    await BatchLedger.anchor.staticCall(...argumentsOf(content), { from: await BatchLedger.operator() });
    return true;
  } catch (error) {
    if (isRevert(error, "OtherContent")) return false;
    throw error;
  }
}

function argumentsOf(content: BatchContent): [number, string, number, number, string] {
  const { number, directoryRoot, streamCount, readings, manifest } = content;
  return [number, toHex(directoryRoot), streamCount, readings, toHex(manifest)];
}
