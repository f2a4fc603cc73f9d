import type { Backlog } from "./pace.ts";
import type { Fleet } from "./ponds.ts";

const MINUTE_MS = 60_000;
/** Frames on their way at which a machine has enough to do. */
const MAX_WAITING_FRAMES = 2_000;
/** How old a reading may become on its way to the oracle, and how much later than its batch is due it may be anchored. */
const MAX_DELIVERY_MS = 10 * MINUTE_MS;
const MAX_ANCHOR_LATE_MS = 10 * MINUTE_MS;

/**
 * Tells that evidence would become late if more time passed: a frame is on its way for long, the oracle has not read
 * what the gateway stored, or a batch is overdue. A network of milliseconds is hours at a high speed.
 */
export function createBacklog({
  clock,
  fleet,
  positions,
  oracle,
  batchAgeMs,
  holdingMs,
}: {
  clock: { now(): number };
  fleet: Pick<Fleet, "waiting" | "delivering">;
  /** What the gateway stored, and holds behind a gap. */
  positions: () => { stored: number; holes: number; held: number };
  /** How far the oracle has read, and for how long its oldest position waits. */
  oracle: () => { cursor: number; lagMs: number };
  batchAgeMs: number;
  holdingMs: number;
}): Backlog {
  let deliveredAtMs = clock.now();
  return () => {
    const { cursor, lagMs } = oracle();
    const { stored, holes, held } = positions();
    const hasRead = cursor >= stored + holes;
    if (hasRead && fleet.delivering() === 0) deliveredAtMs = clock.now();
    // A lost number becomes a hole by time alone, and what came behind it waits with it.
    const patienceMs = MAX_DELIVERY_MS + (held > 0 ? holdingMs : 0);
    return (
      clock.now() - deliveredAtMs > patienceMs ||
      fleet.waiting() > MAX_WAITING_FRAMES ||
      lagMs > batchAgeMs + MAX_ANCHOR_LATE_MS
    );
  };
}
