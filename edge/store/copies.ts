import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { PondproofError } from "../../protocol/errors.ts";
import { backupDatabase, checkDatabase, isInUse } from "./database.ts";

/** What a copy holds. */
export type CopyReport = { path: string; version: number; bytes: number };

/**
 * Copies a database that may be in use, checks the copy, and puts it in place in one step. The same for every part's
 * database: they are all SQLite.
 * @throws INVALID_ARGUMENT when there is a file already, STORE_BROKEN when the copy is damaged
 */
export async function backUp({ from, to }: { from: string; to: string }): Promise<CopyReport> {
  if (!existsSync(from)) throw new PondproofError("INVALID_ARGUMENT", { path: from, problem: "not there" });
  if (existsSync(to)) throw new PondproofError("INVALID_ARGUMENT", { path: to, problem: "there already" });
  const partial = `${to}.partial`;
  rmSync(partial, { force: true });
  await backupDatabase(from, partial);
  const report = checkDatabase(partial);
  settle(partial, to);
  return { path: to, ...report };
}

/**
 * Puts a copy in the place of a database that nobody uses; what was there is kept beside it.
 * @throws STORE_IN_USE, STORE_BROKEN
 */
export function restore({ from, to, nowMs }: { from: string; to: string; nowMs: number }): CopyReport & {
  kept: string | undefined;
} {
  const report = checkDatabase(from);
  if (existsSync(to) && isInUse(to)) throw new PondproofError("STORE_IN_USE", { path: to });
  const partial = `${to}.partial`;
  copyFileSync(from, partial);
  const kept = existsSync(to) ? `${to}.before-restore-${nowMs}` : undefined;
  if (kept !== undefined) {
    // A log of changes belongs to its file alone, and would be played into the copy.
    for (const ending of ["", "-wal", "-shm"])
      if (existsSync(`${to}${ending}`)) renameSync(`${to}${ending}`, `${kept}${ending}`);
  }
  settle(partial, to);
  return { path: to, kept, ...report };
}

/** Makes a file durable under its name. */
function settle(partial: string, path: string): void {
  sync(partial);
  renameSync(partial, path);
  sync(dirname(path));
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
