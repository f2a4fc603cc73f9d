import type { Peril } from "../../protocol/terms.ts";
import type { Batch, TimelineStop } from "../api.ts";
import type { ClaimEvent, LedgerClaim } from "./ledger-view.ts";

/** The way of a claim from the breach to the money, in the order in which it goes; what lies ahead comes last. */
export function timelineOf({
  claim,
  peril,
  batches,
}: {
  claim: LedgerClaim;
  peril: Peril;
  batches: readonly Batch[];
}): TimelineStop[] {
  const evaluated = claim.history.findLast((event) => event.kind === "evaluated");
  const approved = claim.history.findLast((event) => event.kind === "approved");
  const payable = claim.history.findLast((event) => event.kind === "payable");
  const paid = claim.history.findLast((event) => event.kind === "paid");
  return [
    { kind: "breach", reached: true, timeMs: claim.fromMs },
    ...tierStops(claim, peril),
    { kind: "proven-until", reached: true, timeMs: claim.toMs },
    ...anchoredStop(evaluated, batches),
    ...(evaluated ? [stopOf(evaluated)] : []),
    ...(approved ? [stopOf(approved)] : []),
    ...undoneStops(claim),
    ...(payable ? [stopOf(payable)] : aheadOf(claim, "payable")),
    ...(paid ? [stopOf(paid)] : aheadOf(claim, "paid")),
  ];
}

/** That what the claim rested on fell, and that it was rejected, where nothing better came since. */
function undoneStops({ state, history }: LedgerClaim): TimelineStop[] {
  if (state !== "reopened" && state !== "rejected") return [];
  const evaluated = history.findLastIndex((event) => event.kind === "evaluated");
  return history
    .slice(evaluated + 1)
    .filter(({ kind }) => kind === "fell" || kind === "rejected")
    .map(stopOf);
}

/** Only the time of a claim that stands runs by itself; the money of a rejected one never comes. */
function aheadOf(
  { state, payableFromMs }: LedgerClaim,
  kind: Extract<TimelineStop["kind"], "payable" | "paid">,
): TimelineStop[] {
  if (state === "rejected") return [];
  const reached = state === "paid" || state === kind;
  const isKnown = kind === "payable" && (state === "evaluated" || reached);
  return [{ kind, reached, timeMs: isKnown ? payableFromMs : null }];
}

/** Steps of the ladder that the claim's window is long enough for, up to the one that it reached. */
function tierStops({ fromMs, toMs, payoutBps }: LedgerClaim, peril: Peril): TimelineStop[] {
  return peril.tiers.flatMap((tier, index): TimelineStop[] => {
    const reached = tier.payoutBps <= payoutBps && fromMs + tier.minDurationMs <= toMs;
    return reached ? [{ kind: "tier", reached, timeMs: fromMs + tier.minDurationMs, tier: index }] : [];
  });
}

function anchoredStop(
  evaluated: Extract<ClaimEvent, { kind: "evaluated" }> | undefined,
  batches: readonly Batch[],
): TimelineStop[] {
  const batch = batches.find(({ number }) => number === evaluated?.proof?.batch);
  if (batch === undefined) return [];
  const { number, transaction } = batch;
  return [{ kind: "anchored", reached: true, timeMs: transaction.timeMs, batch: number, transaction }];
}

function stopOf(event: ClaimEvent): TimelineStop {
  const { kind, transaction } = event;
  const stop = { kind, reached: true, timeMs: transaction.timeMs, transaction };
  return "amount" in event ? { ...stop, amount: event.amount.toString() } : stop;
}
