import { encodeValue, FLAG, slotOf } from "../protocol/record.ts";
import {
  COMPARISON,
  type Condition,
  type Hex,
  NO_CONDITION,
  type Peril,
  SOURCE,
  type Terms,
  type Tier,
} from "../protocol/terms.ts";

const HOUR_MS = 3_600_000;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** Cover begins this long after the premium is paid. */
export const WAIT_SECONDS = 7 * DAY_S;

/** So many probes must show an event at the same time. */
export const PROBES_NEEDED = 2;

// Per mu and year: within what Chinese pond products insure (1,500–5,000 CNY) and charge (4–12 %); domain.md §1.4.
const FEN = 100n;
const SUM_INSURED_PER_MU = 4_000n * FEN;
const RATE_BPS = 800n;

/** The ladder of insurance.md for largemouth bass: hours below 2 mg/L, and what they pay. */
export const LADDER: Tier[] = [
  { threshold: encodeValue(2), minDurationMs: 2 * HOUR_MS, payoutBps: 1_000 },
  { threshold: encodeValue(2), minDurationMs: 4 * HOUR_MS, payoutBps: 4_000 },
  { threshold: encodeValue(2), minDurationMs: 6 * HOUR_MS, payoutBps: 7_000 },
  { threshold: encodeValue(2), minDurationMs: 8 * HOUR_MS, payoutBps: 10_000 },
];

/** The motors drew current throughout: nobody switched the aerator off. */
const AERATOR_ON: Condition = {
  present: true,
  metric: slotOf("current"),
  comparison: COMPARISON.above,
  threshold: encodeValue(0.5),
};

/** What the pond's data is like: readings of a model with an aerator, or rows of a recording without one. */
export type DataKind = { readingEveryMs: number; hasAerator: boolean };

/** The peril of the demo's product. */
export function oxygenPeril({ readingEveryMs, hasAerator }: DataKind, sumInsured: bigint): Peril {
  return {
    source: SOURCE.stream,
    metric: slotOf("oxygen"),
    comparison: COMPARISON.below,
    tiers: LADDER,
    validMin: encodeValue(-0.1),
    validMax: encodeValue(25),
    // A restart or a lost reading is forgiven, a silence in which the water may have recovered is not.
    maxGapMs: Math.max(20 * 60_000, 2 * readingEveryMs + 5 * 60_000),
    maxMissing: 5,
    separationSeconds: 6 * HOUR_S,
    deductible: 0n,
    sublimit: sumInsured,
    second: hasAerator ? AERATOR_ON : NO_CONDITION,
  };
}

/**
 * What becomes of the premium: a tenth of what is kept pays for sensors and ledger, and four fifths of the season left go
 * back to who cancels. Low oxygen is a summer's risk: of twelve parts of the year, July and August weigh most.
 */
export function productCharges(provider: Hex) {
  return {
    provider,
    providerFeeBps: 1_000,
    cancelRefundBps: 8_000,
    seasonWeights: [1, 1, 2, 4, 8, 16, 24, 24, 12, 4, 2, 1],
  };
}

/** Terms of one pond's policy for a season that begins at `startsAt` (seconds). */
export function pondTerms(
  pond: {
    quoteNumber: bigint;
    areaMu: number;
    farmer: Hex;
    pond: Hex;
    waterBody: Hex;
    probes: Hex[];
    data: DataKind;
  },
  frame: { product: bigint; insurer: Hex; token: Hex; startsAt: number },
): Terms {
  const sumInsured = BigInt(pond.areaMu) * SUM_INSURED_PER_MU;
  return {
    product: frame.product,
    quoteNumber: pond.quoteNumber,
    farmer: pond.farmer,
    insurer: frame.insurer,
    pond: pond.pond,
    waterBody: pond.waterBody,
    probes: pond.probes.toSorted(),
    minSensors: PROBES_NEEDED,
    token: frame.token,
    sumInsured,
    aggregateLimit: sumInsured,
    premium: (sumInsured * RATE_BPS) / 10_000n,
    premiumDueAt: frame.startsAt + DAY_S,
    startsAt: frame.startsAt,
    waitSeconds: WAIT_SECONDS,
    endsAt: frame.startsAt + 120 * DAY_S,
    runOffSeconds: 14 * DAY_S,
    anchorWithinSeconds: 90 * 60,
    challengeSeconds: DAY_S,
    disputeSeconds: DAY_S,
    arbitrationSeconds: 7 * DAY_S,
    demandSeconds: DAY_S,
    // The water is a model or a recording, and its records say so; a real policy does not allow that flag.
    allowedFlags: FLAG.simulated | FLAG.firstAfterPowerUp,
    auditSublimit: sumInsured / 10n,
    perils: [oxygenPeril(pond.data, sumInsured)],
  };
}
