import type { TransactionRequest } from "ethers";
import type { Hex } from "../protocol/terms.ts";
import type { Ledger } from "./client.ts";

/** An operator's bond, in the token's smallest unit: what counts for anchoring, and what he has asked back. */
export type Stake = { bond: bigint; leaving: bigint; suffices: boolean };

/** What stands behind an operator's batches. */
export async function readStake(ledger: Ledger, operator: string): Promise<Stake> {
  const { OperatorBond } = ledger.contracts;
  const [{ bond, leaving }, suffices] = await Promise.all([
    OperatorBond.stake(operator),
    OperatorBond.suffices(operator),
  ]);
  return { bond, leaving, suffices };
}

/** The two transactions, in order, by which anybody adds to an operator's bond from his own tokens. */
export function postBondTransactions(
  ledger: Ledger,
  { operator, amount }: { operator: string; amount: bigint },
): Promise<[allow: TransactionRequest, post: TransactionRequest]> {
  const { OperatorBond, Token } = ledger.contracts;
  return Promise.all([
    Token.approve.populateTransaction(ledger.deployment.contracts.OperatorBond, amount),
    OperatorBond.post.populateTransaction(operator, amount),
  ]);
}

/** Pays a challenger his rewards, that of his newest conviction about this stream included. */
export function collectRewardTransaction(ledger: Ledger, streamId: Hex): Promise<TransactionRequest> {
  return ledger.contracts.OperatorBond.collectReward.populateTransaction(streamId);
}

/** Hands what slashes for a stream brought its policyholders to their fund. Anybody. */
export function forwardTransaction(ledger: Ledger, streamId: Hex): Promise<TransactionRequest> {
  return ledger.contracts.OperatorBond.forward.populateTransaction(streamId);
}
