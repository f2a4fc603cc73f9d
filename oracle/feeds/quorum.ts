import type { FeedRules } from "../../ledger/events.ts";
import type { SignedReport } from "../../ledger/feeds.ts";

/** Whether reports suffice, as the registry will see it. */
export type Quorum =
  | { kind: "enough"; complete: boolean }
  | { kind: "too-few"; shown: number; needed: number };

/**
 * Judges distinct reporters' reports of one time; `newest` is the value of the latest time on the ledger. A value further
 * from it than the feed's step needs more of them.
 */
export function quorumOf(
  reports: readonly Pick<SignedReport, "value">[],
  { rules, reporters, newest }: { rules: FeedRules; reporters: number; newest: number | undefined },
): Quorum {
  const majority = Math.max(rules.quorum, Math.floor(reporters / 2) + 1);
  const median = lowerMedian(reports.map(({ value }) => value));
  const jumps =
    median !== undefined &&
    newest !== undefined &&
    Math.round(1000 * Math.abs(median - newest)) > rules.maxStep;
  const needed = jumps ? Math.max(majority, rules.jumpQuorum) : majority;
  return reports.length >= needed
    ? { kind: "enough", complete: reports.length === reporters }
    : { kind: "too-few", shown: reports.length, needed };
}

/** The lower of two middle ones, as the registry takes it. */
function lowerMedian(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
}
