import { existsSync, renameSync } from "node:fs";
import { isPondproofError } from "../protocol/errors.ts";
import { isDestroyed } from "./database-damage.ts";
import { type Outbox, type OutboxOptions, openOutbox } from "./outbox.ts";

/** An outbox that is open, and where the one lies that it had to replace. */
export type OpenedOutbox = { outbox: Outbox; movedAside: string | undefined };

/**
 * Opens an outbox; a destroyed one is moved aside, whole, and an empty one takes its place. Whoever calls must then
 * make sure that no number is used again: see `nextNumber`.
 * @throws OUTBOX_UNUSABLE when it is of another version, or nothing can be opened there
 */
export function openOrReplaceOutbox(options: OutboxOptions, { nowMs }: { nowMs: number }): OpenedOutbox {
  try {
    return { outbox: openOutbox(options), movedAside: undefined };
  } catch (error) {
    if (!isPondproofError(error, "OUTBOX_UNUSABLE") || !isDestroyed(error.cause)) throw error;
    const movedAside = `${options.path}.broken-${nowMs}`;
    for (const suffix of ["", "-wal", "-shm"])
      if (existsSync(options.path + suffix)) renameSync(options.path + suffix, movedAside + suffix);
    return { outbox: openOutbox(options), movedAside };
  }
}
