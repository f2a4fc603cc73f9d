import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../protocol/clock.ts";

/** The machine's own time: for the network, which is as slow as it is however fast the simulation runs. */
export const realClock: Clock = {
  now: () => Date.now(),
  wait: (untilMs, signal) => sleep(Math.max(0, untilMs - Date.now()), undefined, { signal }),
};
