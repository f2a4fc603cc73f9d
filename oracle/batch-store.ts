import type { DirectoryEntry } from "../protocol/directory.ts";
import type { Database } from "./database.ts";

/** What was sealed (protocol §4); `readings` counts all that the batch's streams hold together. */
export type SealedBatch = {
  number: number;
  directoryRoot: Uint8Array;
  streamCount: number;
  readings: number;
  manifest: Uint8Array;
  manifestHash: Uint8Array;
  sealedAtMs: number;
};

/** A batch's transaction: `raw` is null until it is signed and stored. */
export type BatchTransaction = { raw: string; hash: string; nonce: number };

/**
 * A batch on its way to the ledger: sealed, with or without a signed transaction; sent, which says nothing about its
 * arrival; anchored at a block time in seconds.
 */
export type Batch = SealedBatch & { transaction: BatchTransaction | undefined } & (
    | { state: "sealed" | "sent"; anchoredAtS: undefined }
    | { state: "anchored"; anchoredAtS: number }
  );

/** What a batch made of a stream. */
export type StreamChange = {
  device: number;
  from: number;
  to: number;
  root: Uint8Array;
  /** SHA-256 of the segment: the frames of positions `from` to `to`. */
  segment: Uint8Array;
};

/** Batches, sizes of the streams in them, and the archive's index. */
export type BatchStore = {
  /** Number of the newest sealed batch, 0 before the first. */
  last(): number;
  /** Number of the newest anchored batch, 0 before the first. */
  lastAnchored(): number;
  find(number: number): Batch | undefined;
  add(batch: SealedBatch, changes: readonly StreamChange[]): void;
  setTransaction(number: number, transaction: BatchTransaction | undefined): void;
  markSent(number: number): void;
  markAnchored(number: number, anchoredAtS: number): void;
  /** Batches behind `number` wait for the ledger again: it forgot them. */
  unanchorBehind(number: number): void;
  /** Size and root of every stream as of a batch. */
  entriesAt(batch: number): DirectoryEntry[];
  /** Size of a stream as of a batch; 0 where it is in none yet. */
  sizeAt(device: number, batch: number): number;
  /** The newest batch where it is not anchored and holds a stream that was voided since it was sealed. */
  outdated(): Batch | undefined;
  /** Takes back the newest batch, which is on no ledger: what it added is pending again. */
  dropNewest(): void;
  /** The first batch, of those that are not void for the stream, that holds a position. */
  holding(device: number, seq: number): number | undefined;
  segment(sha256: Uint8Array): { device: number; from: number; to: number } | undefined;
};

type BatchRow = SealedBatch & {
  state: Batch["state"];
  raw: string | null;
  hash: string | null;
  nonce: number | null;
  anchoredAtS: number | null;
};

export function createBatchStore(database: Database): BatchStore {
  const last = () => database.get<{ n: number }>("SELECT coalesce(max(number), 0) AS n FROM batches")!.n;
  const find = (number: number): Batch | undefined => {
    const row = database.get<BatchRow>(
      `SELECT number, directory_root AS directoryRoot, stream_count AS streamCount, readings, manifest,
              manifest_hash AS manifestHash, sealed_at_ms AS sealedAtMs, state, raw, hash, nonce,
              anchored_at_s AS anchoredAtS
       FROM batches WHERE number = ?`,
      number,
    );
    return row && batchOf(row);
  };

  return {
    last,
    // Batches are anchored in order.
    lastAnchored: () =>
      database.get<{ n: number }>(
        "SELECT coalesce((SELECT number FROM batches WHERE state = 'anchored' ORDER BY number DESC LIMIT 1), 0) AS n",
      )!.n,
    find,
    add(batch, changes) {
      database.run(
        `INSERT INTO batches (number, directory_root, stream_count, readings, manifest, manifest_hash, sealed_at_ms, state)
         VALUES (?, ?, ?, ?, ?, ?, ?, 'sealed')`,
        batch.number,
        batch.directoryRoot,
        batch.streamCount,
        batch.readings,
        batch.manifest,
        batch.manifestHash,
        batch.sealedAtMs,
      );
      for (const { device, from, to, root, segment } of changes) {
        database.run("INSERT INTO sizes VALUES (?, ?, ?, ?)", device, batch.number, to + 1, root);
        // Segments without a frame are all the same one.
        database.run("INSERT OR IGNORE INTO segments VALUES (?, ?, ?, ?)", segment, device, from, to);
      }
    },
    setTransaction: (number, transaction) =>
      database.run(
        "UPDATE batches SET state = 'sealed', raw = ?, hash = ?, nonce = ? WHERE number = ?",
        transaction?.raw ?? null,
        transaction?.hash ?? null,
        transaction?.nonce ?? null,
        number,
      ),
    markSent: (number) => database.run("UPDATE batches SET state = 'sent' WHERE number = ?", number),
    markAnchored: (number, anchoredAtS) =>
      database.run(
        "UPDATE batches SET state = 'anchored', anchored_at_s = ? WHERE number = ?",
        anchoredAtS,
        number,
      ),
    unanchorBehind: (number) =>
      database.run(
        "UPDATE batches SET state = 'sealed', anchored_at_s = NULL WHERE number > ? AND state = 'anchored'",
        number,
      ),
    outdated() {
      const row = database.get<{ number: number }>(
        `SELECT number FROM batches WHERE state <> 'anchored' AND number = (SELECT max(number) FROM batches)
           AND EXISTS (SELECT 1 FROM falling)`,
      );
      return row && find(row.number);
    },
    dropNewest() {
      const number = last();
      // As of the batch before; a stream that is void there begins anew.
      const changed = database.all<{ device: number; size: number }>(
        `SELECT z.device, coalesce((SELECT size FROM sizes WHERE device = z.device AND batch < z.batch
             AND batch > coalesce((SELECT through FROM voids WHERE device = z.device), 0)
           ORDER BY batch DESC LIMIT 1), 0) AS size
         FROM sizes z WHERE batch = ?`,
        number,
      );
      database.run("DELETE FROM sizes WHERE batch = ?", number);
      database.run("DELETE FROM batches WHERE number = ?", number);
      // Its segments stay: they are ranges of positions, some of which earlier batches name as well.
      for (const { device, size } of changed) {
        database.run("DELETE FROM nodes WHERE device = ? AND ((idx + 1) << level) > ?", device, size);
        database.run(
          `UPDATE streams SET size = min(size, ?1), readings =
             (SELECT count(*) FROM positions WHERE device = ?2 AND seq < min(size, ?1) AND frame IS NOT NULL)
           WHERE device = ?2`,
          size,
          device,
        );
      }
    },
    entriesAt: (batch) =>
      database.all<DirectoryEntry>(
        `SELECT s.stream_id AS streamId, z.size, z.root
         FROM streams s JOIN sizes z ON z.device = s.device
         WHERE z.batch = (SELECT max(batch) FROM sizes WHERE device = s.device AND batch <= ?)`,
        batch,
      ),
    sizeAt: (device, batch) =>
      database.get<{ size: number }>(
        "SELECT size FROM sizes WHERE device = ? AND batch <= ? ORDER BY batch DESC LIMIT 1",
        device,
        batch,
      )?.size ?? 0,
    holding(device, seq) {
      return database.get<{ batch: number }>(
        `SELECT batch FROM sizes WHERE device = ? AND size > ?
         AND batch > coalesce((SELECT through FROM voids WHERE device = sizes.device), 0)
         ORDER BY size, batch LIMIT 1`,
        device,
        seq,
      )?.batch;
    },
    segment: (sha256) =>
      database.get<{ device: number; from: number; to: number }>(
        'SELECT device, from_seq AS "from", to_seq AS "to" FROM segments WHERE sha256 = ?',
        sha256,
      ),
  };
}

function batchOf({ state, raw, hash, nonce, anchoredAtS, ...sealed }: BatchRow): Batch {
  const transaction = raw === null ? undefined : { raw, hash: hash!, nonce: nonce! };
  return state === "anchored"
    ? { ...sealed, transaction, state, anchoredAtS: anchoredAtS! }
    : { ...sealed, transaction, state, anchoredAtS: undefined };
}
