import { toHex } from "../../protocol/bytes.ts";
import type { DirectoryEntry } from "../../protocol/directory.ts";
import type { Position } from "../../protocol/evidence.ts";
import type { HoleReason, TreeNode } from "../../protocol/node.ts";
import { deviceId } from "../../protocol/signature.ts";
import type { NodeStore } from "../../protocol/tree.ts";
import type { Database } from "../database.ts";

/** A probe's stream as the watcher rebuilt it from raw bytes; `size` positions of it. */
export type WatchedStream = { id: number; streamId: Uint8Array; publicKey: Uint8Array; size: number };

/**
 * What the watcher says of a batch: `behind`, not looked at yet; `verified`, everything followed from raw bytes;
 * `refuted`, it breaks a rule, and a case says which; `convicted`, the ledger has voided what was false in it and a later
 * batch stands in its place; `missing`, data that somebody withholds is needed to tell.
 */
export const BATCH_STATES = ["behind", "verified", "refuted", "convicted", "missing"] as const;
export type BatchState = (typeof BATCH_STATES)[number];

/** A batch of the ledger; `why` says what is wrong or missing, in words. */
export type WatchedBatch = {
  number: number;
  directoryRoot: Uint8Array;
  streamCount: number;
  readings: number;
  manifest: Uint8Array;
  anchoredAtS: number;
  state: BatchState;
  why: string | null;
};

/** What the raw bytes of a batch make of one stream: positions from `from` on replace whatever was there. */
export type StreamGrowth = {
  stream: WatchedStream;
  from: number;
  positions: readonly Position[];
  faults: readonly { seq: number; fault: string }[];
  nodes: readonly { level: number; index: number; node: TreeNode }[];
  size: number;
  root: Uint8Array;
};

/** Everything that the watcher knows: what the ledger said, and the streams as they follow from raw bytes. */
export type Book = {
  transaction<T>(work: () => T): T;
  register(stream: { streamId: Uint8Array; publicKey: Uint8Array }): void;
  find(streamId: Uint8Array): WatchedStream | undefined;
  /** All registered streams, each with its probe's id as 16 hex digits. */
  streams(): (WatchedStream & { device: string })[];
  /** Takes a batch of the ledger that is not known yet. */
  addBatch(batch: Omit<WatchedBatch, "state" | "why">): void;
  batch(number: number): WatchedBatch | undefined;
  /** The first batch whose raw bytes have not been taken. */
  nextToTake(): WatchedBatch | undefined;
  /** Batches in which data was missing that may have come since, though their raw bytes were taken. */
  missing(): WatchedBatch[];
  /** Batches that are refuted, and not known to be void and corrected. */
  refuted(): WatchedBatch[];
  setState(number: number, state: BatchState, why: string | null): void;
  markTaken(number: number): void;
  grow(batch: number, growth: StreamGrowth): void;
  /** Size and root of every stream as of a batch, as rebuilt. */
  entriesAt(batch: number): DirectoryEntry[];
  /** Size of a stream as of a batch whose tree is still here. */
  intactSizeAt(stream: WatchedStream, batch: number): number | undefined;
  positions(stream: WatchedStream, range: { from: number; to: number }): Position[];
  faults(stream: WatchedStream, below: number): { seq: number; fault: string }[];
  nodes(stream: WatchedStream): Pick<NodeStore, "get">;
  counts(): Record<BatchState, number>;
  /** Number of the newest batch whose raw bytes were taken; 0 before the first. */
  newestTaken(): number;
  /** The newest batches that are refuted or lack data. */
  problems(): { batch: number; state: BatchState; why: string | null }[];
  /** Forgets all batches and streams: the ledger has others than it had. */
  startOver(): void;
};

/** Tables of the book, beside those of the case book. */
export const BOOK_SCHEMA = `
  CREATE TABLE IF NOT EXISTS streams (
    id INTEGER PRIMARY KEY,
    stream_id BLOB NOT NULL UNIQUE,
    public_key BLOB NOT NULL,
    size INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  CREATE TABLE IF NOT EXISTS positions (
    stream INTEGER NOT NULL REFERENCES streams (id),
    seq INTEGER NOT NULL,
    frame BLOB,
    reason INTEGER,
    PRIMARY KEY (stream, seq)
  ) STRICT, WITHOUT ROWID;

  -- What admission would have answered to a frame that it does not take.
  CREATE TABLE IF NOT EXISTS faults (
    stream INTEGER NOT NULL REFERENCES streams (id),
    seq INTEGER NOT NULL,
    fault TEXT NOT NULL,
    PRIMARY KEY (stream, seq)
  ) STRICT, WITHOUT ROWID;

  -- Complete nodes: body (128 bytes) and digest (32).
  CREATE TABLE IF NOT EXISTS nodes (
    stream INTEGER NOT NULL REFERENCES streams (id),
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    node BLOB NOT NULL,
    PRIMARY KEY (stream, level, idx)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE IF NOT EXISTS batches (
    number INTEGER PRIMARY KEY,
    directory_root BLOB NOT NULL,
    stream_count INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    manifest BLOB NOT NULL,
    anchored_at_s INTEGER NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'behind' CHECK (state IN ('behind', 'verified', 'refuted', 'convicted', 'missing')),
    why TEXT
  ) STRICT;

  CREATE TABLE IF NOT EXISTS sizes (
    stream INTEGER NOT NULL REFERENCES streams (id),
    batch INTEGER NOT NULL REFERENCES batches (number),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    -- 0 once the stream was corrected from a position below this size: its tree of then is no longer here.
    intact INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (stream, batch)
  ) STRICT, WITHOUT ROWID;
`;

const STREAM = "SELECT id, stream_id AS streamId, public_key AS publicKey, size FROM streams";
const BATCH = `
  SELECT number, directory_root AS directoryRoot, stream_count AS streamCount, readings, manifest,
         anchored_at_s AS anchoredAtS, state, why FROM batches
`;

export function createBook(database: Database): Book {
  const truncate = ({ id }: WatchedStream, from: number): void => {
    database.run("UPDATE sizes SET intact = 0 WHERE stream = ? AND size > ?", id, from);
    database.run("DELETE FROM positions WHERE stream = ? AND seq >= ?", id, from);
    database.run("DELETE FROM faults WHERE stream = ? AND seq >= ?", id, from);
    // A complete node covers positions up to (idx + 1) · 2^level.
    database.run("DELETE FROM nodes WHERE stream = ? AND ((idx + 1) << level) > ?", id, from);
  };
  const find = (streamId: Uint8Array) =>
    database.get<WatchedStream>(`${STREAM} WHERE stream_id = ?`, streamId);
  const batch = (number: number) => database.get<WatchedBatch>(`${BATCH} WHERE number = ?`, number);

  return {
    transaction: database.transaction,
    register: ({ streamId, publicKey }) =>
      database.run(
        "INSERT OR IGNORE INTO streams (stream_id, public_key) VALUES (?, ?)",
        streamId,
        publicKey,
      ),
    find,
    streams: () =>
      database
        .all<WatchedStream>(STREAM)
        .map((stream) => ({ ...stream, device: toHex(deviceId(stream.publicKey)).slice(2) })),
    addBatch(added) {
      database.run(
        `INSERT INTO batches (number, directory_root, stream_count, readings, manifest, anchored_at_s)
         VALUES (?, ?, ?, ?, ?, ?)`,
        added.number,
        added.directoryRoot,
        added.streamCount,
        added.readings,
        added.manifest,
        added.anchoredAtS,
      );
    },
    batch,
    nextToTake: () => database.get<WatchedBatch>(`${BATCH} WHERE taken = 0 ORDER BY number LIMIT 1`),
    missing: () =>
      database.all<WatchedBatch>(`${BATCH} WHERE state = 'missing' AND taken = 1 ORDER BY number`),
    refuted: () => database.all<WatchedBatch>(`${BATCH} WHERE state = 'refuted' ORDER BY number`),
    setState: (number, state, why) =>
      database.run("UPDATE batches SET state = ?, why = ? WHERE number = ?", state, why, number),
    markTaken: (number) => database.run("UPDATE batches SET taken = 1 WHERE number = ?", number),
    grow(number, { stream, from, positions, faults, nodes, size, root }) {
      if (from < stream.size) truncate(stream, from);
      positions.forEach((position, i) => {
        const [frame, reason] =
          position.kind === "reading" ? [position.frame, null] : [null, position.reason];
        database.run("INSERT INTO positions VALUES (?, ?, ?, ?)", stream.id, from + i, frame, reason);
      });
      for (const { seq, fault } of faults)
        database.run("INSERT OR IGNORE INTO faults VALUES (?, ?, ?)", stream.id, seq, fault);
      for (const { level, index, node } of nodes) {
        const bytes = new Uint8Array(160);
        bytes.set(node.body);
        bytes.set(node.digest, 128);
        database.run("INSERT INTO nodes VALUES (?, ?, ?, ?)", stream.id, level, index, bytes);
      }
      database.run(
        "INSERT INTO sizes (stream, batch, size, root) VALUES (?, ?, ?, ?)",
        stream.id,
        number,
        size,
        root,
      );
      database.run("UPDATE streams SET size = ? WHERE id = ?", size, stream.id);
    },
    entriesAt: (number) =>
      database.all<DirectoryEntry>(
        `SELECT s.stream_id AS streamId, z.size, z.root FROM streams s JOIN sizes z ON z.stream = s.id
         WHERE z.batch = (SELECT max(batch) FROM sizes WHERE stream = s.id AND batch <= ?)
         ORDER BY s.stream_id`,
        number,
      ),
    intactSizeAt({ id }, number) {
      const row = database.get<{ size: number; intact: number }>(
        "SELECT size, intact FROM sizes WHERE stream = ? AND batch <= ? ORDER BY batch DESC LIMIT 1",
        id,
        number,
      );
      return row?.intact === 1 ? row.size : undefined;
    },
    positions: ({ id }, { from, to }) =>
      database
        .all<{ frame: Uint8Array | null; reason: number | null }>(
          "SELECT frame, reason FROM positions WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq",
          id,
          from,
          to,
        )
        .map(({ frame, reason }) =>
          frame === null ? { kind: "hole", reason: reason as HoleReason } : { kind: "reading", frame },
        ),
    faults: ({ id }, below) =>
      database.all<{ seq: number; fault: string }>(
        "SELECT seq, fault FROM faults WHERE stream = ? AND seq < ? ORDER BY seq",
        id,
        below,
      ),
    nodes: ({ id }) => ({
      get(level, index) {
        const row = database.get<{ node: Uint8Array }>(
          "SELECT node FROM nodes WHERE stream = ? AND level = ? AND idx = ?",
          id,
          level,
          index,
        );
        return row && { body: row.node.subarray(0, 128), digest: row.node.subarray(128) };
      },
    }),
    counts() {
      const rows = database.all<{ state: BatchState; n: number }>(
        "SELECT state, count(*) AS n FROM batches GROUP BY state",
      );
      const counts = { behind: 0, verified: 0, refuted: 0, convicted: 0, missing: 0 };
      for (const { state, n } of rows) counts[state] = n;
      return counts;
    },
    newestTaken: () =>
      database.get<{ n: number }>("SELECT coalesce(max(number), 0) AS n FROM batches WHERE taken = 1")!.n,
    problems: () =>
      database.all<{ batch: number; state: BatchState; why: string | null }>(
        `SELECT number AS batch, state, why FROM batches WHERE state IN ('refuted', 'missing')
         ORDER BY number DESC LIMIT 10`,
      ),
    startOver: () =>
      database.transaction(() => {
        for (const table of ["sizes", "nodes", "faults", "positions", "batches", "streams"])
          database.run(`DELETE FROM ${table}`);
      }),
  };
}
