import type { TransactionReceipt, TransactionRequest } from "ethers";
import { toHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { sha256 } from "../protocol/hash.ts";
import { MOST_FRAMES } from "../protocol/raw-window.ts";
import { FRAME_BYTES, recordSeq } from "../protocol/record.ts";
import type { Window } from "../protocol/window.ts";
import type { Account } from "./account.ts";
import { interfaceOf } from "./artifacts.ts";
import type { Ledger } from "./client.ts";

type Connection = Ledger & { account: Account };

/** How far a raw window is: who may go on, how many frames were checked, and the least number the next may have. */
export type RawCursor = { prover: string; frames: number; nextSeq: number; complete: boolean };

/** Frames in parts of at most 1,000, in order; one transaction takes one part. */
export function partsOf(frames: readonly Uint8Array[], most = MOST_FRAMES): Uint8Array[] {
  return Array.from({ length: Math.ceil(frames.length / most) }, (_, i) =>
    Uint8Array.from(Buffer.concat(frames.slice(i * most, (i + 1) * most))),
  );
}

/** Puts the sha256 of a segment on the ledger, so that its readings are known to be no younger. Anybody. */
export function commitTransaction(ledger: Ledger, segment: Uint8Array): Promise<TransactionRequest> {
  return ledger.contracts.RawWindows.commit.populateTransaction(toHex(sha256(segment)));
}

/** When exactly these bytes were committed, in seconds; `undefined` where they were not. */
export async function committedAtS(ledger: Ledger, segment: Uint8Array): Promise<number | undefined> {
  return Number(await ledger.contracts.RawWindows.committedAt(toHex(sha256(segment)))) || undefined;
}

/** How far a raw window is; `undefined` where there is none of that number. */
export async function rawCursor(ledger: Ledger, id: bigint): Promise<RawCursor | undefined> {
  const { RawWindows } = ledger.contracts;
  const [{ prover, frames, nextSeq }, { complete }] = await Promise.all([
    RawWindows.cursor(id),
    RawWindows.rawWindow(id),
  ]);
  if (BigInt(prover) === 0n) return undefined;
  return { prover, frames: Number(frames), nextSeq: Number(nextSeq), complete };
}

/**
 * Begins a raw window and returns its number; only this account can go on with it.
 * @throws LEDGER_*
 */
export async function openRawWindow(
  ledger: Connection,
  { streamId, fromMs, toMs, signal }: Window & { streamId: string; signal: AbortSignal },
): Promise<bigint> {
  const { account, contracts } = ledger;
  const transaction = await contracts.RawWindows.open.populateTransaction(streamId, fromMs, toMs);
  return openedIn(await account.submit(transaction, signal));
}

/**
 * Shows the parts of a raw window that the ledger has not seen yet, one transaction each, and says whether the window
 * is whole. After a failure the same call goes on where the ledger stands: a part counts wholly or not at all.
 * @throws INVALID_ARGUMENT when there is no such window, or a part begins before and ends behind where the ledger
 *   stands; LEDGER_*
 */
export async function extendRawWindow(
  ledger: Connection,
  {
    id,
    parts,
    signal,
    onProgress,
  }: {
    id: bigint;
    parts: readonly Uint8Array[];
    signal: AbortSignal;
    /** Called before the first transaction and after each. */
    onProgress?: (progress: { part: number; of: number; frames: number }) => void;
  },
): Promise<{ complete: boolean }> {
  for (let part = 0; ; part++) {
    const cursor = await rawCursor(ledger, id);
    if (cursor === undefined) throw new PondproofError("INVALID_ARGUMENT", { rawWindow: String(id) });
    while (part < parts.length && isShown(parts[part]!, cursor)) part++;
    onProgress?.({ part, of: parts.length, frames: cursor.frames });
    const frames = parts[part];
    if (cursor.complete || frames === undefined) return { complete: cursor.complete };
    const transaction = await ledger.contracts.RawWindows.extend.populateTransaction(id, toHex(frames));
    await ledger.account.submit(transaction, signal);
  }
}

/** Whether the ledger has seen a part; parts are shown whole. */
function isShown(part: Uint8Array, { frames, nextSeq }: RawCursor): boolean {
  const first = recordSeq(part);
  const last = recordSeq(part.subarray(part.length - FRAME_BYTES));
  if (frames === 0 || first >= nextSeq) return false;
  if (last < nextSeq) return true;
  throw new PondproofError("INVALID_ARGUMENT", { part: `${first} to ${last}`, expectedFrom: nextSeq });
}

function openedIn(receipt: TransactionReceipt): bigint {
  const contract = interfaceOf("RawWindows");
  for (const { topics, data } of receipt.logs) {
    const event = contract.parseLog({ topics, data });
    if (event?.name === "RawWindowOpened") return event.args.id as bigint;
  }
  throw new RangeError(`transaction ${receipt.hash} opened no raw window`);
}
