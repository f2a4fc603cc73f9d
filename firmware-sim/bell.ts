import type { Clock } from "../protocol/clock.ts";

/** Wakes one waiter; rings that nobody waits for are heard by the next. */
export type Bell = {
  ring(): void;
  /** Resolves at the next ring, when the clock reaches `untilMs`, or when the signal ends, whichever is first. */
  heard(options: { clock: Clock; untilMs: number; signal: AbortSignal }): Promise<void>;
};

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async heard({ clock, untilMs, signal }) {
      if (!rung) {
        const awake = new AbortController();
        const ring = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const due = clock.wait(untilMs, AbortSignal.any([signal, awake.signal])).catch((error: unknown) => {
          if (!signal.aborted && !awake.signal.aborted) throw error;
        });
        try {
          await Promise.race([ring, due]);
        } finally {
          awake.abort();
          wake = undefined;
        }
      }
      rung = false;
    },
  };
}
