import type { Clock } from "../protocol/clock.ts";

/** Waits, or less where the signal ends it: an ended wait is how a loop stops, and not a failure. */
export async function rest(clock: Clock, forMs: number, signal: AbortSignal): Promise<void> {
  await clock.wait(clock.now() + forMs, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
