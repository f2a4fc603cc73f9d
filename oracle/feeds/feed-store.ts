import { type Database, openDatabase } from "../database.ts";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    url TEXT NOT NULL,
    fetched_at_ms INTEGER NOT NULL,
    status INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    body BLOB NOT NULL,
    verdict TEXT NOT NULL -- accepted, or why it was held
  ) STRICT;
  CREATE INDEX IF NOT EXISTS answer_by_provider ON answer (provider, subject, id);
  CREATE TABLE IF NOT EXISTS observation (
    provider TEXT NOT NULL,
    subject TEXT NOT NULL,
    time_ms INTEGER NOT NULL,
    answer INTEGER NOT NULL REFERENCES answer (id),
    json TEXT NOT NULL,
    PRIMARY KEY (provider, subject, time_ms, answer)
  ) STRICT, WITHOUT ROWID;
`;

/** The verdict on an answer that was believed. */
export const ACCEPTED = "accepted";

/** Who said something about what. */
export type FeedKey = { provider: string; subject: string };

/** An answer as it came, with its hash. */
export type KeptAnswer = {
  url: string;
  fetchedAtMs: number;
  status: number;
  sha256: string;
  body: Uint8Array;
  verdict: string;
};

/** An observation and the hash of the answer that holds it. */
export type KeptObservation<Observation> = { observation: Observation; sha256: string; fetchedAtMs: number };

/** Every answer of every provider, never changed, and what was accepted from them. */
export type FeedStore = {
  keep<Observation extends { timeMs: number }>(
    key: FeedKey,
    answer: KeptAnswer,
    observations: readonly Observation[],
  ): void;
  /** The newest word on each time of a span, in order. */
  read<Observation>(key: FeedKey, span: { fromMs: number; toMs: number }): KeptObservation<Observation>[];
  /** The answer that was accepted last. */
  lastAccepted(key: FeedKey): Omit<KeptAnswer, "body"> | undefined;
  /** The bytes of a hash, for whoever wants to check. */
  answer(sha256: string): KeptAnswer | undefined;
  close(): void;
};

type AnswerRow = {
  url: string;
  fetched_at_ms: number;
  status: number;
  sha256: string;
  body: Uint8Array;
  verdict: string;
};

/** Opens the store of a path, or makes it. */
export function openFeedStore(path: string): FeedStore {
  const database: Database = openDatabase({ path, schema: SCHEMA });
  return {
    keep({ provider, subject }, { url, fetchedAtMs, status, sha256, body, verdict }, observations) {
      database.transaction(() => {
        database.run(
          `INSERT INTO answer (provider, subject, url, fetched_at_ms, status, sha256, body, verdict)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          provider,
          subject,
          url,
          fetchedAtMs,
          status,
          sha256,
          body,
          verdict,
        );
        const { id } = database.get<{ id: number }>("SELECT last_insert_rowid() AS id")!;
        for (const observation of observations)
          database.run(
            "INSERT INTO observation (provider, subject, time_ms, answer, json) VALUES (?, ?, ?, ?, ?)",
            provider,
            subject,
            observation.timeMs,
            id,
            JSON.stringify(observation),
          );
      });
    },
    read<Observation>({ provider, subject }: FeedKey, { fromMs, toMs }: { fromMs: number; toMs: number }) {
      const rows = database.all<{ json: string; sha256: string; fetched_at_ms: number }>(
        `SELECT json, sha256, fetched_at_ms FROM observation JOIN answer ON answer.id = observation.answer
         WHERE observation.provider = ? AND observation.subject = ? AND time_ms BETWEEN ? AND ?
           AND answer = (SELECT max(answer) FROM observation AS newer WHERE newer.provider = observation.provider
                         AND newer.subject = observation.subject AND newer.time_ms = observation.time_ms)
         ORDER BY time_ms`,
        provider,
        subject,
        fromMs,
        toMs,
      );
      return rows.map(({ json, sha256, fetched_at_ms }) => ({
        observation: JSON.parse(json) as Observation,
        sha256,
        fetchedAtMs: fetched_at_ms,
      }));
    },
    lastAccepted({ provider, subject }) {
      const row = database.get<Omit<AnswerRow, "body">>(
        `SELECT url, fetched_at_ms, status, sha256, verdict FROM answer
         WHERE provider = ? AND subject = ? AND verdict = ? ORDER BY id DESC LIMIT 1`,
        provider,
        subject,
        ACCEPTED,
      );
      if (row === undefined) return undefined;
      const { url, fetched_at_ms, status, sha256, verdict } = row;
      return { url, fetchedAtMs: fetched_at_ms, status, sha256, verdict };
    },
    answer(sha256) {
      const row = database.get<AnswerRow>(
        "SELECT * FROM answer WHERE sha256 = ? ORDER BY id LIMIT 1",
        sha256,
      );
      if (row === undefined) return undefined;
      const { fetched_at_ms, url, status, body, verdict } = row;
      return { url, fetchedAtMs: fetched_at_ms, status, sha256, body, verdict };
    },
    close: () => database.close(),
  };
}
