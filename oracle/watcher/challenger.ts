import { randomBytes } from "node:crypto";
import type { Account } from "../../ledger/account.ts";
import {
  challengeData,
  commitmentOf,
  commitTransaction,
  needsCommitment,
  readStanding,
} from "../../ledger/challenges.ts";
import type { Ledger } from "../../ledger/client.ts";
import type { Conviction } from "../../protocol/conviction.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import { recordTimeMs } from "../../protocol/record.ts";
import type { Hex } from "../../protocol/terms.ts";
import type { Log } from "../log.ts";
import type { CaseBook, OpenCase } from "./case-book.ts";
import { sentenceOf } from "./words.ts";

/** The points between which the process may die: each is reported right after it is durable, or done. */
export type CaseStep = "signed" | "sent" | "committed" | "convicted";

/** Brings cases to the ledger, each exactly once. */
export type Challenger = {
  /** Keeps a case, to be brought in the next turns. False where one against the stream is under way. */
  accuse(conviction: Conviction, batch: number): boolean;
  /** Does the next step of the oldest case, and tells whether there is more at once. @throws LEDGER_* */
  turn(signal: AbortSignal): Promise<"again" | "idle">;
};

/**
 * A case's calldata, with its salt, is stored before anything of it is sent, and each transaction before it is sent.
 * After a kill the ledger is asked what is there, and then the stored bytes are sent again; both contract calls take a
 * repetition as what it is.
 */
export function createChallenger({
  ledger,
  account,
  cases,
  log,
  onStep = () => undefined,
}: {
  ledger: Ledger;
  account: Account;
  cases: CaseBook;
  log: Log;
  onStep?: (step: CaseStep, id: number) => void;
}): Challenger {
  const { Challenges } = ledger.contracts;
  const to = ledger.deployment.contracts.Challenges;

  /** Sends a call exactly once: the stored transaction if there is one, else one that is stored first. */
  const deliver = async (
    it: OpenCase,
    build: () => Promise<{ to?: unknown; data?: unknown }>,
    signal: AbortSignal,
  ): Promise<void> => {
    let { transaction } = it;
    if (transaction === undefined) {
      account.resync();
      transaction = await account.prepare((await build()) as Parameters<Account["prepare"]>[0]);
      cases.setTransaction(it.id, transaction);
      onStep("signed", it.id);
    }
    try {
      await account.send(transaction.raw);
      onStep("sent", it.id);
      await account.waitFor(transaction.hash, signal);
    } catch (error) {
      // Dropped, refused, or its number went to another one: these bytes will not arrive any more.
      const dead = (["LEDGER_TRANSACTION_LOST", "LEDGER_REVERTED", "LEDGER_NONCE"] as const).some((code) =>
        isPondproofError(error, code),
      );
      if (dead) cases.setTransaction(it.id, undefined);
      throw error;
    }
  };

  /** Whether what the case is about is void, or suspect, already: by us before a kill, or by somebody else. */
  const isOver = async (it: OpenCase): Promise<boolean> => {
    if (it.streamId === null) return Challenges.isVoid(it.batch);
    const standing = await readStanding(ledger, it.streamId, it.batch);
    return it.code === "Equivocation"
      ? standing.suspectFromMs !== undefined && standing.suspectFromMs <= it.suspectMs!
      : !standing.usable;
  };

  const finish = async (it: OpenCase, signal: AbortSignal): Promise<void> => {
    const isOurs = it.transaction !== undefined && (await isMined(it.transaction.hash, signal));
    const state = isOurs && it.state === "committed" ? "convicted" : "settled";
    cases.setState(it.id, state);
    onStep("convicted", it.id);
    log.info({ case: it.sentence, batch: it.batch, state }, "the case is over");
  };

  const isMined = async (hash: string, signal: AbortSignal): Promise<boolean> => {
    const receipt = await ledger.provider.getTransactionReceipt(hash);
    signal.throwIfAborted();
    return receipt?.status === 1;
  };

  const commit = async (it: OpenCase, signal: AbortSignal): Promise<void> => {
    const commitment = it.commitment as Hex | undefined;
    if (commitment !== undefined && (await Challenges.committedIn(commitment)) === 0n)
      await deliver(it, () => commitTransaction(ledger, commitment), signal);
    cases.setState(it.id, "committed");
    onStep("committed", it.id);
  };

  const convict = async (it: OpenCase, signal: AbortSignal): Promise<"again" | "idle"> => {
    if (it.commitment !== undefined) {
      const { number } = await ledger.head();
      // One block at least lies between: the node must see the commitment in a block before the next.
      if (BigInt(number) < (await Challenges.committedIn(it.commitment))) return "idle";
    }
    try {
      await deliver(it, async () => ({ to, data: it.data }), signal);
    } catch (error) {
      if (!isPondproofError(error, "LEDGER_REVERTED") || error.facts.error === "CommittedInThisBlock")
        throw error;
      if (await isOver(it)) return "again";
      cases.setState(it.id, "refused");
      log.error({ case: it.sentence, batch: it.batch, ...error.facts }, "the ledger refuses a case");
      return "again";
    }
    cases.setState(it.id, "convicted");
    onStep("convicted", it.id);
    log.warn({ case: it.sentence, batch: it.batch }, "convicted");
    return "again";
  };

  return {
    accuse(conviction, batch) {
      const challenge = { conviction, salt: randomBytes(32) };
      const isNew = cases.open({
        code: conviction.code,
        batch: conviction.code === "Equivocation" ? 0 : batch,
        streamId: "streamId" in conviction ? conviction.streamId : null,
        suspectMs:
          conviction.code === "Equivocation"
            ? Math.min(recordTimeMs(conviction.oneFrame), recordTimeMs(conviction.otherFrame))
            : null,
        sentence: sentenceOf(conviction),
        data: challengeData(challenge),
        commitment: needsCommitment(conviction) ? commitmentOf(challenge, account.address) : undefined,
      });
      if (isNew) log.warn({ case: sentenceOf(conviction), batch }, "a false batch: a case is opened");
      return isNew;
    },
    async turn(signal) {
      const [oldest] = cases.pending();
      if (oldest === undefined) return "idle";
      if (await isOver(oldest)) {
        await finish(oldest, signal);
        return "again";
      }
      if (oldest.state === "found") {
        await commit(oldest, signal);
        return "again";
      }
      return convict(oldest, signal);
    },
  };
}
