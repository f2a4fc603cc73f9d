import type { Clock } from "../protocol/clock.ts";

type Timer = { atMs: number; fire: () => void };

/** Somebody whom time waits for: while he is not waiting for the clock, the clock waits for him. */
export type Participant = Clock & { leave(): void };

/** A clock that stands still until it is advanced, and then wakes whoever waits, in order of time. */
export type SimClock = Clock & {
  /** A view of the clock for somebody who must never miss a moment, however busy the machine is. */
  join(): Participant;
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

  const busy = new Set<object>();
  let onIdle: (() => void) | undefined;
  const becomesIdle = (participant: object) => {
    busy.delete(participant);
    if (busy.size === 0) onIdle?.();
  };
  const everybodyWaits = async () => {
    while (busy.size > 0) {
      await new Promise<void>((resolve) => {
        onIdle = resolve;
      });
    }
  };

  const wait = (untilMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
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

  return {
    now: () => nowMs,
    wait,
    join() {
      const participant = {};
      busy.add(participant);
      return {
        now: () => nowMs,
        wait: (untilMs, signal) => {
          const waited = wait(untilMs, signal);
          if (untilMs > nowMs) becomesIdle(participant);
          return waited.finally(() => busy.add(participant));
        },
        leave: () => becomesIdle(participant),
      };
    },
    async advance(toMs) {
      await everybodyWaits();
      while (timers[0] !== undefined && timers[0].atMs <= toMs) {
        nowMs = Math.max(nowMs, timers[0].atMs);
        timers.shift()!.fire();
        // Timers of one instant fire together; then everything they woke gets its turn.
        if (timers[0]?.atMs === nowMs) continue;
        await new Promise((resolve) => setImmediate(resolve));
        await everybodyWaits();
      }
      nowMs = Math.max(nowMs, toMs);
    },
  };
}
