import { DatabaseSync } from "node:sqlite";
import { concatBytes } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { FRAME_BYTES, recordSeq, recordTimeMs } from "../protocol/record.ts";
import { chainHash } from "../protocol/signature.ts";
import { damageFound, isDestroyed } from "./database-damage.ts";
import { createGroupCommit } from "./group-commit.ts";

/** Where a device's chain of records ends. */
export type Head = {
  nextSeq: number;
  /** Chain hash of the last record; zeros before the first. */
  prev: Uint8Array;
  lastTimeMs: number | null;
};

export type OutboxFrame = { seq: number; frame: Uint8Array };

export type SignedRecord = { seq: number; record: Uint8Array; signature: Uint8Array };

/** One device's part of an outbox. */
export type DeviceOutbox = {
  head(): Head;
  /** Whether it has ever kept a record of this device. */
  isKnown(): boolean;
  /**
   * Keeps the next record and moves the head; resolves when both are on the disk.
   * `full` means that nothing was kept and the number is still free.
   * @throws OUTBOX_WRITE_FAILED with the same consequence
   */
  append(record: Uint8Array): Promise<"kept" | "full">;
  /** Records that were never signed, or whose signature a power cut took; the same bytes are to be signed again. */
  unsigned(): { seq: number; record: Uint8Array }[];
  /**
   * Leaves all numbers below this one behind, for ever: what an outbox that lost its memory does.
   * @throws OUTBOX_WRITE_FAILED
   */
  continueAt(seq: number): Promise<void>;
  /**
   * Takes signed frames of numbers that lie behind, out of an outbox that was destroyed, so that they are sent after all.
   * @throws OUTBOX_WRITE_FAILED
   */
  adopt(frames: readonly SignedRecord[]): Promise<void>;
  /** Adds a signature; it reaches the disk with the next record, because it can be made again. */
  attachSignature(seq: number, signature: Uint8Array): void;
  /** Signed frames in order, from a number on, without gaps. */
  frames(options: { fromSeq: number; limit: number }): OutboxFrame[];
  /** Number of the oldest frame; the next number when there is none. */
  firstSeq(): number;
  /** Frees what the gateway holds durably. */
  release(contiguousSeq: number): void;
  waiting(): number;
};

export type Outbox = AsyncDisposable & {
  device(device: Uint8Array): DeviceOutbox;
  /** Bytes of all frames that wait. */
  bytes(): number;
  /** Writes a copy of everything to a file that must not exist. */
  copyTo(path: string): void;
};

export type OutboxOptions = {
  path: string;
  /** Bound for the frames of all devices together; the default holds three weeks of one reading a second. */
  maxBytes?: number;
};

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE head (
    device       BLOB PRIMARY KEY,
    next_seq     INTEGER NOT NULL,
    prev         BLOB NOT NULL,
    last_time_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE frame (
    device    BLOB NOT NULL,
    seq       INTEGER NOT NULL,
    record    BLOB NOT NULL,
    signature BLOB,                     -- null until it is signed
    PRIMARY KEY (device, seq)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens the readers' durable memory: one SQLite file for all devices of a process.
 * @throws OUTBOX_UNUSABLE
 */
export function openOutbox({ path, maxBytes = 300_000_000 }: OutboxOptions): Outbox {
  const db = openDatabase(path);
  const countFrames = db.prepare("SELECT count(*) AS n FROM frame");
  const used = { frames: Number(countFrames.get()?.n) };
  const commits = createGroupCommit(db, {
    onUndone: () => {
      used.frames = Number(countFrames.get()?.n);
    },
  });
  const shared: Shared = {
    statements: prepare(db),
    commits,
    used,
    maxFrames: Math.floor(maxBytes / FRAME_BYTES),
  };
  return {
    device: (device) => deviceOutbox(device, shared),
    bytes: () => used.frames * FRAME_BYTES,
    copyTo: (copy) => {
      commits.flush();
      db.prepare("VACUUM INTO ?").run(copy);
    },
    async [Symbol.asyncDispose]() {
      commits.flush();
      db.close();
    },
  };
}

type Shared = {
  statements: ReturnType<typeof prepare>;
  commits: ReturnType<typeof createGroupCommit>;
  used: { frames: number };
  maxFrames: number;
};

function openDatabase(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path);
    // Pages that a dying card has mixed up show here, and not in the middle of a night.
    const [health] = db.prepare("PRAGMA quick_check(1)").all();
    if (health?.quick_check !== "ok") throw damageFound(String(health?.quick_check));
    // FULL: a commit is on the disk before it returns, also in WAL mode.
    // A backup may hold the file for a moment.
    db.exec("PRAGMA busy_timeout = 5000;");
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304;");
    const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
    if (version === 0) db.exec(`BEGIN; ${SCHEMA} COMMIT;`);
    else if (version !== SCHEMA_VERSION) throw new Error(`written by version ${version}`);
    return db;
  } catch (cause) {
    throw new PondproofError("OUTBOX_UNUSABLE", { path }, { cause });
  }
}

function prepare(db: DatabaseSync) {
  return {
    head: db.prepare("SELECT next_seq, prev, last_time_ms FROM head WHERE device = ?"),
    setHead: db.prepare("REPLACE INTO head (device, next_seq, prev, last_time_ms) VALUES (?, ?, ?, ?)"),
    insert: db.prepare("INSERT INTO frame (device, seq, record) VALUES (?, ?, ?)"),
    adopt: db.prepare("INSERT INTO frame (device, seq, record, signature) VALUES (?, ?, ?, ?)"),
    sign: db.prepare("UPDATE frame SET signature = ? WHERE device = ? AND seq = ?"),
    unsigned: db.prepare(
      "SELECT seq, record FROM frame WHERE device = ? AND signature IS NULL ORDER BY seq LIMIT 1000",
    ),
    frames: db.prepare(
      "SELECT seq, record, signature FROM frame WHERE device = ? AND seq >= ? ORDER BY seq LIMIT ?",
    ),
    first: db.prepare("SELECT min(seq) AS seq FROM frame WHERE device = ?"),
    release: db.prepare("DELETE FROM frame WHERE device = ? AND seq <= ?"),
    waiting: db.prepare("SELECT count(*) AS n FROM frame WHERE device = ?"),
  };
}

function deviceOutbox(device: Uint8Array, { statements, commits, used, maxFrames }: Shared): DeviceOutbox {
  const head = (): Head => {
    const row = statements.head.get(device);
    if (row === undefined) return { nextSeq: 0, prev: new Uint8Array(32), lastTimeMs: null };
    return {
      nextSeq: row.next_seq as number,
      prev: row.prev as Uint8Array,
      lastTimeMs: row.last_time_ms as number,
    };
  };
  return {
    head,
    isKnown: () => statements.head.get(device) !== undefined,
    async append(record) {
      if (used.frames >= maxFrames) return "full";
      const seq = recordSeq(record);
      commits.write(() => {
        statements.insert.run(device, seq, record);
        statements.setHead.run(device, seq + 1, chainHash(record), recordTimeMs(record));
        used.frames++;
      });
      await commits.durable();
      return "kept";
    },
    async continueAt(seq) {
      commits.write(() => statements.setHead.run(device, seq, new Uint8Array(32), 0));
      await commits.durable();
    },
    async adopt(frames) {
      commits.write(() => {
        for (const { seq, record, signature } of frames) statements.adopt.run(device, seq, record, signature);
        used.frames += frames.length;
      });
      await commits.durable();
    },
    unsigned: () =>
      statements.unsigned
        .all(device)
        .map((row) => ({ seq: row.seq as number, record: row.record as Uint8Array })),
    attachSignature: (seq, signature) => {
      commits.write(() => statements.sign.run(signature, device, seq));
    },
    frames: ({ fromSeq, limit }) => {
      const rows = statements.frames.all(device, fromSeq, limit);
      const first = (rows[0]?.seq as number | undefined) ?? fromSeq;
      // Frames of a microcontroller may have a gap between them, which no block may hide.
      const end = rows.findIndex((row, i) => row.signature === null || row.seq !== first + i);
      return rows.slice(0, end === -1 ? rows.length : end).map((row) => ({
        seq: row.seq as number,
        frame: concatBytes(row.record as Uint8Array, row.signature as Uint8Array),
      }));
    },
    firstSeq: () => (statements.first.get(device)?.seq as number | null) ?? head().nextSeq,
    release: (contiguousSeq) => {
      commits.write(() => {
        used.frames -= Number(statements.release.run(device, contiguousSeq).changes);
      });
    },
    waiting: () => statements.waiting.get(device)?.n as number,
  };
}

/** The signed frames of a device that can still be read from a destroyed outbox; what they say has to be verified. */
export function salvageFrames({ path, device }: { path: string; device: Uint8Array }): SignedRecord[] {
  const salvaged: SignedRecord[] = [];
  try {
    using db = new DatabaseSync(path);
    const rows = db
      .prepare(
        "SELECT seq, record, signature FROM frame WHERE device = ? AND signature IS NOT NULL ORDER BY seq",
      )
      .iterate(device);
    for (const { seq, record, signature } of rows)
      if (typeof seq === "number" && record instanceof Uint8Array && signature instanceof Uint8Array)
        salvaged.push({ seq, record, signature });
  } catch (error) {
    // The reading ends where the damage begins.
    if (!isDestroyed(error)) throw error;
  }
  return salvaged;
}
