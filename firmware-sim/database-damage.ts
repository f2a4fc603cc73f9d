// Result codes of SQLite: https://www.sqlite.org/rescode.html
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Whether an error says that a database file is destroyed; a full disk or a missing folder is another matter. */
export function isDestroyed(cause: unknown): boolean {
  const { errcode } = (cause ?? {}) as { errcode?: number };
  return errcode !== undefined && [SQLITE_CORRUPT, SQLITE_NOTADB].includes(errcode & 0xff);
}

/** What SQLite would say, for damage that only a check has found. */
export function damageFound(problem: string): Error {
  return Object.assign(new Error(problem), { errcode: SQLITE_CORRUPT });
}
