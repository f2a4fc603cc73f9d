import { slotOf } from "./record.ts";

// insurance.md, "Terms". The same fields, in the same units, as contracts/insurance/Terms.sol; amounts are in the
// smallest unit of the token. Addresses and ids are hex with 0x.

export type Hex = `0x${string}`;

export const SOURCE = { stream: 0, feed: 1 } as const;
export const COMPARISON = { below: 0, atOrBelow: 1, above: 2, atOrAbove: 3 } as const;

export type Comparison = (typeof COMPARISON)[keyof typeof COMPARISON];

/** One step of the ladder: `threshold` as an encoded value, `payoutBps` in 1/10000 of the sum insured. */
export type Tier = { threshold: number; minDurationMs: number; payoutBps: number };

/** A second metric that must hold over the same window; all else is zero where `present` is false. */
export type Condition = { present: boolean; metric: number; comparison: Comparison; threshold: number };

export type Peril = {
  source: (typeof SOURCE)[keyof typeof SOURCE];
  metric: number;
  comparison: Comparison;
  tiers: Tier[];
  validMin: number;
  validMax: number;
  maxGapMs: number;
  maxMissing: number;
  separationSeconds: number;
  deductible: bigint;
  sublimit: bigint;
  second: Condition;
};

export type Terms = {
  product: bigint;
  quoteNumber: bigint;
  farmer: Hex;
  insurer: Hex;
  pond: Hex;
  waterBody: Hex;
  probes: Hex[];
  minSensors: number;
  token: Hex;
  sumInsured: bigint;
  aggregateLimit: bigint;
  premium: bigint;
  premiumDueAt: number;
  startsAt: number;
  waitSeconds: number;
  endsAt: number;
  runOffSeconds: number;
  anchorWithinSeconds: number;
  challengeSeconds: number;
  disputeSeconds: number;
  arbitrationSeconds: number;
  demandSeconds: number;
  allowedFlags: number;
  auditSublimit: bigint;
  perils: Peril[];
};

export type Quote = { terms: Terms; expiresAt: number };

export const NO_CONDITION: Condition = {
  present: false,
  metric: slotOf("oxygen"),
  comparison: COMPARISON.below,
  threshold: 0,
};
