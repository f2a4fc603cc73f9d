import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../protocol/clock.ts";

/** setTimeout fires at once when it is asked for more than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock; a wait is a duration, so a clock that is set during it changes nothing. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async wait(untilMs, signal) {
    signal.throwIfAborted();
    for (let leftMs = untilMs - Date.now(); leftMs > 0; leftMs -= LONGEST_TIMER_MS) {
      await sleep(Math.min(leftMs, LONGEST_TIMER_MS), undefined, { signal });
    }
  },
};
