import type { TransactionRequest } from "ethers";
import { toHex } from "../protocol/bytes.ts";
import { keccak } from "../protocol/hash.ts";
import type { Hex, Terms } from "../protocol/terms.ts";
import type { ClaimOf } from "./claims.ts";
import type { Ledger } from "./client.ts";

/** On what somebody can stand against a claim; the numbers of IClaims.Ground. */
export const GROUND = { numbers: 3, place: 4, source: 5, cause: 6 } as const;

export type GroundName = keyof typeof GROUND;

/** What stands on the ledger for a statement or document that does not: a hash that nobody can guess it from. */
export function saltedHash({ salt, text }: { salt: Uint8Array; text: string }): Hex {
  return toHex(keccak(salt, new TextEncoder().encode(text)));
}

/** Stands against an evaluated claim, with a bond that the caller has approved. Its holder or the insurer's side. */
export function disputeTransaction(
  ledger: Ledger,
  { claim, terms, ground, reason }: ClaimOf & { ground: GroundName; reason: Hex },
): Promise<TransactionRequest> {
  return ledger.contracts.Disputes.dispute.populateTransaction(claim, terms, GROUND[ground], reason);
}

/** Demands the data of a claim's window, with a bond that the caller has approved. Its holder or the insurer's side. */
export function demandTransaction(ledger: Ledger, { claim, terms }: ClaimOf): Promise<TransactionRequest> {
  return ledger.contracts.Disputes.demand.populateTransaction(claim, terms);
}

/** Rejects a claim whose data nobody showed in time. Anybody. */
export function rejectUnansweredTransaction(ledger: Ledger, claim: bigint): Promise<TransactionRequest> {
  return ledger.contracts.Disputes.rejectUnanswered.populateTransaction(claim);
}

/** Decides a claim as it stood with `onAmount`: the same amount upholds it, 0 rejects it. An arbiter only. */
export function ruleTransaction(
  ledger: Ledger,
  { claim, terms, onAmount, amount }: ClaimOf & { onAmount: bigint; amount: bigint },
): Promise<TransactionRequest> {
  return ledger.contracts.Disputes.rule.populateTransaction(claim, terms, onAmount, amount);
}

/** Lets an evaluation stand whose arbiter is late. Anybody. */
export function timeOutTransaction(ledger: Ledger, { claim, terms }: ClaimOf): Promise<TransactionRequest> {
  return ledger.contracts.Disputes.timeOut.populateTransaction(claim, terms);
}

/** Asks the arbiter for what the index does not give. The policy's holder only. */
export function openAuditTransaction(
  ledger: Ledger,
  { policy, terms, amount, documents }: { policy: bigint; terms: Terms; amount: bigint; documents: Hex },
): Promise<TransactionRequest> {
  return ledger.contracts.Disputes.openAudit.populateTransaction(policy, terms, amount, documents);
}

/** Pays bonds and parts of bonds that an account may have. Anybody. */
export function withdrawBondsTransaction(ledger: Ledger, account: string): Promise<TransactionRequest> {
  return ledger.contracts.Disputes.withdraw.populateTransaction(account);
}
