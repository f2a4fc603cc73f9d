/** When a batch is due: at `maxReadings` positions, or once the oldest has waited for `maxAgeMs`. */
export type BatchRules = { maxReadings: number; maxAgeMs: number };

/** Tells whether it is time to seal; `pendingSinceMs` is when the oldest of the `pending` positions came. */
export function isBatchDue(
  { maxReadings, maxAgeMs }: BatchRules,
  { pending, pendingSinceMs, nowMs }: { pending: number; pendingSinceMs: number; nowMs: number },
): boolean {
  return pending > 0 && (pending >= maxReadings || nowMs - pendingSinceMs >= maxAgeMs);
}

/**
 * How many pending positions of each stream go into a batch of at most `limit`: equal shares, so that probes of one
 * pond stay side by side while a backlog is worked off.
 */
export function shareBatch(pending: readonly number[], limit: number): number[] {
  const shares = pending.map(() => 0);
  let left = limit;
  for (;;) {
    const hungry = pending.flatMap((count, i) => (count > shares[i]! ? [i] : []));
    if (hungry.length === 0 || left === 0) return shares;
    const each = Math.max(1, Math.floor(left / hungry.length));
    for (const i of hungry) {
      const taken = Math.min(each, pending[i]! - shares[i]!, left);
      shares[i] = shares[i]! + taken;
      left -= taken;
    }
  }
}
