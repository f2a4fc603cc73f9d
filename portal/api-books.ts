import type { Hex } from "../protocol/terms.ts";

// What the ledger's books say, as the portal's server hands it on; amounts in the token's smallest unit, as digits.

/** The insurer's pool. `locked` is the part that policies in force may need, `reserved` that part that open claims may take. */
export type PoolView = {
  capital: string;
  locked: string;
  reserved: string;
  unearned: string;
  owed: string;
  cooldownMs: number;
};

export type ProductView = {
  number: string;
  insurer: Hex;
  approved: boolean;
  maxSumInsured: string;
  maxPerWaterBody: string;
  approvalLimit: string;
  maxTermMs: number;
  providerFeeBps: number;
  /** SHA-256 of the wording that the farmer reads. */
  document: Hex;
};

/** What stands behind an operator's batches. `leaving` was asked back and can still be slashed. */
export type BondView = { operator: Hex; bond: string; leaving: string; suffices: boolean; slashed: number };

/** A decoded argument of an event: numbers as digits. */
export type EventValue = string | boolean | EventValue[] | { [name: string]: EventValue };

export type EventView = {
  contract: string;
  name: string;
  block: number;
  logIndex: number;
  transaction: Hex;
  timeMs: number;
  args: { name: string; type: string; value: EventValue }[];
};

/** Newest first; `before` asks for the next page, null when there is none. */
export type EventsPage = { events: EventView[]; before: number | null };
