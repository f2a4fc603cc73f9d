import type { Account } from "../ledger/account.ts";
import { readStanding } from "../ledger/challenges.ts";
import {
  collectTransaction,
  finalizeTransaction,
  proveTransaction,
  reopenTransaction,
} from "../ledger/claims.ts";
import type { Ledger } from "../ledger/client.ts";
import { isRevert } from "../ledger/errors.ts";
import { createEventReader } from "../ledger/events.ts";
import { isPondproofError } from "../protocol/errors.ts";
import { occurrenceAmount } from "../protocol/evaluate.ts";
import { createClaimAnswers } from "./claim-answers.ts";
import { BOOK_EVENTS, type ClaimView, createClaimBook, type PolicyView } from "./claim-book.ts";
import { assembleClaim, type ClaimProof } from "./claim-proof.ts";
import { createFeedBook, FEED_EVENTS } from "./feed-book.ts";
import type { Log } from "./log.ts";
import { type CoveredPolicy, createPolicyWatch, type FoundBreach, type PolicyWatch } from "./policy-watch.ts";
import type { Prover } from "./proofs.ts";
import type { Store } from "./store.ts";
import { weatherProofs } from "./weather-claims.ts";

export type AgentStats = {
  policiesWatched: number;
  /** Claims opened and topped up, reopened because what they rested on fell, made payable, collected. */
  proven: number;
  reopened: number;
  finalized: number;
  collected: number;
  /** Demands for data that were answered by signed frames. */
  answered: number;
  /** Calls that a contract refused, by its custom error. */
  refused: Record<string, number>;
};

/**
 * Claims for the farmer: opens a claim as soon as anchored readings meet the first tier, tops it up as they meet a
 * higher one, makes it payable and, for anybody may, has it paid to its holder. Where a stream became void that a claim
 * rests on, it reopens the claim and proves it again; where its data is demanded, it shows the signed frames. It knows only the ledger's events and the oracle's store, so it can
 * be killed at any point.
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
  const feeds = createFeedBook();
  const events = createEventReader({ ledger, kinds: [...BOOK_EVENTS, ...FEED_EVENTS] });
  const answers = createClaimAnswers({ ledger, account, store });
  /** By policy and the time its terms are in force. */
  const watches = new Map<string, PolicyWatch>();
  /** The best window of every occurrence that was found, for when its claim must be proven again. */
  const known = new WeakMap<PolicyWatch, FoundBreach[]>();
  const refusedBefore = new Set<string>();
  let fallen = 0;
  /** By policy and terms: how much weather had been posted when it was looked at. */
  const weatherSeen = new Map<string, number>();
  const stats: AgentStats = {
    policiesWatched: 0,
    proven: 0,
    reopened: 0,
    finalized: 0,
    collected: 0,
    answered: 0,
    refused: {},
  };

  const usable = async (streamId: Uint8Array, batch: number): Promise<boolean> =>
    (await readStanding(ledger, streamId, batch)).usable;

  const follow = async (): Promise<void> => {
    for (let done = false; !done; ) {
      const part = await events.next();
      for (const event of part.events) {
        if (event.kind === "FeedDefined" || event.kind === "ValuePosted") feeds.apply(event);
        else book.apply(event);
      }
      done = part.done;
    }
  };

  /** Acts, unless the same was refused on the same facts before; tells whether it went through. */
  const attempt = async (what: string, act: () => Promise<boolean>): Promise<boolean> => {
    if (refusedBefore.has(what)) return false;
    try {
      return await act();
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

  const send = (what: string, build: () => ReturnType<typeof finalizeTransaction>, signal: AbortSignal) =>
    attempt(what, async () => {
      await account.submit(await build(), signal);
      return true;
    });

  const nearOf = ({ id, terms }: PolicyView, { peril, breach }: FoundBreach): ClaimView | undefined => {
    const separationMs = terms.perils[peril]!.separationSeconds * 1000;
    return book.claimNear({ policy: id, peril, ...breach, separationMs });
  };

  const proveAll = async (watch: PolicyWatch, signal: AbortSignal): Promise<void> => {
    const { policy } = watch;
    const found = known.get(watch) ?? [];
    known.set(watch, found);
    const fresh = watch.breaches();
    for (const breach of fresh) remember(found, breach);
    const again = found.filter((it) => nearOf(policy, it)?.state === "reopened");
    for (const { peril, breach } of new Set([...fresh, ...again])) {
      const near = nearOf(policy, { peril, breach });
      const rules = policy.terms.perils[peril]!;
      // Of a claim that fell, the correction may be late: the arbiter then judges what would else be lost.
      const fell = near?.state === "reopened";
      const bps = fell ? near.settledBps : (near?.payoutBps ?? 0);
      const amount = fell ? near.settled : (near?.amount ?? 0n);
      const paysMore = (payoutBps: number) =>
        payoutBps > bps && occurrenceAmount(policy.terms, rules, payoutBps) > amount;
      if (!paysMore(breach.payoutBps)) continue;
      const sources = { store, prover, usable, evenLate: fell };
      const proof = await assembleClaim({ policy, peril, breach }, sources);
      if (proof === undefined || !paysMore(proof.payoutBps)) continue;
      if (await sendProof(policy, { ...proof, fell }, signal)) await follow();
    }
  };

  /** Proves what the feeds show and no claim pays yet; only after something was posted. */
  const proveWeather = async (policy: CoveredPolicy, signal: AbortSignal): Promise<void> => {
    const key = keyOf(policy);
    if (weatherSeen.get(key) === feeds.posted()) return;
    for (const proof of weatherProofs(policy, feeds)) {
      const { peril, fromMs, toMs, payoutBps } = proof;
      const separationMs = policy.terms.perils[peril]!.separationSeconds * 1000;
      const near = book.claimNear({ policy: policy.id, peril, fromMs, toMs, separationMs });
      const amount = occurrenceAmount(policy.terms, policy.terms.perils[peril]!, payoutBps);
      if (payoutBps <= (near?.payoutBps ?? 0) || amount <= (near?.amount ?? 0n)) continue;
      if (await sendProof(policy, { ...proof, fell: false }, signal)) await follow();
    }
    weatherSeen.set(key, feeds.posted());
  };

  const sendProof = async (
    policy: PolicyView,
    { fell, ...proof }: ClaimProof & { fell: boolean },
    signal: AbortSignal,
  ): Promise<boolean> => {
    const { peril, fromMs, toMs, payoutBps, shown } = proof;
    // What became void may be proven again from a later batch; else another batch shows the same.
    const from = shown.map(({ probe, window, earlier }) =>
      (fell || earlier !== undefined) && "batch" in window ? `${probe}@${window.batch}` : probe,
    );
    const what = ["prove", policy.id, peril, fromMs, payoutBps, ...from].join(":");
    const sent = await send(
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

  /** Asks of every claim that is not final, once after each thing that fell. */
  const reopenFallen = async (signal: AbortSignal): Promise<void> => {
    if (fallen === book.fallen()) return;
    const seen = book.fallen();
    for (const claim of [...book.claims()]) {
      const { id, state, policy, basis } = claim;
      if (basis === undefined || (state !== "evaluated" && state !== "disputed")) continue;
      const terms = book.termsAt(policy, basis.fromMs);
      const { usable: stands, suspect } = await ledger.contracts.Evaluation.standing(policy, terms, basis);
      if (stands && !(suspect && state === "evaluated")) continue;
      const reopen = () => reopenTransaction(ledger, { claim: id, terms });
      if (await send(`reopen:${id}:${basis.batch}:${stands}`, reopen, signal)) stats.reopened++;
    }
    fallen = seen;
    await follow();
  };

  /** Shows the frames behind a claim as long as somebody demands them. */
  const answer = async (claim: ClaimView, signal: AbortSignal): Promise<void> => {
    const { id, basis, demandedUntilS } = claim;
    if (basis === undefined || demandedUntilS === undefined) return;
    const terms = book.termsAt(claim.policy, basis.fromMs);
    const show = () => answers.answer({ ...claim, basis }, terms, signal);
    if (!(await attempt(`answer:${id}:${demandedUntilS}:${basis.toMs}`, show))) return;
    stats.answered++;
    log.info({ claim: String(id), fromMs: basis.fromMs, toMs: basis.toMs }, "showed the data of a claim");
  };

  const settle = async (claim: ClaimView, nowS: number, signal: AbortSignal): Promise<void> => {
    const { id, state, amount, payableFromS, basis, demandedUntilS } = claim;
    const what = `${state}:${id}:${amount}:${payableFromS}`;
    switch (state) {
      case "evaluated": {
        if (demandedUntilS !== undefined) return answer(claim, signal);
        if (basis === undefined || nowS < payableFromS) return;
        const terms = book.termsAt(claim.policy, basis.fromMs);
        if (await send(what, () => finalizeTransaction(ledger, { claim: id, terms }), signal))
          stats.finalized++;
        return;
      }
      case "disputed":
        return answer(claim, signal);
      case "payable":
        if (!collectForHolder) return;
        if (await send(what, () => collectTransaction(ledger, id), signal)) stats.collected++;
        return;
      case "paid":
      case "reopened":
      case "rejected":
        return;
    }
  };

  /** One watch for every policy and terms of it whose windows can still be proven. */
  const watchPolicies = (nowS: number): void => {
    const gone = new Set(watches.keys());
    for (const policy of book.policies()) {
      const { terms, coverFromS, terminal } = policy;
      const over = terminal || nowS > terms.endsAt + terms.runOffSeconds;
      if (over || coverFromS === undefined) continue;
      // An endorsement ends the terms before it: those are watched anew, for what they still judge.
      const key = keyOf(policy);
      gone.delete(key);
      if (!watches.has(key))
        watches.set(key, createPolicyWatch({ policy: { ...policy, coverFromS }, book, store }));
    }
    for (const key of gone) {
      watches.delete(key);
      weatherSeen.delete(key);
    }
    stats.policiesWatched = watches.size;
  };

  return {
    stats,
    async turn(signal) {
      await follow();
      await reopenFallen(signal);
      const { timestamp: nowS } = await ledger.head();
      watchPolicies(nowS);
      let more = false;
      for (const watch of watches.values()) {
        more = watch.advance() || more;
        await proveAll(watch, signal);
        await proveWeather(watch.policy, signal);
        watch.prune();
      }
      for (const claim of [...book.claims()]) await settle(claim, nowS, signal);
      return more ? "again" : "idle";
    },
  };
}

/** A policy on one of its terms. */
function keyOf({ id, fromMs, toMs }: Pick<PolicyView, "id" | "fromMs" | "toMs">): string {
  return `${id}:${fromMs}:${toMs}`;
}

/** Keeps the one that pays more of two windows of one occurrence: those that overlap. */
function remember(found: FoundBreach[], fresh: FoundBreach): void {
  const at = found.findIndex(
    ({ peril, breach }) =>
      peril === fresh.peril && breach.fromMs <= fresh.breach.toMs && fresh.breach.fromMs <= breach.toMs,
  );
  if (at < 0) found.push(fresh);
  else if (fresh.breach.payoutBps >= found[at]!.breach.payoutBps) found[at] = fresh;
}
