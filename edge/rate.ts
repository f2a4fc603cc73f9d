/** A token bucket that may go into debt: whoever overdraws waits until the debt is paid. */
export type TokenBucket = {
  /** Takes `cost` tokens and returns for how many milliseconds to pause. */
  take(cost: number): number;
};

/** A full bucket of `burst` tokens that gains `perSecond` of them on the clock `now`. */
export function createTokenBucket({
  perSecond,
  burst,
  now,
}: {
  perSecond: number;
  burst: number;
  now: () => number;
}): TokenBucket {
  let level = burst;
  let atMs = now();
  return {
    take(cost) {
      const nowMs = now();
      // A clock that was set back pays nothing, and owes nothing either.
      const elapsedMs = Math.max(0, nowMs - atMs);
      atMs = nowMs;
      level = Math.min(burst, level + (elapsedMs * perSecond) / 1000) - cost;
      return level >= 0 ? 0 : Math.ceil((-level * 1000) / perSecond);
    },
  };
}
