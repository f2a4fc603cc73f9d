import { PondproofError } from "../../protocol/errors.ts";
import { decodeValue } from "../../protocol/record.ts";
import type { Peril } from "../../protocol/terms.ts";
import type { ClaimSummary, EvaluationHint, PolicyView, Wire } from "../api.ts";
import type { Directory } from "./directory.ts";
import type { LedgerClaim, LedgerPolicy } from "./ledger-view.ts";

/** A policy with the pond and farm that the directory knows it by. */
export function policyView(policy: LedgerPolicy, { ponds }: Directory): PolicyView {
  const pond = ponds.find(({ ledgerId }) => ledgerId === policy.terms.pond);
  const { id, state, coverFromMs, premiumPaid, reserved, paid, terms } = policy;
  return toWire({
    id,
    pond: pond?.id ?? null,
    farm: pond?.farm ?? null,
    state,
    coverFromMs,
    premiumPaid,
    reserved,
    paid,
    terms,
  });
}

/** @throws INVALID_ARGUMENT when the terms have no such peril: the ledger would contradict itself */
export function perilOf({ id, peril }: LedgerClaim, { terms }: LedgerPolicy): Peril {
  const found = terms.perils[peril];
  if (found === undefined) throw new PondproofError("INVALID_ARGUMENT", { claim: id.toString(), peril });
  return found;
}

/** A claim as a queue shows it. */
export function claimSummary(claim: LedgerClaim, policy: LedgerPolicy, directory: Directory): ClaimSummary {
  const { tiers } = perilOf(claim, policy);
  const tier = tiers.findLastIndex(({ payoutBps }) => payoutBps <= claim.payoutBps);
  const { pond, farm } = policyView(policy, directory);
  const { history: _, ...facts } = claim;
  return {
    ...toWire(facts),
    pond,
    farm,
    tier,
    tiers: tiers.length,
    threshold: decodeValue(tiers[Math.max(tier, 0)]!.threshold),
  };
}

/** Open claims first, by the moment until which somebody can act; then the newest. */
export function byDeadline(a: ClaimSummary, b: ClaimSummary): number {
  const open = (claim: ClaimSummary) => (claim.state === "evaluated" ? 0 : 1);
  if (open(a) !== open(b)) return open(a) - open(b);
  return open(a) === 0 ? a.payableFromMs - b.payableFromMs : b.toMs - a.toMs;
}

/** The proof on which the claim's last evaluation rests; where the ledger does not show it, its window. */
export function evaluationHint(claim: LedgerClaim, { terms }: LedgerPolicy): EvaluationHint {
  const last = claim.history.findLast((event) => event.kind === "evaluated");
  const { fromMs, toMs } = claim;
  return last?.proof ?? { fromMs, toMs, batch: null, streamIds: terms.probes };
}

/** Amounts as digits, everything else as it is. */
export function toWire<T>(value: T): Wire<T> {
  if (typeof value === "bigint") return value.toString() as Wire<T>;
  if (Array.isArray(value)) return value.map((item: unknown) => toWire(item)) as Wire<T>;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toWire(item)])) as Wire<T>;
  }
  return value as Wire<T>;
}
