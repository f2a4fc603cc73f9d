import type { Clock } from "../protocol/clock.ts";
import type { Anchor, AnchorStep } from "./anchor.ts";
import { type BatchRules, isBatchDue } from "./batcher.ts";
import type { Registry } from "./registry.ts";
import type { Sealer } from "./sealing.ts";

/** Readings of one batch at most: the seal is one transaction, in which nothing else happens. */
export const MAX_BATCH = 5_000;

/** The owner loop of batches: follows the registry, seals when a batch is due, anchors. */
export type Anchoring = {
  turn(signal: AbortSignal): Promise<"again" | "idle">;
  /** True once the store has been compared with the chain. */
  readonly reconciled: boolean;
  /** How many anchored batches the chain has forgotten. */
  readonly forgotten: number;
  /** How long the oldest position that is not on the ledger has waited, at most, as far as this process knows. */
  waitingMs(): number;
};

/** One batch at a time is on its way: what comes while the ledger is away waits, and then goes in large batches. */
export function createAnchoring({
  anchor,
  registry,
  sealer,
  clock,
  rules,
  ledgerTimeMs,
  verify,
  onStep = () => undefined,
}: {
  anchor: Anchor;
  registry: Registry;
  sealer: Sealer;
  clock: Pick<Clock, "now">;
  rules: BatchRules;
  /** The ledger's own time, by which a batch is judged. */
  ledgerTimeMs: () => Promise<number>;
  /** Makes sure that the ledger is still the one that the store was made for. */
  verify: () => Promise<void>;
  onStep?: (step: AnchorStep, number: number) => void;
}): Anchoring {
  let reconciled = false;
  let settled = false;
  /** When nothing was pending, the last time that this was looked at: whatever is pending came later. */
  let emptyAtMs: number | undefined;
  /** Since when, at the earliest, the sealed batch waits that is not anchored yet. */
  let sealedSinceMs: number | undefined;

  const sealIfDue = async (): Promise<boolean> => {
    const pending = sealer.pending();
    const nowMs = clock.now();
    emptyAtMs = pending > 0 ? (emptyAtMs ?? nowMs) : nowMs;
    if (!isBatchDue(rules, { pending, pendingSinceMs: emptyAtMs, nowMs })) return false;
    const limit = Math.min(rules.maxReadings, MAX_BATCH);
    const number = await sealer.seal({ limit, nowMs, ledgerMs: await ledgerTimeMs() });
    if (number === undefined) return false;
    onStep("sealed", number);
    // What is left came later than what was sealed.
    sealedSinceMs = emptyAtMs;
    emptyAtMs = nowMs;
    return true;
  };

  return {
    get reconciled() {
      return reconciled;
    },
    get forgotten() {
      return anchor.forgotten;
    },
    waitingMs() {
      const sinceMs = sealedSinceMs ?? (sealer.pending() > 0 ? emptyAtMs : undefined);
      return sinceMs === undefined ? 0 : Math.max(0, clock.now() - sinceMs);
    },
    async turn(signal) {
      if (!settled) {
        await verify();
        await anchor.reconcile();
        reconciled = settled = true;
      }
      try {
        await registry.follow();
        if (await anchor.next(signal)) return "again";
        sealedSinceMs = undefined;
        return (await sealIfDue()) ? "again" : "idle";
      } catch (error) {
        // Whatever went wrong, the ledger may be another one, or have gone back, when it answers again.
        settled = false;
        throw error;
      }
    },
  };
}
