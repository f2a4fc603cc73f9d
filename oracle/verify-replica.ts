import type { Ledger } from "../ledger/client.ts";
import { toHex } from "../protocol/bytes.ts";
import { openDatabase } from "./database.ts";
import type { ReplicaFolder } from "./replica/folder.ts";
import { verifiedSource } from "./replica/raw-source.ts";
import { BOOK_SCHEMA, type Book, createBook } from "./watcher/book.ts";
import { createFollow } from "./watcher/follow.ts";
import { judge } from "./watcher/judge.ts";
import { takeBatch } from "./watcher/take.ts";
import { wordsOf } from "./watcher/words.ts";

/** What an auditor found of one batch; `void` where a challenge has voided what is wrong with it. */
export type AuditedBatch = {
  number: number;
  state: "verified" | "refuted" | "missing" | "void";
  readings: number;
  why: string | null;
};

export type AuditReport = {
  chainId: number;
  batchLedger: string;
  batches: AuditedBatch[];
  verified: number;
  refuted: number;
  missing: number;
  void: number;
};

/**
 * Builds every stream again from the raw bytes of a replica, and compares each batch with the ledger. Batches before
 * `from` are built, since later ones rest on them, and not reported.
 *
 * The manifest's hash and the directory's root stand in one transaction of the operator's: where they contradict each
 * other the batch is refuted by his own word, whether or not his archive shows the nodes that a challenge would need.
 * @throws LEDGER_*, or the signal's reason
 */
export async function verifyReplica({
  ledger,
  folder,
  from = 1,
  onProgress = () => undefined,
  signal,
}: {
  ledger: Ledger;
  folder: ReplicaFolder;
  from?: number;
  onProgress?: (progress: { done: number; of: number }) => void;
  signal: AbortSignal;
}): Promise<AuditReport> {
  const { chainId, contracts } = ledger.deployment;
  const meta = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;";
  const database = openDatabase({ path: ":memory:", schema: meta + BOOK_SCHEMA });
  const book = createBook(database);
  const source = verifiedSource([folder]);
  const nobody = { directory: async () => undefined, node: async () => undefined };
  const isUsable = (streamId: Uint8Array, batch: number) =>
    ledger.contracts.Challenges.isUsable(toHex(streamId), batch);
  const batches: AuditedBatch[] = [];
  try {
    await createFollow({ ledger, book }).turn();
    const of = book.counts().behind;
    for (let batch = book.nextToTake(); batch !== undefined; batch = book.nextToTake()) {
      signal.throwIfAborted();
      const { number, readings } = batch;
      const taken = await takeBatch({ book, batch, source, isUsable, signal });
      const { rebuilt, lacking } =
        taken.kind === "taken" ? taken : { rebuilt: [], lacking: new Map([["", taken.sentence]]) };
      const judgement = await judge({ book, batch, rebuilt, lacking, claimed: nobody, isUsable, signal });
      book.transaction(() => {
        for (const growth of rebuilt) book.grow(number, growth);
        book.markTaken(number);
      });
      const lacksBytes = judgement.missing.some(({ what }) => what === "bytes");
      const state =
        judgement.convictions.length > 0 || (judgement.missing.length > 0 && !lacksBytes)
          ? "refuted"
          : judgement.state;
      const isVoid = await ledger.contracts.Challenges.isVoid(number);
      const convicts = judgement.convictions.length > 0 && !isVoid;
      const voided = await voidIn(ledger, { number, book });
      if (number >= from)
        batches.push(
          voided === undefined
            ? { number, state, readings, why: wordsOf(judgement) }
            : { number, state: convicts ? "refuted" : "void", readings, why: voided },
        );
      onProgress({ done: number, of });
    }
  } finally {
    database.close();
  }
  const count = (state: AuditedBatch["state"]) => batches.filter((batch) => batch.state === state).length;
  return {
    chainId,
    batchLedger: contracts.BatchLedger,
    batches,
    verified: count("verified"),
    refuted: count("refuted"),
    missing: count("missing"),
    void: count("void"),
  };
}

/** What challenges have left of a batch, in words; `undefined` where they left all of it. */
async function voidIn(
  { contracts: { Challenges } }: Ledger,
  { number, book }: { number: number; book: Book },
): Promise<string | undefined> {
  if (await Challenges.isVoid(number)) return "void on the ledger";
  const ids = book.entriesAt(number).map(({ streamId }) => toHex(streamId));
  const usable = await Promise.all(ids.map((id) => Challenges.isUsable(id, number)));
  const gone = ids.filter((_, i) => !usable[i]);
  return gone.length === 0 ? undefined : `void on the ledger for ${gone.join(", ")}`;
}
