import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** SQL on one connection; every statement is prepared once. `Row` is what the caller knows that the SQL returns. */
export type Database = {
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  /** How many rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number;
  /** Brings what was written, and overwritten, into the file itself: nothing erased waits in its log. */
  settle(): void;
  close(): void;
};

/**
 * What the portal keeps of people: sessions, who read what, and personal data in a table of its own that nothing else
 * joins. Without a path it lives in memory and is gone with the process. `secure_delete` overwrites what is erased.
 */
export function openDatabase({ path = ":memory:" }: { path?: string }): Database {
  const connection = new DatabaseSync(path);
  connection.exec(`
    PRAGMA busy_timeout = 5000; -- a backup may hold the file for a moment
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA secure_delete = ON;

    -- token: SHA-256 of the cookie, so that whoever copies the file is not signed in.
    CREATE TABLE IF NOT EXISTS sessions (
      token BLOB PRIMARY KEY,
      account TEXT NOT NULL,
      opened_ms INTEGER NOT NULL,
      seen_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS sessions_of ON sessions (account, opened_ms);

    -- One row for a day, a pond, a reader and what he read on which ground.
    CREATE TABLE IF NOT EXISTS reads (
      pond TEXT NOT NULL,
      day INTEGER NOT NULL,
      account TEXT NOT NULL,
      basis TEXT NOT NULL,
      what TEXT NOT NULL,
      count INTEGER NOT NULL,
      last_ms INTEGER NOT NULL,
      PRIMARY KEY (pond, day, account, basis, what)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS reads_by_day ON reads (day);

    -- id is random and means nothing; accounts are only here, beside the names that one may erase.
    CREATE TABLE IF NOT EXISTS people (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL UNIQUE,
      name TEXT,
      phone TEXT,
      address TEXT,
      changed_ms INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- Browsers that are to be told of alarms, and what each was told.
    CREATE TABLE IF NOT EXISTS push_subscriptions (
      id TEXT PRIMARY KEY,
      account TEXT NOT NULL,
      endpoint TEXT NOT NULL,
      p256dh TEXT NOT NULL,
      auth TEXT NOT NULL,
      language TEXT NOT NULL,
      since_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS push_subscriptions_of ON push_subscriptions (account, since_ms);
    CREATE TABLE IF NOT EXISTS push_told (
      id INTEGER PRIMARY KEY,
      subscription TEXT NOT NULL,
      what TEXT NOT NULL,
      UNIQUE (subscription, what)
    );
    -- Farms whose names are no longer told.
    CREATE TABLE IF NOT EXISTS forgotten (farm TEXT PRIMARY KEY) WITHOUT ROWID;
  `);
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const statement = statements.get(sql) ?? connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  const settle = () => connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return {
    get: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as Row[],
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    settle,
    close() {
      settle();
      connection.close();
    },
  };
}
