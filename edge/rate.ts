/** Tokens that come back with time. */
export type TokenBucket = {
  /** Takes `cost` tokens, into debt if need be, and returns for how many milliseconds to pause. */
  take(cost: number): number;
  /** Takes `cost` tokens if they are there, and says whether they were. */
  tryTake(cost: number): boolean;
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
  const refill = () => {
    const nowMs = now();
    // A clock that was set back pays nothing, and owes nothing either.
    level = Math.min(burst, level + (Math.max(0, nowMs - atMs) * perSecond) / 1000);
    atMs = nowMs;
  };
  return {
    take(cost) {
      refill();
      level -= cost;
      return level >= 0 ? 0 : Math.ceil((-level * 1000) / perSecond);
    },
    tryTake(cost) {
      refill();
      if (level < cost) return false;
      level -= cost;
      return true;
    },
  };
}
