import { statSync } from "node:fs";
import { backup, DatabaseSync, type StatementSync } from "node:sqlite";
import { PondproofError } from "../../protocol/errors.ts";
import { LOCATE, MIGRATIONS } from "./schema.ts";

/** The gateway's database file. The only module that knows SQLite. */
export type Database = {
  prepare(sql: string): StatementSync;
  /** Runs `body` in one transaction: durable when this returns, undone when `body` throws. */
  transaction<Result>(body: () => Result): Result;
  close(): void;
};

/**
 * Opens the file, and makes the tables in a new one. A commit is on disk (WAL with `synchronous=FULL`), for what is
 * acknowledged is deleted by the reader.
 * @throws STORE_VERSION
 */
export function openDatabase(path: string): Database {
  const db = new DatabaseSync(path);
  try {
    // A backup may hold the file for a moment.
    db.exec("PRAGMA busy_timeout = 5000;");
    // Of a new file only. A commit of some readings writes every page that it touches whole: with pages half of
    // SQLite's a card is written a third less, at a tenth of the speed (docs/footprint.md).
    db.exec("PRAGMA page_size = 2048;");
    // Keys to other tables are minded from the migrations on, which replace tables.
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;");
    migrate(db, path);
    db.exec("PRAGMA foreign_keys = ON;");
    db.exec(LOCATE);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    prepare: (sql) => db.prepare(sql),
    transaction(body) {
      db.exec("BEGIN IMMEDIATE");
      try {
        const result = body();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        // On a full disk SQLite has rolled back by itself.
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => db.close(),
  };
}

function migrate(db: DatabaseSync, path: string): void {
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  const known = MIGRATIONS.length;
  if (version > known) throw new PondproofError("STORE_VERSION", { path, version, known });
  for (const step of MIGRATIONS.slice(version)) db.exec(`BEGIN; ${step} COMMIT;`);
}

/** Copies a database while others may write to it: all pages in one step, which in WAL mode holds up nobody. */
export async function backupDatabase(from: string, to: string): Promise<void> {
  const db = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(db, to, { rate: 2 ** 30 });
  } finally {
    db.close();
  }
}

/**
 * Reads a whole database file through and says what it is.
 * @throws STORE_BROKEN
 */
export function checkDatabase(path: string): { version: number; bytes: number } {
  const broken = (problem: string, cause?: unknown) =>
    new PondproofError("STORE_BROKEN", { path, problem }, { cause });
  try {
    const db = new DatabaseSync(path);
    try {
      const [found] = db.prepare("PRAGMA integrity_check(1)").all() as { integrity_check: string }[];
      if (found?.integrity_check !== "ok") throw broken(found?.integrity_check ?? "no answer");
      const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
      return { version, bytes: statSync(path).size };
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof PondproofError) throw error;
    throw broken((error as Error).message, error);
  }
}

/** True when another process has the database open: in WAL mode every reader and writer holds a lock. */
export function isInUse(path: string): boolean {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;");
    return false;
  } catch {
    return true;
  } finally {
    db.close();
  }
}
