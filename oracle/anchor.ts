import type { Account } from "../ledger/account.ts";
import {
  anchorTransaction,
  type BatchContent,
  isSameBatch,
  lastBatch,
  readBatch,
} from "../ledger/batches.ts";
import type { Ledger } from "../ledger/client.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import type { Batch } from "./batch-store.ts";
import type { Store } from "./store.ts";

/** The points between which the process may die: each is reported right after it is durable, or done. */
export type AnchorStep = "sealed" | "signed" | "sent" | "mined" | "anchored";

/** Brings sealed batches to the ledger, each exactly once. */
export type Anchor = {
  /**
   * Compares the store with the chain: batches that are there are anchored, batches that the chain has forgotten wait
   * again.
   * @throws FOREIGN_BATCH when the chain holds a batch that this store did not make; LEDGER_*
   */
  reconcile(): Promise<void>;
  /**
   * Anchors the oldest batch that is not, and tells whether there was one.
   * @throws FOREIGN_BATCH, LEDGER_*
   */
  next(signal: AbortSignal): Promise<boolean>;
};

/**
 * A batch's transaction is signed and stored before it is sent. Whatever happens after, the chain is asked first, and
 * then the stored bytes are sent again; new ones are signed only when their number was used by something else. Should
 * both ever arrive, the contract takes the same content twice without a second event.
 */
export function createAnchor({
  ledger,
  account,
  store,
  onStep = () => undefined,
}: {
  ledger: Ledger;
  account: Account;
  store: Store;
  onStep?: (step: AnchorStep, number: number) => void;
}): Anchor {
  const { batches } = store;

  const reconcile = async (): Promise<void> => {
    const onChain = await lastBatch(ledger);
    const ours = batches.last();
    if (onChain > ours) throw new PondproofError("FOREIGN_BATCH", { number: onChain, newestOfOurs: ours });
    if (onChain > 0 && !(await isSameBatch(ledger, contentOf(batches.find(onChain)!))))
      throw new PondproofError("FOREIGN_BATCH", { number: onChain, problem: "other content" });
    batches.unanchorBehind(onChain);
    for (let number = batches.lastAnchored() + 1; number <= onChain; number++) {
      const { anchoredAtS } = (await readBatch(ledger, number))!;
      batches.markAnchored(number, anchoredAtS);
      onStep("anchored", number);
    }
  };

  /** The stored transaction where its number is the next one, else a new one, stored. */
  const transactionOf = async (batch: Batch, mined: number): Promise<{ raw: string; hash: string }> => {
    if (batch.transaction?.nonce === mined) return batch.transaction;
    account.resync();
    const prepared = await account.prepare(await anchorTransaction(ledger, contentOf(batch)));
    batches.setTransaction(batch.number, prepared);
    onStep("signed", batch.number);
    return prepared;
  };

  const deliver = async (batch: Batch, mined: number, signal: AbortSignal): Promise<void> => {
    const { raw, hash } = await transactionOf(batch, mined);
    await account.send(raw);
    batches.markSent(batch.number);
    onStep("sent", batch.number);
    try {
      await account.waitFor(hash, signal);
    } catch (error) {
      // Dropped, or mined and refused: these bytes will not arrive any more.
      const dead =
        isPondproofError(error, "LEDGER_TRANSACTION_LOST") || isPondproofError(error, "LEDGER_REVERTED");
      if (dead) batches.setTransaction(batch.number, undefined);
      throw error;
    }
    onStep("mined", batch.number);
  };

  return {
    reconcile,
    async next(signal) {
      if (batches.lastAnchored() === batches.last()) return false;
      // The count is read first: a number used by then, without the batch on the chain, was used by something else.
      const mined = await account.minedCount();
      await reconcile();
      const batch = batches.find(batches.lastAnchored() + 1);
      if (batch === undefined) return false;
      await deliver(batch, mined, signal);
      await reconcile();
      return true;
    },
  };
}

function contentOf({ number, directoryRoot, streamCount, readings, manifestHash }: Batch): BatchContent {
  return { number, directoryRoot, streamCount, readings, manifest: manifestHash };
}
