import { readFile } from "node:fs/promises";
import { PondproofError } from "../protocol/errors.ts";
import { replaceFile } from "./durable-file.ts";

/**
 * A second memory of which numbers a key has used, in a file of its own beside the outbox.
 *
 * Numbers are reserved ahead, in strides, so the file is written once in a thousand records. Whatever happens to the
 * outbox, every number that was ever signed lies below `reservedTo`.
 */
export type NumberReserve = {
  /** All numbers from here on are free; `undefined` when nothing was ever reserved. */
  reservedTo(): number | undefined;
  /** Resolves when `seq` lies below the durable reserve. @throws OUTBOX_WRITE_FAILED */
  reserve(seq: number): Promise<void>;
};

/** A lost outbox costs at most so many numbers, which the gateway closes as holes. */
export const RESERVE_STRIDE = 1_024;

/**
 * Opens the reserve in a file.
 * @throws NUMBERS_LOST when the file is there and holds no number
 */
export async function openNumberReserve(path: string): Promise<NumberReserve> {
  let reserved = await readReserve(path);
  return {
    reservedTo: () => reserved,
    async reserve(seq) {
      if (reserved !== undefined && seq < reserved) return;
      const next = seq + RESERVE_STRIDE;
      try {
        await replaceFile(path, `${next}\n`);
      } catch (cause) {
        throw new PondproofError("OUTBOX_WRITE_FAILED", { path }, { cause });
      }
      reserved = next;
    },
  };
}

async function readReserve(path: string): Promise<number | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new PondproofError("NUMBERS_LOST", { path, problem: "cannot be read" }, { cause: error });
  });
  if (text === undefined) return undefined;
  if (!/^\d{1,15}\n$/.test(text))
    throw new PondproofError("NUMBERS_LOST", { path, problem: "holds no number" });
  return Number(text);
}
