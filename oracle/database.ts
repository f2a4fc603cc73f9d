import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

/** SQL on one connection; every statement is prepared once. `Row` is what the caller knows that the SQL returns. */
export type Database = {
  get<Row>(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all<Row>(sql: string, ...values: SQLInputValue[]): Row[];
  run(sql: string, ...values: SQLInputValue[]): void;
  /** All of the work or nothing of it; the work does not wait for anything. */
  transaction<T>(work: () => T): T;
  close(): void;
};

/** Opens a database and brings its tables into being. What a transaction wrote is on the disk when it returns. */
export function openDatabase({ path, schema }: { path: string; schema: string }): Database {
  const connection = new DatabaseSync(path);
  connection.exec(`
    PRAGMA busy_timeout = 5000; -- a backup may hold the file for a moment
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -65536;
  `);
  connection.exec(schema);
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    get: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).get(...values) as Row | undefined,
    all: <Row>(sql: string, ...values: SQLInputValue[]) => prepared(sql).all(...values) as Row[],
    run: (sql, ...values) => {
      prepared(sql).run(...values);
    },
    transaction(work) {
      connection.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        connection.exec("COMMIT");
        return result;
      } catch (error) {
        connection.exec("ROLLBACK");
        throw error;
      }
    },
    close() {
      connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      connection.close();
    },
  };
}
