/** Whether a probe's last value is a current one. `stale` and `offline` are never to be shown as if they were. */
export type Presence = "online" | "stale" | "offline" | "never";

/** A probe is allowed to miss this many readings before it counts as silent (edge.md, "Staleness"). */
export const SILENT_INTERVALS = 3;

/** The last reading of a probe, as far as freshness goes. */
export type LastReading = {
  timeMs: number;
  receivedAtMs: number;
  /** The probe's clock was synchronised, and so was the gateway's: `timeMs` and now can be compared. */
  timesCompare: boolean;
};

/** When the last value was true: a backlog that arrives now is not news. */
function freshAtMs({ timeMs, receivedAtMs, timesCompare }: LastReading): number {
  return timesCompare ? Math.min(timeMs, receivedAtMs) : receivedAtMs;
}

/** True when nothing fresh has come for three intervals, or ever; a probe that never spoke counts from `sinceMs`. */
export function isSilent(options: {
  nowMs: number;
  periodMs: number;
  sinceMs: number;
  last: LastReading | undefined;
}): boolean {
  const { nowMs, periodMs, sinceMs, last } = options;
  return nowMs - (last === undefined ? sinceMs : freshAtMs(last)) > SILENT_INTERVALS * periodMs;
}

/** A probe's presence: `never` before its first reading, `offline` without a session, `stale` when it is silent. */
export function presenceOf(options: {
  nowMs: number;
  periodMs: number;
  connected: boolean;
  last: LastReading | undefined;
}): Presence {
  const { connected, last } = options;
  if (last === undefined) return "never";
  if (!connected) return "offline";
  return isSilent({ ...options, sinceMs: 0 }) ? "stale" : "online";
}
