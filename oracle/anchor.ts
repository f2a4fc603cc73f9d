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
import type { Log } from "./log.ts";
import type { Store } from "./store.ts";

/** The points between which the process may die: each is reported right after it is durable, or done. */
export type AnchorStep = "sealed" | "signed" | "sent" | "mined" | "anchored";

/** Brings sealed batches to the ledger, each exactly once. */
export type Anchor = {
  /** How many anchored batches the chain has forgotten, as far as this process saw. */
  readonly forgotten: number;
  /**
   * Compares the store with the chain. Batches that are there are anchored; batches that the chain has forgotten wait
   * again, and when it has forgotten all of them, their readings are sealed again from the first.
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
  log,
  onStep = () => undefined,
}: {
  ledger: Ledger;
  account: Account;
  store: Store;
  log: Log;
  onStep?: (step: AnchorStep, number: number) => void;
}): Anchor {
  const { batches } = store;
  let forgotten = 0;

  const reconcile = async (): Promise<void> => {
    const onChain = await lastBatch(ledger);
    const ours = batches.last();
    if (onChain > ours) throw new PondproofError("FOREIGN_BATCH", { number: onChain, newestOfOurs: ours });
    if (onChain > 0 && !(await isSameBatch(ledger, contentOf(batches.find(onChain)!))))
      throw new PondproofError("FOREIGN_BATCH", { number: onChain, problem: "other content" });
    await forget(onChain);
    for (let number = batches.lastAnchored() + 1; number <= onChain; number++) {
      const anchored = await readBatch(ledger, number);
      // Between two questions the ledger may go back: what it forgot meanwhile, the next turn sees.
      if (anchored === undefined) return;
      batches.markAnchored(number, anchored.anchoredAtS);
      onStep("anchored", number);
    }
  };

  /** Nothing of ours on a chain means no number is taken: few large batches then replace the many small ones. */
  const forget = async (onChain: number): Promise<void> => {
    const lost = batches.lastAnchored() - onChain;
    if (lost <= 0) return;
    // It may be another chain altogether, on which the same contracts got the same addresses.
    await ledger.verify();
    forgotten += lost;
    log.warn({ lost, onChain }, "the ledger forgot batches: their readings are anchored again");
    if (onChain > 0) batches.unanchorBehind(onChain);
    else store.unseal();
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

  /**
   * A stream was voided after the batch was sealed, which would anchor the false tree once more. Its transaction's number
   * is used up by nothing, if that is not too late, and then it is taken back.
   */
  const withdraw = async (
    { number, transaction }: Batch,
    mined: number,
    signal: AbortSignal,
  ): Promise<void> => {
    if (transaction?.nonce === mined) {
      await account.cancel(transaction.raw, signal);
      return;
    }
    store.takeBack();
    log.warn({ number }, "took back a batch with a stream that was voided since it was sealed");
  };

  const isAllAnchored = () => batches.lastAnchored() === batches.last();

  return {
    get forgotten() {
      return forgotten;
    },
    reconcile,
    async next(signal) {
      // The ledger may go back while nothing waits.
      if (isAllAnchored() && (await lastBatch(ledger)) < batches.last()) await reconcile();
      if (isAllAnchored()) return false;
      // The count is read first: a number used by then, without the batch on the chain, was used by something else.
      const mined = await account.minedCount();
      await reconcile();
      store.applyVoids();
      const batch = batches.find(batches.lastAnchored() + 1);
      if (batch === undefined) return false;
      const outdated = batches.outdated();
      if (outdated !== undefined) {
        await withdraw(outdated, mined, signal);
        return true;
      }
      await deliver(batch, mined, signal);
      await reconcile();
      return true;
    },
  };
}

function contentOf({ number, directoryRoot, streamCount, readings, manifestHash }: Batch): BatchContent {
  return { number, directoryRoot, streamCount, readings, manifest: manifestHash };
}
