import type { Account } from "../ledger/account.ts";
import { correctTransaction, type ShownProbe } from "../ledger/claims.ts";
import type { Ledger } from "../ledger/client.ts";
import { extendRawWindow, openRawWindow, partsOf } from "../ledger/raw-windows.ts";
import { fromHex } from "../protocol/bytes.ts";
import type { Hex, Terms } from "../protocol/terms.ts";
import type { Window } from "../protocol/window.ts";
import type { ClaimView } from "./claim-book.ts";
import type { Store } from "./store.ts";

/** A reading before a window lies this many positions before it at most, or the window is not shown. */
const MOST_HOLES_BEFORE = 1_000;

/** Answers demands for the data of claims with the signed frames in the store. */
export type ClaimAnswers = {
  /**
   * Shows every probe's window by its frames and corrects the claim by them; false where the store has no reading before
   * or behind the window. A call that failed goes on where the ledger stands.
   * @throws LEDGER_*
   */
  answer(
    claim: ClaimView & { basis: Window & { probes: number } },
    terms: Terms,
    signal: AbortSignal,
  ): Promise<boolean>;
};

export function createClaimAnswers({
  ledger,
  account,
  store,
}: {
  ledger: Ledger;
  account: Account;
  store: Store;
}): ClaimAnswers {
  const connection = { ...ledger, account };
  /** Raw windows that were begun, by stream and window: the same data may be demanded twice. */
  const begun = new Map<string, bigint>();

  const show = async (streamId: Hex, frames: Uint8Array[], window: Window & { signal: AbortSignal }) => {
    const key = `${streamId}:${window.fromMs}:${window.toMs}`;
    const id = begun.get(key) ?? (await openRawWindow(connection, { streamId, ...window }));
    begun.set(key, id);
    await extendRawWindow(connection, { id, parts: partsOf(frames), signal: window.signal });
    return id;
  };

  return {
    async answer({ id, basis }, terms, signal) {
      const { fromMs, toMs } = basis;
      const shown: ShownProbe[] = [];
      for (const [probe, streamId] of terms.probes.entries()) {
        if (((basis.probes >> probe) & 1) === 0) continue;
        const frames = framesAround(store, streamId, { fromMs, toMs });
        if (frames === undefined) return false;
        const raw = await show(streamId, frames, { fromMs, toMs, signal });
        shown.push({ probe, window: { raw }, earlier: undefined, before: frames[0] });
      }
      await account.submit(await correctTransaction(ledger, { claim: id, terms, shown }), signal);
      return true;
    },
  };
}

/** All frames of a window with the reading before it and the one behind it. */
function framesAround(store: Store, streamId: Hex, { fromMs, toMs }: Window): Uint8Array[] | undefined {
  const stream = store.streams.find(fromHex(streamId, 32));
  if (stream === undefined) return undefined;
  const first = store.streams.firstAt(stream, fromMs);
  const behind = store.streams.firstAt(stream, toMs + 1);
  const from = Math.max(0, first - MOST_HOLES_BEFORE);
  const positions = store.streams.positions(stream.device, { from, to: behind });
  const before = positions.slice(0, first - from).findLastIndex(({ kind }) => kind === "reading");
  if (before < 0 || positions[behind - from]?.kind !== "reading") return undefined;
  return positions.slice(before).flatMap((at) => (at.kind === "reading" ? [at.frame] : []));
}
