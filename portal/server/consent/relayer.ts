import type { Account } from "../../../ledger/account.ts";
import type { Ledger } from "../../../ledger/client.ts";
import { type ConsentGrant, grantData, withdrawData } from "../../../ledger/consents.ts";
import {
  executeTransaction,
  type ForwardRequest,
  type ForwardTypedData,
  prepareForward,
} from "../../../ledger/forward.ts";
import type { Hex } from "../../../protocol/terms.ts";

/** What a farmer can have sent for him. */
export type ConsentAct =
  | ({ act: "grant" } & ConsentGrant)
  | ({ act: "withdraw" } & Omit<ConsentGrant, "until">);

/** Sends what farmers signed, and pays for it. */
export type Relayer = {
  prepare(from: Hex, act: ConsentAct): Promise<ForwardTypedData>;
  send(request: { message: ForwardRequest; signature: Hex; signal: AbortSignal }): Promise<{
    transactionHash: Hex;
  }>;
};

/** A relayer that pays with an account's coins. */
export function createRelayer({ ledger, account }: { ledger: Ledger; account: Account }): Relayer {
  return {
    prepare(from, act) {
      const data = act.act === "grant" ? grantData(ledger, act) : withdrawData(ledger, act);
      return prepareForward(ledger, { from, to: "ConsentRegistry", data });
    },
    async send({ message, signature, signal }) {
      const transaction = await executeTransaction(ledger, { message, signature });
      const { hash } = await account.submit(transaction, signal);
      return { transactionHash: hash as Hex };
    },
  };
}
