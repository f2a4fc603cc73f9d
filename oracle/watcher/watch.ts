import type { Ledger } from "../../ledger/client.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { Log } from "../log.ts";
import { orNothing, type RawSource, verifiedSource } from "../replica/raw-source.ts";
import type { Book, WatchedBatch } from "./book.ts";
import type { CaseBook } from "./case-book.ts";
import type { Challenger } from "./challenger.ts";
import type { ClaimedTrees } from "./claimed-stream.ts";
import { type EquivocationWatch, equivocationIn } from "./equivocation.ts";
import { createFollow } from "./follow.ts";
import { type Judgement, judge } from "./judge.ts";
import type { Rebuilt } from "./rebuild.ts";
import { takeBatch } from "./take.ts";
import { wordsOf } from "./words.ts";

/** The owner loop of a watcher: follows the ledger, takes and judges batches, brings cases. */
export type Watch = {
  turn(signal: AbortSignal): Promise<"again" | "idle">;
};

/** Batches in which trees were withheld are asked about again in one turn out of so many without anything else to do. */
const ASK_AGAIN_EVERY = 10;

export function createWatch({
  connection: ledger,
  book,
  cases,
  sources,
  claimed,
  challenger,
  equivocations,
  log,
}: {
  connection: Ledger;
  book: Book;
  cases: CaseBook;
  sources: readonly RawSource[];
  claimed: ClaimedTrees;
  challenger: Challenger;
  equivocations: EquivocationWatch | undefined;
  log: Log;
}): Watch {
  const follow = createFollow({ ledger, book });
  const source = verifiedSource(sources);
  const shown: ClaimedTrees = {
    directory: (number, signal) => orNothing(claimed.directory(number, signal)),
    node: (place, signal) => orNothing(claimed.node(place, signal)),
  };
  let idleTurns = 0;
  const isUsable = (streamId: Uint8Array, batch: number): Promise<boolean> =>
    ledger.contracts.Challenges.isUsable(toHex(streamId), batch);

  /** Everything that a judgement means is in one transaction: the streams, the batch's state, and the cases. */
  const settle = (batch: WatchedBatch, judgement: Judgement, rebuilt: readonly Rebuilt[]): void => {
    book.transaction(() => {
      const equivocal = rebuilt.flatMap((it) => equivocationIn(book, it) ?? []);
      for (const growth of rebuilt) book.grow(batch.number, growth);
      for (const conviction of [...judgement.convictions, ...equivocal])
        challenger.accuse(conviction, batch.number);
      const accused =
        judgement.state === "verified"
          ? book.entriesAt(batch.number).find(({ streamId }) => cases.isAccused(streamId))
          : undefined;
      if (accused === undefined) book.setState(batch.number, judgement.state, wordsOf(judgement));
      else book.setState(batch.number, "refuted", `rests on stream ${toHex(accused.streamId)}`);
      book.markTaken(batch.number);
    });
    if (judgement.state !== "verified")
      log.warn({ batch: batch.number, why: wordsOf(judgement) }, `batch ${judgement.state}`);
  };

  const takeNext = async (signal: AbortSignal): Promise<boolean> => {
    const batch = book.nextToTake();
    if (batch === undefined) return false;
    const taken = await takeBatch({ book, batch, source, isUsable, signal });
    if (taken.kind === "absent") {
      if (batch.state !== "missing") log.warn({ batch: batch.number, why: taken.sentence }, "data missing");
      book.setState(batch.number, "missing", taken.sentence);
      return false;
    }
    const { rebuilt, lacking } = taken;
    settle(batch, await judge({ book, batch, rebuilt, lacking, claimed: shown, isUsable, signal }), rebuilt);
    return true;
  };

  /** Trees that were withheld may be shown later; raw bytes of those batches are in the book. */
  const askAgain = async (signal: AbortSignal): Promise<void> => {
    for (const batch of book.missing()) {
      const judgement = await judge({
        book,
        batch,
        rebuilt: [],
        lacking: new Map(),
        claimed: shown,
        isUsable,
        signal,
      });
      if (judgement.state === "missing") book.setState(batch.number, "missing", wordsOf(judgement));
      else settle(batch, judgement, []);
    }
  };

  /** A refuted batch is done with once the ledger has voided what is false in it, and a later one stands in its place. */
  const closeConvicted = async (): Promise<void> => {
    const newest = book.newestTaken();
    const refuted = book.refuted().filter(({ number }) => number < newest);
    if (refuted.length === 0 || cases.pending().length > 0 || book.batch(newest)?.state !== "verified")
      return;
    const accused = cases
      .all()
      .flatMap(({ code, streamId }) => (code === "Equivocation" ? [] : (streamId ?? [])));
    const isUsableIn = async (batch: number) =>
      (await Promise.all(accused.map((streamId) => isUsable(streamId, batch)))).every(Boolean);
    if (!(await isUsableIn(newest))) return;
    for (const { number, why } of refuted) {
      const isVoid = (await ledger.contracts.Challenges.isVoid(number)) || !(await isUsableIn(number));
      if (isVoid) book.setState(number, "convicted", why);
    }
  };

  return {
    async turn(signal) {
      if ((await follow.turn()) === "other") {
        log.warn({}, "the ledger has other batches than it had: all is watched anew");
        book.startOver();
        cases.startOver();
        return "again";
      }
      if ((await challenger.turn(signal)) === "again") return "again";
      if (await takeNext(signal)) return "again";
      await closeConvicted();
      if (idleTurns++ % ASK_AGAIN_EVERY === 0) await askAgain(signal);
      for (const found of (await equivocations?.turn(signal)) ?? []) challenger.accuse(found, 0);
      return "idle";
    },
  };
}
