import { existsSync, renameSync } from "node:fs";
import { isPondproofError } from "../protocol/errors.ts";
import { recordProblem, recordSeq, SIGNATURE_BYTES } from "../protocol/record.ts";
import { deviceId, verifyRecord } from "../protocol/signature.ts";
import { isDestroyed } from "./database-damage.ts";
import { type Outbox, type OutboxOptions, openOutbox, salvageFrames } from "./outbox.ts";

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

/**
 * Saves what can be saved of a probe from an outbox that was moved aside, and says how many frames that are. A frame
 * counts when its signature still verifies, and its number is one that the probe has left behind.
 * @throws OUTBOX_WRITE_FAILED
 */
export async function salvage(options: {
  from: string;
  outbox: Outbox;
  publicKey: Uint8Array;
}): Promise<number> {
  const { from, outbox, publicKey } = options;
  const device = deviceId(publicKey);
  const mine = outbox.device(device);
  const { nextSeq } = mine.head();
  const whole = salvageFrames({ path: from, device }).filter(
    ({ seq, record, signature }) =>
      seq < nextSeq &&
      recordProblem(record) === undefined &&
      recordSeq(record) === seq &&
      signature.length === SIGNATURE_BYTES &&
      verifyRecord(record, signature, publicKey),
  );
  await mine.adopt(whole);
  return whole.length;
}
