import type { LogDescription } from "ethers";
import { decodeTerms } from "../../../ledger/quotes.ts";
import type { Terms } from "../../../protocol/terms.ts";
import { GROUND, STATE } from "./claim-states.ts";

const AUDIT = 255n;
const NO_BASIS = { batch: 0n, probes: 0n, fromMs: 0n, toMs: 0n, until: 0n, demandUntil: 0n, readings: 0n };

type Fact = Record<string, bigint> & { [name: string]: unknown };

export type Claim = ReturnType<typeof newClaim> & { settledBps: bigint };
export type Policy = ReturnType<typeof newPolicy>;

/** What the insurance contracts hold, as their events alone tell it. */
export type Rebuilt = ReturnType<typeof emptyState>;

export function emptyState() {
  return {
    policies: new Map<bigint, Policy>(),
    claims: new Map<bigint, Claim>(),
    disputes: new Map<bigint, string>(),
    demands: new Map<bigint, string>(),
    credits: new Map<string, bigint>(),
    fund: new Map<bigint, bigint>(),
    pool: { capital: 0n, unearned: 0n, owed: 0n },
  };
}

function newPolicy(termsHash: unknown) {
  return {
    termsHash,
    terms: undefined as unknown as Terms,
    coverFrom: 0n,
    endsAt: 0n,
    terminal: false,
    cancelled: false,
    premiumPaid: 0n,
    refund: 0n,
    cancelRefund: 0n,
  };
}

function newClaim(policy: bigint, peril: bigint) {
  return {
    policy,
    peril,
    state: STATE.none as bigint,
    fromMs: 0n,
    toMs: 0n,
    payoutBps: 0n,
    payableFrom: 0n,
    amount: 0n,
    paid: 0n,
    settled: 0n,
    ground: GROUND.none as bigint,
    basis: { ...NO_BASIS },
  };
}

/** Takes one event, at the time of its block, into the state. */
export function applyEvent(state: Rebuilt, { name, args }: LogDescription, timeS: bigint): void {
  const fact = args.toObject() as Fact;
  const { pool } = state;
  const policy = state.policies.get(fact.policy!)!;
  const claim = state.claims.get(fact.claim!)!;
  switch (name) {
    case "PolicyBound":
      return void state.policies.set(fact.policy!, newPolicy(fact.termsHash));
    case "PolicyTerms":
      policy.terms = decodeTerms(String(fact.terms));
      if (policy.endsAt === 0n) policy.endsAt = BigInt(policy.terms.endsAt);
      return;
    case "PolicyEndorsed":
      policy.termsHash = fact.termsHash;
      return;
    case "PremiumPaid":
      policy.premiumPaid = fact.total!;
      return;
    case "CoverStarts":
      policy.coverFrom = fact.from!;
      return;
    case "PolicyLapsed":
      return void Object.assign(policy, { terminal: true, refund: policy.premiumPaid });
    case "PolicyCancelled": {
      const { endsAt, refund } = fact;
      const covered = policy.coverFrom > 0n && endsAt! >= policy.coverFrom;
      policy.cancelled = true;
      return void Object.assign(
        policy,
        covered ? { endsAt, cancelRefund: refund } : { terminal: true, refund },
      );
    }
    case "OutageRefunded":
      policy.refund += fact.amount!;
      return;
    case "PolicyClosed":
      Object.assign(policy, { terminal: true, cancelled: false, refund: fact.refund, cancelRefund: 0n });
      return;
    case "CapitalDeposited":
    case "CapitalContributed":
      pool.capital += fact.amount!;
      return;
    case "CapitalRedeemed":
    case "PayoutMade":
      pool.capital -= fact.amount!;
      return;
    case "PremiumTaken":
      pool.unearned += fact.amount!;
      return;
    case "PremiumGivenBack":
      pool.unearned -= fact.amount!;
      return;
    case "PremiumEarned":
      pool.capital += fact.amount!;
      pool.unearned -= fact.amount! + fact.fee!;
      pool.owed += fact.fee!;
      return;
    case "FeesPaid":
      pool.owed -= fact.amount!;
      return;
    case "FundCredited":
      return void state.fund.set(fact.credit!, fact.amount!);
    case "FundTaken":
    case "FundToPool":
      return void state.fund.delete(fact.credit!);
    case "DisputeOpened":
      return void state.disputes.set(fact.claim!, String(fact.by));
    case "DataDemanded":
      return void state.demands.set(fact.claim!, String(fact.by));
    case "DisputeEnded":
      return void state.disputes.delete(fact.claim!);
    case "DemandEnded":
      return void state.demands.delete(fact.claim!);
    case "Credited":
    case "Withdrawn": {
      const account = String(fact.account);
      const change = name === "Credited" ? fact.amount! : -fact.amount!;
      return void state.credits.set(account, (state.credits.get(account) ?? 0n) + change);
    }
    case "DisputeRuled":
      state.disputes.delete(fact.claim!);
      return void ruled(claim, state.policies.get(claim.policy)!.terms, fact);
    case "ClaimEvaluated":
    case "AuditOpened":
    case "ClaimsMerged":
    case "ClaimCorrected":
    case "ClaimRests":
    case "ClaimDisputed":
    case "ClaimDataDemanded":
    case "ClaimReopened":
    case "ClaimRejected":
    case "ClaimPayable":
    case "ClaimPaid":
      return void applyToClaim(state, { name, fact, timeS });
  }
}

function applyToClaim(
  state: Rebuilt,
  { name, fact, timeS }: { name: string; fact: Fact; timeS: bigint },
): void {
  const claim = state.claims.get(fact.claim!)!;
  const over = { ...claim?.basis, until: 0n, demandUntil: 0n };
  const ground = claim?.ground === GROUND.ruled ? GROUND.ruled : GROUND.none;
  switch (name) {
    case "ClaimEvaluated": {
      const { fromMs, toMs, payoutBps, amount, payableFrom } = fact;
      const before = claim ?? { ...newClaim(fact.policy!, fact.peril!), settledBps: 0n };
      const now = {
        fromMs,
        toMs,
        payoutBps,
        amount,
        payableFrom,
        state: STATE.evaluated,
        ground: GROUND.none,
      };
      return void state.claims.set(fact.claim!, { ...before, ...now } as Claim);
    }
    case "AuditOpened": {
      const atMs = timeS * 1000n;
      const basis = { ...NO_BASIS, fromMs: atMs };
      const now = { fromMs: atMs, toMs: atMs, amount: fact.amount!, basis, settledBps: 0n };
      return void state.claims.set(fact.claim!, { ...newClaim(fact.policy!, AUDIT), ...now });
    }
    case "ClaimsMerged": {
      const into = state.claims.get(fact.into!)!;
      into.settled += claim.settled;
      into.paid += claim.paid;
      if (claim.settledBps > into.settledBps) into.settledBps = claim.settledBps;
      return void Object.assign(claim, { state: STATE.merged, amount: 0n, settled: 0n, paid: 0n });
    }
    case "ClaimCorrected": {
      const { state: now, payoutBps, amount, payableFrom } = fact;
      if (now === STATE.evaluated) claim.ground = GROUND.none;
      return void Object.assign(claim, { state: now, payoutBps, amount, payableFrom });
    }
    case "ClaimRests":
      claim.basis = (fact.basis as unknown as { toObject(): Claim["basis"] }).toObject();
      return;
    case "ClaimDisputed":
      claim.basis.until = fact.until!;
      return void Object.assign(claim, { state: STATE.disputed, ground: fact.ground });
    case "ClaimDataDemanded":
      claim.basis.demandUntil = fact.until!;
      return;
    case "ClaimReopened":
      return void Object.assign(claim, {
        state: STATE.reopened,
        ground,
        basis: { ...over, until: fact.until },
      });
    case "ClaimRejected": {
      const { settled, paid, settledBps } = claim;
      const now = settled === 0n ? STATE.rejected : settled > paid ? STATE.payable : STATE.paid;
      const left = { amount: settled, payoutBps: settledBps };
      return void Object.assign(claim, { state: now, ground, basis: over, ...left });
    }
    case "ClaimPayable": {
      const { amount } = fact;
      const final = { amount, settled: amount, settledBps: claim.payoutBps };
      return void Object.assign(claim, { state: STATE.payable, ground, basis: over, ...final });
    }
    case "ClaimPaid":
      claim.paid += fact.amount!;
      if (claim.state === STATE.payable) claim.state = STATE.paid;
      return;
  }
}

/** What a ruling changes beside the amount, which `ClaimPayable` or `ClaimRejected` tell. */
function ruled(claim: Claim, { perils }: Terms, { onAmount, amount }: Fact): void {
  if (amount === onAmount) return;
  const audit = claim.peril === AUDIT;
  if (amount! > claim.amount) {
    claim.payoutBps = BigInt(perils[Number(claim.peril)]!.tiers.at(-1)!.payoutBps);
  }
  if (claim.ground >= GROUND.place && !audit) claim.ground = GROUND.ruled;
}
