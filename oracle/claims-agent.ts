import type { Account } from "../ledger/account.ts";
import { collectTransaction, finalizeTransaction, proveTransaction } from "../ledger/claims.ts";
import type { Ledger } from "../ledger/client.ts";
import { isRevert } from "../ledger/errors.ts";
import { createEventReader } from "../ledger/events.ts";
import { isPondproofError } from "../protocol/errors.ts";
import { occurrenceAmount } from "../protocol/evaluate.ts";
import { SOURCE } from "../protocol/terms.ts";
import { BOOK_EVENTS, type ClaimView, createClaimBook, type PolicyView } from "./claim-book.ts";
import { assembleClaim, type ClaimProof } from "./claim-proof.ts";
import type { Log } from "./log.ts";
import { createPolicyWatch, type PolicyWatch } from "./policy-watch.ts";
import type { Prover } from "./proofs.ts";
import type { Store } from "./store.ts";

export type AgentStats = {
  policiesWatched: number;
  /** Claims opened and topped up, made payable, collected. */
  proven: number;
  finalized: number;
  collected: number;
  /** Calls that a contract refused, by its custom error. */
  refused: Record<string, number>;
};

/**
 * Claims for the farmer: opens a claim as soon as anchored readings meet the first tier, tops it up as they meet a
 * higher one, makes it payable and, for anybody may, has it paid to its holder. It knows only the ledger's events and
 * the oracle's store, so it can be killed at any point.
 */
export type ClaimsAgent = {
  readonly stats: Readonly<AgentStats>;
  /**
   * Does what is to be done now, and tells whether there is more at once.
   * @throws LEDGER_* other than a contract's refusal, which is logged once and tried again only on new facts
   */
  turn(signal: AbortSignal): Promise<"again" | "idle">;
};

export function createClaimsAgent({
  ledger,
  account,
  store,
  prover,
  log,
  collectForHolder = true,
}: {
  ledger: Ledger;
  account: Account;
  store: Store;
  prover: Prover;
  log: Log;
  collectForHolder?: boolean;
}): ClaimsAgent {
  const book = createClaimBook();
  const events = createEventReader({ ledger, kinds: BOOK_EVENTS });
  const watches = new Map<bigint, PolicyWatch>();
  const refusedBefore = new Set<string>();
  const stats: AgentStats = { policiesWatched: 0, proven: 0, finalized: 0, collected: 0, refused: {} };

  const follow = async (): Promise<void> => {
    for (let done = false; !done; ) {
      const part = await events.next();
      for (const event of part.events) book.apply(event);
      done = part.done;
    }
  };

  /** Sends, unless the same was refused on the same facts before; tells whether it went through. */
  const attempt = async (
    what: string,
    build: () => ReturnType<typeof finalizeTransaction>,
    signal: AbortSignal,
  ): Promise<boolean> => {
    if (refusedBefore.has(what)) return false;
    try {
      await account.submit(await build(), signal);
      return true;
    } catch (error) {
      if (!isPondproofError(error, "LEDGER_REVERTED")) throw error;
      // The clock of the chain answers this one.
      if (!isRevert(error, "NotYetPayable")) refusedBefore.add(what);
      const name = String(error.facts.error);
      stats.refused[name] = (stats.refused[name] ?? 0) + 1;
      log.warn({ code: error.code, ...error.facts, what }, "the claim contract refused");
      return false;
    }
  };

  const proveAll = async (watch: PolicyWatch, signal: AbortSignal): Promise<void> => {
    const { policy } = watch;
    for (const { peril, breach } of watch.breaches()) {
      const rules = policy.terms.perils[peril]!;
      const near = book.claimNear({
        policy: policy.id,
        peril,
        ...breach,
        separationMs: rules.separationSeconds * 1000,
      });
      const paysMore = (payoutBps: number) =>
        payoutBps > (near?.payoutBps ?? 0) &&
        occurrenceAmount(policy.terms, rules, payoutBps) > (near?.amount ?? 0n);
      if (!paysMore(breach.payoutBps)) continue;
      const proof = assembleClaim({ policy, peril, breach, store, prover });
      if (proof === undefined || !paysMore(proof.payoutBps)) continue;
      if (await sendProof(policy, proof, signal)) await follow();
    }
  };

  const sendProof = async (policy: PolicyView, proof: ClaimProof, signal: AbortSignal): Promise<boolean> => {
    const { peril, fromMs, toMs, payoutBps, shown } = proof;
    const what = ["prove", policy.id, peril, fromMs, payoutBps, ...shown.map(({ probe }) => probe)].join(":");
    const sent = await attempt(
      what,
      () => proveTransaction(ledger, { policy: policy.id, terms: policy.terms, ...proof }),
      signal,
    );
    if (sent) {
      stats.proven++;
      log.info({ policy: String(policy.id), peril, fromMs, toMs, payoutBps }, "proved a window");
    }
    return sent;
  };

  const settle = async (claim: ClaimView, nowS: number, signal: AbortSignal): Promise<void> => {
    const { id, state, amount, payableFromS } = claim;
    const what = `${state}:${id}:${amount}:${payableFromS}`;
    switch (state) {
      case "evaluated":
        if (nowS < payableFromS) return;
        if (await attempt(what, () => finalizeTransaction(ledger, id), signal)) stats.finalized++;
        return;
      case "payable":
        if (!collectForHolder) return;
        if (await attempt(what, () => collectTransaction(ledger, id), signal)) stats.collected++;
        return;
      case "paid":
        return;
    }
  };

  /** One watch for every policy whose windows can still be proven. */
  const watchPolicies = (nowS: number): void => {
    for (const policy of book.policies()) {
      const { id, terms, coverFromS, terminal } = policy;
      const insured = terms.perils.some(({ source }) => source === SOURCE.stream);
      const over = terminal || nowS > terms.endsAt + terms.runOffSeconds;
      if (over) watches.delete(id);
      else if (insured && coverFromS !== undefined && !watches.has(id))
        watches.set(id, createPolicyWatch({ policy: { ...policy, coverFromS }, book, store }));
    }
    stats.policiesWatched = watches.size;
  };

  return {
    stats,
    async turn(signal) {
      await follow();
      const { timestamp: nowS } = await ledger.head();
      watchPolicies(nowS);
      let more = false;
      for (const watch of watches.values()) {
        more = watch.advance() || more;
        await proveAll(watch, signal);
        watch.prune();
      }
      for (const claim of [...book.claims()]) await settle(claim, nowS, signal);
      return more ? "again" : "idle";
    },
  };
}
