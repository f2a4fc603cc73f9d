import type { TransactionRequest } from "ethers";
import type { Hex } from "../protocol/terms.ts";
import type { Ledger } from "./client.ts";

/** IDocuments.Subject. */
export const SUBJECTS = ["quote", "claim"] as const;

/** What a document is about: a claim, or the quote of this number by whoever records it. */
export type DocumentSubject = { kind: (typeof SUBJECTS)[number]; number: bigint };

/** Puts the SHA-256 of a document on the ledger. Anybody. */
export function recordDocumentTransaction(
  ledger: Ledger,
  { kind, number, document }: DocumentSubject & { document: Hex },
): Promise<TransactionRequest> {
  return ledger.contracts.Documents.record.populateTransaction(SUBJECTS.indexOf(kind), number, document);
}
