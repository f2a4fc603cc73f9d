import { PondproofError } from "../protocol/errors.ts";
import { isDestroyed } from "./database-damage.ts";

/** The part of a database that a group commit steers. */
export type Transactional = { exec(sql: string): void; readonly isTransaction: boolean };

/**
 * Joins all writes of one turn of the event loop in one transaction, because a flash card wears with every commit
 * and eighteen readers that sample at once need not wait for eighteen of them.
 */
export type GroupCommit = {
  /** Runs statements in the open transaction, and begins one where there is none. */
  write<Result>(statements: () => Result): Result;
  /**
   * Resolves when everything written so far is on the disk.
   * @throws OUTBOX_WRITE_FAILED when it is not, and then all of it is undone; OUTBOX_UNUSABLE when the file is destroyed
   */
  durable(): Promise<void>;
  /** Commits now. */
  flush(): void;
};

export function createGroupCommit(db: Transactional, { onUndone }: { onUndone: () => void }): GroupCommit {
  let group: PromiseWithResolvers<void> | undefined;
  let scheduled: NodeJS.Immediate | undefined;

  const undo = (cause: unknown): PondproofError => {
    // SQLite itself rolls back after some errors, a full disk among them.
    if (db.isTransaction) db.exec("ROLLBACK");
    const code = isDestroyed(cause) ? "OUTBOX_UNUSABLE" : "OUTBOX_WRITE_FAILED";
    const failed = new PondproofError(code, {}, { cause });
    group?.reject(failed);
    group = undefined;
    onUndone();
    return failed;
  };
  const write = <Result>(statements: () => Result): Result => {
    try {
      if (!db.isTransaction) db.exec("BEGIN IMMEDIATE");
      return statements();
    } catch (cause) {
      throw undo(cause);
    }
  };
  const flush = () => {
    // After this one there may be no database any more.
    clearImmediate(scheduled);
    const committed = group;
    group = undefined;
    if (!db.isTransaction) return committed?.resolve();
    try {
      db.exec("COMMIT");
      committed?.resolve();
    } catch (cause) {
      group = committed;
      undo(cause);
    }
  };
  const durable = (): Promise<void> => {
    if (group === undefined) {
      group = Promise.withResolvers<void>();
      scheduled = setImmediate(flush);
    }
    return group.promise;
  };
  return { write, durable, flush };
}
