import { setTimeout as sleep } from "node:timers/promises";
import type { SimClock } from "./sim-clock.ts";

const TICK_MS = 20;
/** Simulated time that passes before anybody looks again whether the system keeps up. */
const MAX_STEP_MS = 5 * 60_000;

/** What the simulation waits for before it lets more time pass. */
export type Backlog = () => boolean;

export type Pace = {
  readonly speed: number;
  setSpeed(speed: number): void;
  /** Real milliseconds in which the simulation stood still to let the system catch up. */
  readonly waitedMs: number;
  run(signal: AbortSignal): Promise<void>;
};

/**
 * Lets simulated time pass, `speed` times as fast as real time, and no faster than the system can keep up with: while
 * `isBehind` says so, time stands still, so that no speed makes evidence late.
 */
export function createPace(options: {
  clock: SimClock;
  speed: number;
  isBehind: Backlog;
  /** Called before time passes `horizon`, so that a restart never finds an earlier time than one already used. */
  reserve: (untilMs: number) => Promise<void>;
}): Pace {
  const { clock, isBehind, reserve } = options;
  let { speed } = options;
  let waitedMs = 0;
  return {
    get speed() {
      return speed;
    },
    get waitedMs() {
      return waitedMs;
    },
    setSpeed(next) {
      speed = next;
    },
    async run(signal) {
      let last = performance.now();
      while (!signal.aborted) {
        await sleep(TICK_MS);
        const now = performance.now();
        // A machine that was asleep does not owe the simulation the time that it slept.
        const elapsed = Math.min(now - last, 5 * TICK_MS);
        last = now;
        if (isBehind()) {
          waitedMs += elapsed;
          continue;
        }
        const toMs = Math.floor(clock.now() + Math.min(elapsed * speed, MAX_STEP_MS));
        await reserve(toMs);
        await clock.advance(toMs);
      }
    },
  };
}
