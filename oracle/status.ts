import type { ErrorCode } from "../protocol/errors.ts";
import type { AgentStats } from "./claims-agent.ts";
import type { StartedOver } from "./ledger-database.ts";
import type { RefusedStats } from "./sealing.ts";

/** What the oracle says of itself; `lagMs` is how long the oldest position waits to be anchored. */
export type OracleStatus = {
  /** Newest sealed batch, and newest anchored one; 0 before the first. */
  lastBatch: number;
  anchored: number;
  anchoredReadings: number;
  pendingReadings: number;
  /** Position in the gateway's feed up to which everything is stored. */
  cursor: number;
  lagMs: number;
  /** Taken from the feed by this process. */
  received: { readings: number; holes: number };
  /** Frames of the feed that were not fit for a tree, by verdict. */
  refused: RefusedStats;
  agent: AgentStats | undefined;
  /** The error that a part is waiting out, or stopped at. */
  failing: Partial<Record<LoopName, ErrorCode | "INTERNAL">>;
  /** Anchored batches that the ledger has forgotten since the start; their readings are anchored again. */
  forgotten: number;
  /** Set when the store was made for another ledger and everything is anchored anew. */
  startedOver: StartedOver | undefined;
};

export const LOOPS = ["ingest", "anchoring", "claims", "beacon"] as const;
export type LoopName = (typeof LOOPS)[number];

export type Health = { ok: boolean; reasons: { code: string; part?: LoopName; lagMs?: number }[] };

/** Batches that are this many times too old make the oracle unwell. */
const LATE_AFTER = 3;

/** What health is judged by; pure, so that a page, a supervisor's probe and a log say the same. */
export function healthOf(status: Pick<OracleStatus, "failing" | "lagMs">, maxAgeMs: number): Health {
  const reasons: Health["reasons"] = LOOPS.flatMap((part) => {
    const code = status.failing[part];
    return code === undefined ? [] : [{ code, part }];
  });
  if (status.lagMs > LATE_AFTER * maxAgeMs) reasons.push({ code: "anchor-late", lagMs: status.lagMs });
  return { ok: reasons.length === 0, reasons };
}
