import { createHash, randomBytes } from "node:crypto";
import type { Hex } from "../../../protocol/terms.ts";
import type { Database } from "../database.ts";

/** Who looks at his ponds every night stays signed in; a forgotten telephone does not. */
const IDLE_MS = 24 * 3_600_000;
export const LIFE_MS = 14 * 24 * 3_600_000;
const MAX_SESSIONS = 10_000;
const MAX_OF_AN_ACCOUNT = 10;
/** When somebody was last seen is written at most so often. */
const SEEN_EVERY_MS = 60_000;
const TOKEN_BYTES = 32;

/** `token` is the secret that the browser holds. */
export type Session = { token: string; account: Hex; expiresAtMs: number };

/** Who is signed in; a browser holds a random token, and this holds its hash. */
export type Sessions = {
  /** A new session; the oldest go where there are too many. */
  open(account: Hex): Session;
  /** The session of a token, while it is neither idle for too long nor too old. */
  find(token: string): Session | undefined;
  close(token: string): void;
};

type Row = { account: Hex; opened_ms: number; seen_ms: number };

export function createSessions({ database, nowMs }: { database: Database; nowMs: () => number }): Sessions {
  const hashOf = (token: string) => createHash("sha256").update(token).digest();
  const expiresAtMs = ({ opened_ms, seen_ms }: Row) => Math.min(opened_ms + LIFE_MS, seen_ms + IDLE_MS);
  const forget = (now: number) =>
    database.run("DELETE FROM sessions WHERE opened_ms <= ? OR seen_ms <= ?", now - LIFE_MS, now - IDLE_MS);
  const keepNewest = `
    DELETE FROM sessions WHERE token IN
      (SELECT token FROM sessions WHERE ?1 IS NULL OR account = ?1 ORDER BY opened_ms DESC LIMIT -1 OFFSET ?2)`;

  return {
    open(account) {
      const now = nowMs();
      forget(now);
      const token = randomBytes(TOKEN_BYTES).toString("base64url");
      database.run("INSERT INTO sessions VALUES (?, ?, ?, ?)", hashOf(token), account, now, now);
      database.run(keepNewest, account, MAX_OF_AN_ACCOUNT);
      database.run(keepNewest, null, MAX_SESSIONS);
      return { token, account, expiresAtMs: expiresAtMs({ account, opened_ms: now, seen_ms: now }) };
    },
    find(token) {
      const now = nowMs();
      const hash = hashOf(token);
      const row = database.get<Row>("SELECT account, opened_ms, seen_ms FROM sessions WHERE token = ?", hash);
      if (row === undefined || expiresAtMs(row) <= now) return undefined;
      if (now - row.seen_ms >= SEEN_EVERY_MS) {
        database.run("UPDATE sessions SET seen_ms = ? WHERE token = ?", now, hash);
        row.seen_ms = now;
      }
      return { token, account: row.account, expiresAtMs: expiresAtMs(row) };
    },
    close(token) {
      database.run("DELETE FROM sessions WHERE token = ?", hashOf(token));
    },
  };
}
