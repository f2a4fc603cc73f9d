import { DatabaseSync, type StatementSync } from "node:sqlite";
import { PondproofError } from "../../protocol/errors.ts";
import { MIGRATIONS } from "./schema.ts";

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
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    migrate(db, path);
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
