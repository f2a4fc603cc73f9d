import type { ErrorCode } from "../../protocol/errors.ts";
import type { BatchState } from "./book.ts";
import type { CaseState } from "./case-book.ts";

/** What a watcher says of itself and of the operator whom it watches. */
export type WatcherStatus = {
  /** Batches on the ledger, and how many of them are in which state. */
  batches: number;
  verified: number;
  behind: number;
  refuted: number;
  convicted: number;
  missing: number;
  /** Number of the newest batch whose raw bytes were looked at; 0 before the first. */
  newest: number;
  cases: Record<CaseState, number>;
  /** The newest batches that are not in order, and why. */
  problems: { batch: number; state: BatchState; why: string | null }[];
  /** The error that is being waited out, if any. */
  failing: ErrorCode | "INTERNAL" | undefined;
};

export type WatcherHealth = { ok: boolean; reasons: { code: string; batches?: number }[] };

/** Whether a supervisor should look: something is refuted, withheld, or keeps the watcher from watching. */
export function watcherHealth({ refuted, missing, failing, cases }: WatcherStatus): WatcherHealth {
  const reasons: WatcherHealth["reasons"] = [];
  if (failing !== undefined) reasons.push({ code: failing });
  if (refuted > 0) reasons.push({ code: "batches-refuted", batches: refuted });
  if (missing > 0) reasons.push({ code: "data-missing", batches: missing });
  if (cases.refused > 0) reasons.push({ code: "case-refused", batches: cases.refused });
  return { ok: reasons.length === 0, reasons };
}
