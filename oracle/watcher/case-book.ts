import type { CaseCode } from "../../protocol/conviction.ts";
import type { Database } from "../database.ts";

/**
 * How far a case has come: `found`, nothing of it is on the ledger; `committed`, its hash is; `convicted` by us;
 * `settled`, somebody else was faster; `refused`, the contract did not take it.
 */
export type CaseState = "found" | "committed" | "convicted" | "settled" | "refused";

/** A transaction on its way: stored before it is sent. */
export type CaseTransaction = { raw: string; hash: string; nonce: number };

/** Evidence against a batch, as the transaction's data that shows it. */
export type OpenCase = {
  id: number;
  code: CaseCode;
  /** 0 where no batch shows it (Equivocation). */
  batch: number;
  streamId: Uint8Array | null;
  /** Of an Equivocation: the time in ms from which on the probe becomes suspect. */
  suspectMs: number | null;
  sentence: string;
  /** What is sent: the call with all evidence, and the salt of its commitment in it. */
  data: string;
  /** `undefined` where none is needed. */
  commitment: string | undefined;
  state: CaseState;
  transaction: CaseTransaction | undefined;
};

/** The watcher's cases; each is kept whole before anything of it is sent, so that a kill never makes two of one. */
export type CaseBook = {
  /** Opens a case, unless one of the same code stands open for the stream: one conviction voids all it rests on. */
  open(found: Omit<OpenCase, "id" | "state" | "transaction">): boolean;
  /** Cases that are not over, oldest first. */
  pending(): OpenCase[];
  /** Whether a case against a stream, or a whole batch, is not over. */
  isAccused(streamId: Uint8Array): boolean;
  setState(id: number, state: CaseState): void;
  setTransaction(id: number, transaction: CaseTransaction | undefined): void;
  all(): OpenCase[];
  counts(): Record<CaseState, number>;
  startOver(): void;
};

export const CASE_SCHEMA = `
  CREATE TABLE IF NOT EXISTS cases (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL,
    batch INTEGER NOT NULL,
    stream_id BLOB,
    suspect_ms INTEGER,
    sentence TEXT NOT NULL,
    data TEXT NOT NULL,
    commitment TEXT,
    state TEXT NOT NULL DEFAULT 'found'
      CHECK (state IN ('found', 'committed', 'convicted', 'settled', 'refused')),
    raw TEXT,
    hash TEXT,
    nonce INTEGER
  ) STRICT;
`;

type Row = Omit<OpenCase, "commitment" | "transaction"> & {
  commitment: string | null;
  raw: string | null;
  hash: string | null;
  nonce: number | null;
};

const CASE = `
  SELECT id, code, batch, stream_id AS streamId, suspect_ms AS suspectMs, sentence, data, commitment, state, raw, hash, nonce FROM cases
`;
const PENDING = "state IN ('found', 'committed')";

export function createCaseBook(database: Database): CaseBook {
  return {
    open({ code, batch, streamId, suspectMs, sentence, data, commitment }) {
      const same = database.get(
        `SELECT id FROM cases WHERE stream_id IS ? AND (${PENDING} OR (code = ? AND batch = ? AND sentence = ?))`,
        streamId,
        code,
        batch,
        sentence,
      );
      if (same !== undefined) return false;
      database.run(
        `INSERT INTO cases (code, batch, stream_id, suspect_ms, sentence, data, commitment)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        code,
        batch,
        streamId,
        suspectMs,
        sentence,
        data,
        commitment ?? null,
      );
      return true;
    },
    pending: () => database.all<Row>(`${CASE} WHERE ${PENDING} ORDER BY id`).map(caseOf),
    isAccused: (streamId) =>
      database.get(
        `SELECT id FROM cases WHERE stream_id = ? AND code <> 'Equivocation' AND ${PENDING}`,
        streamId,
      ) !== undefined,
    setState: (id, state) =>
      database.run(
        "UPDATE cases SET state = ?, raw = NULL, hash = NULL, nonce = NULL WHERE id = ?",
        state,
        id,
      ),
    setTransaction: (id, transaction) =>
      database.run(
        "UPDATE cases SET raw = ?, hash = ?, nonce = ? WHERE id = ?",
        transaction?.raw ?? null,
        transaction?.hash ?? null,
        transaction?.nonce ?? null,
        id,
      ),
    all: () => database.all<Row>(`${CASE} ORDER BY id`).map(caseOf),
    counts() {
      const rows = database.all<{ state: CaseState; n: number }>(
        "SELECT state, count(*) AS n FROM cases GROUP BY state",
      );
      const counts = { found: 0, committed: 0, convicted: 0, settled: 0, refused: 0 };
      for (const { state, n } of rows) counts[state] = n;
      return counts;
    },
    startOver: () => database.run("DELETE FROM cases"),
  };
}

function caseOf({ raw, hash, nonce, commitment, ...row }: Row): OpenCase {
  const transaction = raw === null ? undefined : { raw, hash: hash!, nonce: nonce! };
  return { ...row, commitment: commitment ?? undefined, transaction };
}
