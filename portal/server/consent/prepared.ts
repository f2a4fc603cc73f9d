import type { ForwardRequest, ForwardTypedData } from "../../../ledger/forward.ts";

const LASTS_MS = 10 * 60_000;
const MAX_WAITING = 1_000;

/**
 * Requests that were made here and wait for their signature. Only these are sent, and by their own account's session: so
 * nobody has the provider pay for anything else.
 */
export type Prepared = {
  keep(typed: ForwardTypedData): { id: string; typed: ForwardTypedData };
  /** The request of an account, once where it is `taken`. */
  find(id: string, account: string): ForwardTypedData | undefined;
  take(id: string, account: string): ForwardRequest | undefined;
};

export function createPrepared({ nowMs, newId }: { nowMs: () => number; newId: () => string }): Prepared {
  const waiting = new Map<string, { typed: ForwardTypedData; untilMs: number }>();
  const find: Prepared["find"] = (id, account) => {
    const known = waiting.get(id);
    if (known === undefined || known.untilMs <= nowMs()) return undefined;
    return known.typed.message.from.toLowerCase() === account.toLowerCase() ? known.typed : undefined;
  };
  return {
    find,
    keep(typed) {
      for (const [id, { untilMs }] of waiting) {
        if (untilMs > nowMs() && waiting.size < MAX_WAITING) break;
        waiting.delete(id);
      }
      const id = newId();
      waiting.set(id, { typed, untilMs: nowMs() + LASTS_MS });
      return { id, typed };
    },
    take(id, account) {
      const typed = find(id, account);
      if (typed !== undefined) waiting.delete(id);
      return typed?.message;
    },
  };
}
