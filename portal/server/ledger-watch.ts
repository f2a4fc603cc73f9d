import { setTimeout as pause } from "node:timers/promises";
import type { Batch, SourceState } from "../api.ts";
import type { LedgerClaim, LedgerPolicy, LedgerView } from "./ledger-view.ts";

const EVERY_MS = 1_000;
/** A ledger that does not answer in this time counts as gone. */
const TIMEOUT_MS = 15_000;
const BATCHES = 500;

/** The ledger as of its last answer: what all pages show, asked for once for all of them. */
export type LedgerWatch = {
  /** Asks again and again until the signal. */
  run(signal: AbortSignal): Promise<void>;
  policies(): readonly LedgerPolicy[];
  claims(): readonly LedgerClaim[];
  batches(): readonly Batch[];
  state(): SourceState;
};

export function createLedgerWatch({
  ledger,
  now,
  onState,
}: {
  ledger: LedgerView;
  now: () => number;
  /** Called when the ledger is lost and when it is back. */
  onState: (state: SourceState & { detail: string }) => void;
}): LedgerWatch {
  let policies: LedgerPolicy[] = [];
  let claims: LedgerClaim[] = [];
  let batches: Batch[] = [];
  let state: SourceState = { up: false, sinceMs: now() };

  const become = (up: boolean, detail: string) => {
    if (state.up === up) return;
    state = { up, sinceMs: now() };
    onState({ ...state, detail });
  };

  const refresh = async (signal: AbortSignal) => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    // Policies first: a claim must never be there before its policy.
    const nextPolicies = await ledger.policies({ signal: bounded });
    [claims, batches] = await Promise.all([
      ledger.claims({ signal: bounded }),
      ledger.batches({ limit: BATCHES, signal: bounded }),
    ]);
    policies = nextPolicies;
  };

  return {
    policies: () => policies,
    claims: () => claims,
    batches: () => batches,
    state: () => state,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await refresh(signal);
          become(true, "connected");
        } catch (error) {
          if (signal.aborted) return;
          become(false, (error as Error).message);
        }
        await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
