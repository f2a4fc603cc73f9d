import { setTimeout as sleep } from "node:timers/promises";
import { PondproofError } from "../protocol/errors.ts";
import type { Run } from "./run.ts";

const LOOK_EVERY_MS = 100;
/** Real time without any progress after which a story has failed. */
const PATIENCE_MS = 90_000;

type Look<Value> = { done: true; value?: Value } | { done: boolean; progress: unknown };

/** Looks until it is done, and gives the value of that look. @throws SCENARIO_FAILED when nothing changes for long */
export type Wait = <Value>(what: string, look: () => Look<Value> | Promise<Look<Value>>) => Promise<Value>;

export function createWait({ run, signal }: { run: Run; signal: AbortSignal }): Wait {
  return async <Value>(what: string, look: () => Look<Value> | Promise<Look<Value>>): Promise<Value> => {
    let last: unknown;
    let changedAt = performance.now();
    for (;;) {
      const seen = await look();
      if (seen.done) return ("value" in seen ? seen.value : undefined) as Value;
      const progress = "progress" in seen ? seen.progress : undefined;
      if (progress !== last) {
        last = progress;
        changedAt = performance.now();
      }
      if (performance.now() - changedAt > PATIENCE_MS) {
        throw new PondproofError("SCENARIO_FAILED", {
          reason: `waited in vain: ${what}`,
          // Windows that ended before are anchored too late then, as the terms have it.
          ledgerForgotBefore: run.origin === "forgot",
          at: String(progress),
          oracle: run.oracle.status(),
        });
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  };
}
