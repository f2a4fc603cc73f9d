import type { Clock } from "../protocol/clock.ts";
import { errorFacts, type Log } from "./log.ts";

/** Work that comes round again and again. */
export type Housekeeping = { stop(): Promise<void> };

/** Does `work` every `intervalMs` on the clock until it is stopped; a failure is logged, and the next round comes. */
export function startHousekeeping(options: {
  clock: Clock;
  intervalMs: number;
  work: () => Promise<void>;
  log: Log;
}): Housekeeping {
  const { clock, intervalMs, work, log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const rounds = async () => {
    while (!signal.aborted) {
      try {
        await clock.wait(clock.now() + intervalMs, signal);
        await work();
      } catch (error) {
        if (!signal.aborted) log.error(errorFacts(error), "housekeeping failed; it goes on");
      }
    }
  };
  const done = rounds();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}
