import type { Hex, Terms } from "../../protocol/terms.ts";
import type { Batch, ClaimState, PolicyState, Transaction } from "../api.ts";

/** What the portal asks of the ledger; amounts in the token's smallest unit, times in ms since 1970 by block time. */
export type LedgerView = {
  policies(options: { signal: AbortSignal }): Promise<LedgerPolicy[]>;
  claims(options: { signal: AbortSignal }): Promise<LedgerClaim[]>;
  /** The newest batches, newest first. */
  batches(options: { limit: number; signal: AbortSignal }): Promise<Batch[]>;
};

/** `terms` as they were bound; `coverFromMs` is null until the premium is complete. */
export type LedgerPolicy = {
  id: bigint;
  state: PolicyState;
  terms: Terms;
  coverFromMs: number | null;
  premiumPaid: bigint;
  reserved: bigint;
  paid: bigint;
};

export type LedgerClaim = {
  id: bigint;
  policy: bigint;
  peril: number;
  state: ClaimState;
  fromMs: number;
  toMs: number;
  payoutBps: number;
  payableFromMs: number;
  amount: bigint;
  paid: bigint;
  /** Everything the ledger emitted about the claim, oldest first. */
  history: ClaimEvent[];
};

/** What an evaluation was asked: the window, the streams shown, and the newest batch that they were shown from. */
export type Proof = { fromMs: number; toMs: number; batch: number; streamIds: Hex[] };

/** `proof` is null where the contract was called by another one; what a claim rested on `fell` when it became void. */
export type ClaimEvent = { transaction: Transaction } & (
  | {
      kind: "evaluated";
      fromMs: number;
      toMs: number;
      payoutBps: number;
      amount: bigint;
      payableFromMs: number;
      proof: Proof | null;
    }
  | { kind: "approved"; officer: Hex; amount: bigint }
  | { kind: "fell" }
  | { kind: "rejected" }
  | { kind: "payable"; amount: bigint }
  | { kind: "paid"; to: Hex; amount: bigint }
);
