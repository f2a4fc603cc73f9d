import type { EventKind, LedgerEvent } from "../ledger/events.ts";
import type { Terms } from "../protocol/terms.ts";
import type { Service } from "./watch.ts";

/** A policy as the ledger's events tell it; `coverFromS` is undefined until the premium is complete. */
export type PolicyView = {
  id: bigint;
  terms: Terms;
  coverFromS: number | undefined;
  /** Lapsed or closed. */
  terminal: boolean;
};

/** A claim as the ledger's events tell it. */
export type ClaimView = {
  id: bigint;
  policy: bigint;
  peril: number;
  state: "evaluated" | "payable" | "paid";
  fromMs: number;
  toMs: number;
  payoutBps: number;
  amount: bigint;
  payableFromS: number;
};

/** The events that a book is kept from. */
export const BOOK_EVENTS = [
  "DeviceBound",
  "DeviceRevoked",
  "PolicyTerms",
  "CoverStarts",
  "PolicyLapsed",
  "PolicyClosed",
  "ClaimEvaluated",
  "ClaimPayable",
  "ClaimPaid",
  "ClaimsMerged",
] as const satisfies readonly EventKind[];

export type BookEvent = LedgerEvent<(typeof BOOK_EVENTS)[number]>;

/** What the claims agent knows of the ledger: nothing but its events. */
export type ClaimBook = {
  apply(event: BookEvent): void;
  policies(): Iterable<PolicyView>;
  claims(): Iterable<ClaimView>;
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

export function createClaimBook(): ClaimBook {
  const policies = new Map<bigint, PolicyView>();
  const claims = new Map<bigint, ClaimView>();
  const bindings = new Map<string, { pond: string; fromMs: number }[]>();
  const revoked = new Map<string, number>();

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
      case "PolicyTerms": {
        const { policy: id, terms } = event;
        policies.set(id, { id, terms, coverFromS: undefined, terminal: false });
        return;
      }
      case "CoverStarts":
        change(policies.get(event.policy), { coverFromS: event.from });
        return;
      case "PolicyLapsed":
      case "PolicyClosed":
        change(policies.get(event.policy), { terminal: true });
        return;
      case "ClaimEvaluated": {
        const { claim: id, policy, peril, fromMs, toMs, payoutBps, amount, payableFrom } = event;
        const view = { id, policy, peril, fromMs, toMs, payoutBps, amount, payableFromS: payableFrom };
        claims.set(id, { ...view, state: "evaluated" });
        return;
      }
      case "ClaimPayable":
        change(claims.get(event.claim), { state: "payable", amount: event.amount });
        return;
      case "ClaimPaid": {
        const claim = claims.get(event.claim);
        // A claim that is being topped up can be paid the part that was final before.
        if (claim?.state === "payable") claim.state = "paid";
        return;
      }
      case "ClaimsMerged":
        claims.delete(event.claim);
        return;
    }
  };

  return {
    apply,
    policies: () => policies.values(),
    claims: () => claims.values(),
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
          claim.fromMs < toMs + separationMs &&
          fromMs < claim.toMs + separationMs,
      ),
  };
}
