import type { Clock } from "../protocol/clock.ts";

type Timer = { atMs: number; fire: () => void };

/** A clock that stands still until it is advanced, and then wakes whoever waits, in order of time. */
export type SimClock = Clock & {
  /** Moves time on to `toMs`, timer by timer; what a timer wakes runs before the next one fires. */
  advance(toMs: number): Promise<void>;
};

export function createSimClock({ startMs }: { startMs: number }): SimClock {
  let nowMs = startMs;
  const timers: Timer[] = [];

  const insert = (timer: Timer) => {
    const at = timers.findIndex(({ atMs }) => atMs > timer.atMs);
    timers.splice(at < 0 ? timers.length : at, 0, timer);
  };

  return {
    now: () => nowMs,
    wait(untilMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        if (untilMs <= nowMs) return resolve();
        const onAbort = () => {
          timers.splice(timers.indexOf(timer), 1);
          reject(signal.reason as Error);
        };
        const timer: Timer = {
          atMs: untilMs,
          fire: () => {
            signal.removeEventListener("abort", onAbort);
            resolve();
          },
        };
        signal.addEventListener("abort", onAbort, { once: true });
        insert(timer);
      });
    },
    async advance(toMs) {
      while (timers[0] !== undefined && timers[0].atMs <= toMs) {
        nowMs = Math.max(nowMs, timers[0].atMs);
        timers.shift()!.fire();
        // Timers of one instant fire together; then everything they woke gets its turn.
        if (timers[0]?.atMs !== nowMs) await new Promise((resolve) => setImmediate(resolve));
      }
      nowMs = Math.max(nowMs, toMs);
    },
  };
}
