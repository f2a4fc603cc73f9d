import { BOND } from "../../../../ignition/modules/Pondproof.ts";
import { postBondTransactions } from "../../../../ledger/bond.ts";
import { addressOfKey } from "../../../../ledger/client.ts";
import { keyOf, type TestChain } from "../../ledger/chain.ts";

/** Puts up for the operator what convictions take from him, so that he can go on anchoring. */
export async function topUpBond(chain: TestChain): Promise<void> {
  const { signal } = new AbortController();
  const ledger = await chain.connect("tokenOwner");
  const { account, contracts } = ledger;
  await account.submit(await contracts.Token.mint.populateTransaction(account.address, BOND.minimum), signal);
  const posting = { operator: addressOfKey(keyOf("operator")), amount: BOND.minimum };
  for (const transaction of await postBondTransactions(ledger, posting))
    await account.submit(transaction, signal);
  ledger.close();
}
