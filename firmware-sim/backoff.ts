// edge.md, "Reader": back off by half as much again, with jitter, from a second to a minute, for ever.
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
const GROWTH = 1.5;

/** How long to wait before the next attempt. */
export type Backoff = {
  /** The next wait; every one asked for is longer than the one before. */
  nextMs(): number;
  /** Begins anew, after something good was heard: an open that succeeds proves little. */
  reset(): void;
};

/** `random` is uniform in [0, 1): readers that lost one broker shall not all come back in one moment. */
export function createBackoff({ random = Math.random }: { random?: () => number } = {}): Backoff {
  let ms = FIRST_MS;
  return {
    nextMs() {
      const waitMs = ms * (0.5 + random() / 2);
      ms = Math.min(LONGEST_MS, ms * GROWTH);
      return waitMs;
    },
    reset() {
      ms = FIRST_MS;
    },
  };
}
