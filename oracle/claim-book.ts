import type { ClaimBasis, EventKind, LedgerEvent } from "../ledger/events.ts";
import type { Terms } from "../protocol/terms.ts";
import type { Service } from "./watch.ts";

/**
 * A policy on one of its terms, as the ledger's events tell it: an endorsement ends one and begins the next.
 * `coverFromS` is undefined until the premium is complete.
 */
export type PolicyView = {
  id: bigint;
  terms: Terms;
  /** Windows are judged by these terms that begin at `fromMs` or later, and before `toMs`. */
  fromMs: number;
  toMs: number;
  coverFromS: number | undefined;
  /** Lapsed or closed. */
  terminal: boolean;
};

/** A claim as the ledger's events tell it. */
export type ClaimView = {
  id: bigint;
  policy: bigint;
  peril: number;
  state: "evaluated" | "payable" | "paid" | "disputed" | "reopened" | "rejected";
  fromMs: number;
  toMs: number;
  payoutBps: number;
  amount: bigint;
  /** What of the amount is final, by which rate, and what of that was paid. */
  settled: bigint;
  settledBps: number;
  paid: bigint;
  payableFromS: number;
  /** What its evaluation rests on; an audit claim rests on no readings. */
  basis: ClaimBasis | undefined;
  /** Until when its data is demanded; undefined where nobody demands it. */
  demandedUntilS: number | undefined;
};

/** The events that a book is kept from. */
export const BOOK_EVENTS = [
  "DeviceBound",
  "DeviceRevoked",
  "PolicyEndorsed",
  "PolicyTerms",
  "CoverStarts",
  "PolicyLapsed",
  "PolicyClosed",
  "StreamVoided",
  "BatchVoided",
  "StreamSuspected",
  "ClaimEvaluated",
  "ClaimCorrected",
  "ClaimRests",
  "ClaimDisputed",
  "ClaimDataDemanded",
  "DemandEnded",
  "ClaimReopened",
  "ClaimRejected",
  "AuditOpened",
  "ClaimPayable",
  "ClaimPaid",
  "ClaimsMerged",
] as const satisfies readonly EventKind[];

export type BookEvent = LedgerEvent<(typeof BOOK_EVENTS)[number]>;

/** What the claims agent knows of the ledger: nothing but its events. */
export type ClaimBook = {
  apply(event: BookEvent): void;
  /** Every policy, once for each of its terms. */
  policies(): Iterable<PolicyView>;
  claims(): Iterable<ClaimView>;
  /** The terms by which a policy's window is judged that begins at `atMs`. */
  termsAt(policy: bigint, atMs: number): Terms;
  /** How often something of what claims rest on was found void or suspect. */
  fallen(): number;
  /** When a stream's probe serves a pond: its latest binding to it, until the next binding or the revocation. */
  serviceOf(streamId: string, pond: string): Service;
  /** The claim of the occurrence that a window belongs to: closer than `separationMs`. */
  claimNear(window: {
    policy: bigint;
    peril: number;
    fromMs: number;
    toMs: number;
    separationMs: number;
  }): ClaimView | undefined;
};

const NEVER = Number.MAX_SAFE_INTEGER;

/** Claims.AUDIT: stands where an audit claim has no peril. */
const AUDIT = 255;

/** IClaims.State.Disputed. */
const CORRECTED_BEFORE_THE_ARBITER = 5;

const NEW = { settled: 0n, settledBps: 0, paid: 0n, basis: undefined, demandedUntilS: undefined };

export function createClaimBook(): ClaimBook {
  /** By policy, in the order of their endorsements; never empty. */
  const policies = new Map<bigint, PolicyView[]>();
  const endorsedAtMs = new Map<bigint, number>();
  const claims = new Map<bigint, ClaimView>();
  const bindings = new Map<string, { pond: string; fromMs: number }[]>();
  const revoked = new Map<string, number>();
  let fallen = 0;

  const change = <T extends object>(view: T | undefined, changes: Partial<T>): void => {
    if (view !== undefined) Object.assign(view, changes);
  };

  const apply = (event: BookEvent): void => {
    switch (event.kind) {
      case "DeviceBound": {
        const { streamId, pond, fromMs } = event;
        bindings.set(streamId, [...(bindings.get(streamId) ?? []), { pond, fromMs }]);
        return;
      }
      case "DeviceRevoked":
        revoked.set(event.streamId, event.fromMs);
        return;
      case "PolicyEndorsed":
        endorsedAtMs.set(event.policy, event.from * 1000);
        return;
      case "PolicyTerms": {
        const { policy: id, terms } = event;
        const earlier = policies.get(id) ?? [];
        const last = earlier.at(-1) ?? { id, coverFromS: undefined, terminal: false };
        const fromMs = endorsedAtMs.get(id) ?? 0;
        change(earlier.at(-1), { toMs: fromMs });
        policies.set(id, [...earlier, { ...last, terms, fromMs, toMs: NEVER }]);
        return;
      }
      case "CoverStarts":
        for (const policy of policies.get(event.policy) ?? []) policy.coverFromS = event.from;
        return;
      case "PolicyLapsed":
      case "PolicyClosed":
        for (const policy of policies.get(event.policy) ?? []) policy.terminal = true;
        return;
      case "ClaimEvaluated": {
        const { claim: id, policy, peril, fromMs, toMs, payoutBps, amount, payableFrom } = event;
        const view = { id, policy, peril, fromMs, toMs, payoutBps, amount, payableFromS: payableFrom };
        claims.set(id, { ...(claims.get(id) ?? NEW), ...view, state: "evaluated" });
        return;
      }
      case "ClaimCorrected": {
        const { claim: id, payoutBps, amount, payableFrom } = event;
        const state = event.state === CORRECTED_BEFORE_THE_ARBITER ? "disputed" : "evaluated";
        change(claims.get(id), { state, payoutBps, amount, payableFromS: payableFrom });
        return;
      }
      case "AuditOpened": {
        const { claim: id, policy, amount } = event;
        const view = {
          id,
          policy,
          peril: AUDIT,
          fromMs: 0,
          toMs: 0,
          payoutBps: 0,
          amount,
          payableFromS: NEVER,
        };
        claims.set(id, { ...NEW, ...view, state: "disputed" });
        return;
      }
      case "ClaimRests":
        change(claims.get(event.claim), { basis: event.basis });
        return;
      case "ClaimDataDemanded":
        change(claims.get(event.claim), { demandedUntilS: event.until });
        return;
      case "DemandEnded":
        change(claims.get(event.claim), { demandedUntilS: undefined });
        return;
      case "ClaimDisputed":
        change(claims.get(event.claim), { state: "disputed" });
        return;
      case "ClaimReopened":
        change(claims.get(event.claim), { state: "reopened" });
        return;
      case "ClaimRejected": {
        const claim = claims.get(event.claim);
        if (claim === undefined) return;
        const { settled, settledBps, paid } = claim;
        const state = settled === 0n ? "rejected" : settled > paid ? "payable" : "paid";
        Object.assign(claim, { state, amount: settled, payoutBps: settledBps });
        return;
      }
      case "ClaimPayable": {
        const claim = claims.get(event.claim);
        const { amount } = event;
        change(claim, { state: "payable", amount, settled: amount, settledBps: claim?.payoutBps ?? 0 });
        return;
      }
      case "ClaimPaid": {
        const claim = claims.get(event.claim);
        if (claim === undefined) return;
        claim.paid += event.amount;
        // A claim that is being topped up can be paid the part that was final before.
        if (claim.state === "payable") claim.state = "paid";
        return;
      }
      case "ClaimsMerged": {
        const [gone, into] = [claims.get(event.claim), claims.get(event.into)];
        claims.delete(event.claim);
        if (gone === undefined || into === undefined) return;
        into.settled += gone.settled;
        into.paid += gone.paid;
        into.settledBps = Math.max(into.settledBps, gone.settledBps);
        return;
      }
      case "StreamVoided":
      case "BatchVoided":
      case "StreamSuspected":
        fallen++;
        return;
    }
  };

  return {
    apply,
    policies: () => [...policies.values()].flat(),
    claims: () => claims.values(),
    fallen: () => fallen,
    termsAt: (policy, atMs) => policies.get(policy)!.find(({ toMs }) => atMs < toMs)!.terms,
    serviceOf(streamId, pond) {
      const all = bindings.get(streamId) ?? [];
      const at = all.findLastIndex((binding) => binding.pond === pond);
      const nextFromMs = all[at + 1]?.fromMs ?? NEVER;
      return {
        fromMs: all[at]?.fromMs ?? NEVER,
        toMs: Math.min(nextFromMs, revoked.get(streamId) ?? NEVER),
      };
    },
    claimNear: ({ policy, peril, fromMs, toMs, separationMs }) =>
      [...claims.values()].find(
        (claim) =>
          claim.policy === policy &&
          claim.peril === peril &&
          claim.state !== "rejected" &&
          claim.fromMs < toMs + separationMs &&
          fromMs < claim.toMs + separationMs,
      ),
  };
}
