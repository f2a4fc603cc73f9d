import { type BatchStore, createBatchStore } from "./batch-store.ts";
import type { Database } from "./database.ts";
import { type LedgerIdentity, openLedgerDatabase, type StartedOver } from "./ledger-database.ts";
import { createStreamStore, type StreamStore } from "./stream-store.ts";

/** Everything the oracle keeps. */
export type Store = {
  readonly streams: StreamStore;
  readonly batches: BatchStore;
  transaction<T>(work: () => T): T;
  /** Forgets all batches and trees; the positions stay, and are all pending again. */
  unseal(): void;
  /** Takes note that a stream is void in all batches up to `through`. Repeating it changes nothing. */
  correct(streamId: Uint8Array, through: number): void;
  /**
   * Acts on what became void, as soon as no signed batch is under way that may be anchored or not: a stream whose newest
   * anchored batch is void is built again, from its first position, in the next one. Where a later batch of it stands, its
   * tree must go on from there, or the ledger would hold two contradicting ones; if that one is false as well, it is
   * convicted by its own nodes, which the archive therefore keeps.
   */
  applyVoids(): void;
  /** Takes back the newest batch, which is on no ledger and will be on none. */
  takeBack(): void;
  close(): void;
};

// Frames are kept once, with their positions. A segment is a range of them under its hash: a copy in files would double
// the bytes, and could not be written in one transaction with the batch that names it.
const SCHEMA = `
  -- What the feed knows of: every probe that the gateway admits, registered on the ledger or not.
  CREATE TABLE IF NOT EXISTS devices (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    next_seq INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- A reading has a frame and a time, a hole a reason.
  CREATE TABLE IF NOT EXISTS positions (
    device INTEGER NOT NULL REFERENCES devices (id),
    seq INTEGER NOT NULL,
    frame BLOB,
    time_ms INTEGER,
    reason INTEGER,
    PRIMARY KEY (device, seq),
    CHECK ((frame IS NULL) = (reason IS NOT NULL) AND (frame IS NULL) = (time_ms IS NULL))
  ) STRICT, WITHOUT ROWID;

  -- Frames that the gateway handed on and that a challenge would convict: in the tree they are holes.
  CREATE TABLE IF NOT EXISTS refused (
    device INTEGER NOT NULL REFERENCES devices (id),
    seq INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    frame BLOB NOT NULL,
    PRIMARY KEY (device, seq)
  ) STRICT, WITHOUT ROWID;

  -- What the ledger knows of: registered probes, and how much of each is in a tree.
  CREATE TABLE IF NOT EXISTS streams (
    device INTEGER PRIMARY KEY REFERENCES devices (id),
    stream_id BLOB NOT NULL UNIQUE,
    public_key BLOB NOT NULL,
    pond TEXT,
    size INTEGER NOT NULL DEFAULT 0,
    readings INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- Complete nodes: body (128 bytes) and digest (32). They never change.
  CREATE TABLE IF NOT EXISTS nodes (
    device INTEGER NOT NULL REFERENCES streams (device),
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    node BLOB NOT NULL,
    PRIMARY KEY (device, level, idx)
  ) STRICT, WITHOUT ROWID;

  -- The transaction is stored before it is sent.
  CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY,
    directory_root BLOB NOT NULL,
    stream_count INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    manifest_hash BLOB NOT NULL,
    sealed_at_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sealed', 'sent', 'anchored')),
    raw TEXT,
    hash TEXT,
    nonce INTEGER,
    anchored_at_s INTEGER
  ) STRICT;

  -- Size and root that a stream had from a batch on, where the batch changed it.
  CREATE TABLE IF NOT EXISTS sizes (
    device INTEGER NOT NULL REFERENCES streams (device),
    batch INTEGER NOT NULL REFERENCES batches (number),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    PRIMARY KEY (device, batch)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sizes_by_size ON sizes (device, size);

  -- Newest batch in which a challenge voided a stream: it is carried again, whole, in a later one.
  CREATE TABLE IF NOT EXISTS voids (
    device INTEGER PRIMARY KEY REFERENCES streams (device),
    through INTEGER NOT NULL
  ) STRICT;

  -- Voids of those that are still to be acted on.
  CREATE TABLE IF NOT EXISTS falling (
    device INTEGER PRIMARY KEY REFERENCES streams (device),
    through INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE IF NOT EXISTS segments (
    sha256 BLOB PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES streams (device),
    from_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Opens the store of a ledger in a folder. A store of another ledger is moved aside, whole, and an empty one takes its
 * place: it fills again from the beginning of the feed.
 */
export function openStore(options: { dir: string; identity: LedgerIdentity }): {
  store: Store;
  startedOver: StartedOver | undefined;
} {
  const { database, startedOver } = openLedgerDatabase({ ...options, name: "oracle", schema: SCHEMA });
  return { store: createStore(database), startedOver };
}

function createStore(database: Database): Store {
  const streams = createStreamStore(database);
  const batches = createBatchStore(database);

  const isSigned = (number: number): boolean => batches.find(number)?.transaction !== undefined;
  const applyVoids = (): void => {
    const anchored = batches.lastAnchored();
    const falling = streams.falling();
    const fallen = falling.filter(({ through }) => through >= anchored);
    if (fallen.length > 0) {
      // What was sealed and not signed holds the same tree: nobody has seen it, and nobody shall.
      while (batches.last() > anchored && !isSigned(batches.last())) batches.dropNewest();
      if (batches.last() > anchored) return;
    }
    for (const { device } of fallen) streams.restart(device);
    for (const { device } of falling) streams.settle(device);
  };
  return {
    streams,
    batches,
    transaction: database.transaction,
    unseal: () =>
      database.transaction(() => {
        for (const table of ["segments", "sizes", "voids", "falling", "nodes", "batches"])
          database.run(`DELETE FROM ${table}`);
        database.run("UPDATE streams SET size = 0, readings = 0");
      }),
    correct(streamId, through) {
      const stream = streams.find(streamId);
      if (stream === undefined || stream.voidedThrough >= through) return;
      streams.fall(stream.device, through);
      applyVoids();
    },
    applyVoids: () => database.transaction(applyVoids),
    takeBack: () =>
      database.transaction(() => {
        batches.dropNewest();
        applyVoids();
      }),
    close: database.close,
  };
}
