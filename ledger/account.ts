import { setTimeout as sleep } from "node:timers/promises";
import { Transaction, type TransactionReceipt, type TransactionRequest, Wallet } from "ethers";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import type { SubRole } from "../protocol/flows.ts";
import type { Hex } from "../protocol/terms.ts";
import { spanTimeMs } from "../telemetry/passages.ts";
import type { Deployment } from "./deployment.ts";
import { ledgerError } from "./errors.ts";
import type { FailoverProvider } from "./provider.ts";
import { createTransactionPassages } from "./transaction-passages.ts";

/** EIP-7825: no transaction may ask for more. */
const GAS_CAP = 16_777_216n;
const TRANSFER_GAS = 21_000n;
/** State may move between the estimate and the block: a quarter more, which costs nothing where it is not used. */
const GAS_HEADROOM = 4n;
/** A node that just took a transaction may need a moment to show it. */
const LOST_AFTER_POLLS = 5;
const LONGEST_PAUSE_MS = 30_000;

/** A signed transaction, which can be stored, sent and sent again. */
export type Prepared = { raw: Hex; hash: Hex; nonce: number };

/**
 * One sender: a queue in which every transaction gets the next number, and may be in flight while the next is built.
 * Use one account object for a key in the whole process. Errors are `LEDGER_*`.
 */
export type Account = {
  readonly address: Hex;
  /** Estimates, numbers and signs. What is prepared must be sent, or everything behind it waits. */
  prepare(transaction: TransactionRequest): Promise<Prepared>;
  /** Hands the bytes to a node; bytes that it has already, waiting or in a block, are as good. */
  send(raw: string): Promise<void>;
  /**
   * The receipt, however long the node is away.
   * @throws LEDGER_REVERTED, LEDGER_TRANSACTION_LOST, or the signal's reason
   */
  waitFor(hash: string, signal: AbortSignal): Promise<TransactionReceipt>;
  /** Prepares and sends, in order with all other transactions of this account. */
  dispatch(transaction: TransactionRequest): Promise<Prepared>;
  /** Prepares, sends and waits. */
  submit(transaction: TransactionRequest, signal: AbortSignal): Promise<TransactionReceipt>;
  /**
   * Uses the number of a prepared transaction for one that does nothing and pays twice as much, so that a node puts it
   * in the other's place.
   * @throws LEDGER_NONCE, LEDGER_TRANSACTION_LOST where the other came first or stays; or the signal's reason
   */
  cancel(raw: string, signal: AbortSignal): Promise<void>;
  /** How many transactions of this account are in blocks. */
  minedCount(): Promise<number>;
  /** Takes the next number from the chain: for when something else used the key, or the chain went back. */
  resync(): void;
};

/** The account of a key on a ledger; `subRole` is whose it is, as traces name him. */
export function createAccount({
  ledger,
  key,
  subRole = "service-provider",
}: {
  ledger: { provider: FailoverProvider; pollingIntervalMs: number; deployment: Deployment };
  key: string;
  subRole?: SubRole;
}): Account {
  const { provider, pollingIntervalMs, deployment } = ledger;
  const passages = createTransactionPassages({ deployment, subRole });
  const wallet = new Wallet(key);
  const address = wallet.address as Hex;
  let next: number | undefined;
  let tail: Promise<unknown> = Promise.resolve();

  /** Runs one after the other; an error is the caller's and does not stop the queue. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = tail.then(work);
    tail = turn.catch(() => undefined);
    return turn.catch((error: unknown) => {
      throw ledgerError(error);
    });
  };

  const build = async (transaction: TransactionRequest): Promise<Prepared> => {
    const [gas, fees] = await Promise.all([
      provider.estimateGas({ ...transaction, from: address }),
      provider.getFeeData(),
    ]);
    next ??= await provider.getTransactionCount(address, "pending");
    const { chainId } = await provider.getNetwork();
    const wanted = gas + gas / GAS_HEADROOM;
    const raw = (await wallet.signTransaction({
      ...transaction,
      chainId,
      nonce: next,
      gasLimit: wanted < GAS_CAP ? wanted : GAS_CAP,
      ...(fees.maxFeePerGas === null
        ? { type: 0, gasPrice: fees.gasPrice }
        : { type: 2, maxFeePerGas: fees.maxFeePerGas, maxPriorityFeePerGas: fees.maxPriorityFeePerGas }),
    })) as Hex;
    return { raw, hash: Transaction.from(raw).hash as Hex, nonce: next++ };
  };

  const transmit = async (raw: string): Promise<void> => {
    const sentMs = spanTimeMs();
    await transmitOnce(raw);
    passages.submitted(raw, sentMs);
  };

  const transmitOnce = async (raw: string): Promise<void> => {
    try {
      await provider.send("eth_sendRawTransaction", [raw]);
    } catch (error) {
      if (
        isPondproofError(error, "LEDGER_REFUSED") &&
        /known|already imported/i.test(String(error.facts.problem))
      ) {
        return;
      }
      next = undefined;
      const hash = Transaction.from(raw).hash;
      if (isPondproofError(error, "LEDGER_NONCE") && (await provider.getTransactionReceipt(hash!)) !== null)
        return;
      throw error;
    }
  };

  const buildAndTransmit = async (transaction: TransactionRequest): Promise<Prepared> => {
    const prepared = await build(transaction);
    await transmit(prepared.raw);
    return prepared;
  };

  const dispatch = (transaction: TransactionRequest): Promise<Prepared> =>
    inTurn(async () => {
      try {
        return await buildAndTransmit(transaction);
      } catch (error) {
        // Somebody else used the number: nothing of ours was taken, and the chain says what the next one is.
        if (!isPondproofError(error, "LEDGER_NONCE")) throw error;
        return buildAndTransmit(transaction);
      }
    });

  const waitFor = async (hash: string, signal: AbortSignal): Promise<TransactionReceipt> => {
    let pauseMs = pollingIntervalMs;
    for (let unseen = 0; unseen < LOST_AFTER_POLLS; ) {
      signal.throwIfAborted();
      try {
        const askedMs = spanTimeMs();
        const receipt = await provider.getTransactionReceipt(hash);
        if (receipt !== null) {
          passages.received(receipt, askedMs);
          return await successful(receipt, provider);
        }
        unseen = (await provider.send("eth_getTransactionByHash", [hash])) === null ? unseen + 1 : 0;
        pauseMs = pollingIntervalMs;
      } catch (error) {
        const failure = ledgerError(error);
        if (failure.code !== "LEDGER_UNREACHABLE") throw failure;
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
      await sleep(pauseMs, undefined, { signal });
    }
    next = undefined;
    throw new PondproofError("LEDGER_TRANSACTION_LOST", { hash });
  };

  const nothingInsteadOf = (raw: string): Promise<string> => {
    const { chainId, nonce, type, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(raw);
    return wallet.signTransaction({
      to: address,
      chainId,
      nonce,
      gasLimit: TRANSFER_GAS,
      ...(type === 0
        ? { type, gasPrice: 2n * gasPrice! }
        : { type, maxFeePerGas: 2n * maxFeePerGas!, maxPriorityFeePerGas: 2n * maxPriorityFeePerGas! }),
    });
  };

  return {
    address,
    prepare: (transaction) => inTurn(() => build(transaction)),
    send: (raw) => inTurn(() => transmit(raw)),
    waitFor,
    dispatch,
    async submit(transaction, signal) {
      const { hash } = await dispatch(transaction);
      return waitFor(hash, signal);
    },
    async cancel(raw, signal) {
      const nothing = await nothingInsteadOf(raw);
      await inTurn(() => transmit(nothing));
      await waitFor(Transaction.from(nothing).hash!, signal);
    },
    minedCount: () => provider.getTransactionCount(address, "latest"),
    resync() {
      next = undefined;
    },
  };
}

/** The receipt, or why the transaction failed: the node keeps no reason, so the call is made again on its block. */
async function successful(
  receipt: TransactionReceipt,
  provider: FailoverProvider,
): Promise<TransactionReceipt> {
  if (receipt.status === 1) return receipt;
  const { hash, blockNumber, gasUsed } = receipt;
  const transaction = await provider.getTransaction(hash);
  if (transaction !== null) {
    const { from, to, data, value, gasLimit } = transaction;
    await provider.call({ from, to, data, value, gasLimit, blockTag: blockNumber });
  }
  throw new PondproofError("LEDGER_REVERTED", {
    error: "unknown",
    args: {},
    hash,
    gasUsed: gasUsed.toString(),
  });
}
