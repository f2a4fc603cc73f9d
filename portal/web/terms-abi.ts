import type { Comparison, Condition, Peril, Terms, Tier } from "../../protocol/terms.ts";
import { readArray, readWords, type WordReader } from "./abi-words.ts";

/**
 * Terms out of `abi.encode(terms)`, field by field as in contracts/insurance/Terms.sol.
 * @throws MALFORMED_MESSAGE
 */
export function decodeTerms(encoded: Uint8Array): Terms {
  const words = readWords(encoded).tail();
  return {
    product: words.big(),
    quoteNumber: words.big(),
    farmer: words.address(),
    insurer: words.address(),
    pond: words.hex(),
    waterBody: words.hex(),
    probes: readArray(words.tail(), (probe) => probe.hex()),
    minSensors: words.number(),
    token: words.address(),
    sumInsured: words.big(),
    aggregateLimit: words.big(),
    premium: words.big(),
    premiumDueAt: words.number(),
    startsAt: words.number(),
    waitSeconds: words.number(),
    endsAt: words.number(),
    runOffSeconds: words.number(),
    anchorWithinSeconds: words.number(),
    challengeSeconds: words.number(),
    disputeSeconds: words.number(),
    arbitrationSeconds: words.number(),
    demandSeconds: words.number(),
    allowedFlags: words.number(),
    auditSublimit: words.big(),
    perils: readArray(words.tail(), peril, { tails: true }),
  };
}

function peril(words: WordReader): Peril {
  return {
    source: words.number() as Peril["source"],
    metric: words.number(),
    comparison: words.number() as Comparison,
    tiers: readArray(words.tail(), tier),
    validMin: words.number(),
    validMax: words.number(),
    maxGapMs: words.number(),
    maxMissing: words.number(),
    separationSeconds: words.number(),
    deductible: words.big(),
    sublimit: words.big(),
    second: condition(words),
  };
}

function tier(words: WordReader): Tier {
  return { threshold: words.number(), minDurationMs: words.number(), payoutBps: words.number() };
}

function condition(words: WordReader): Condition {
  return {
    present: words.number() !== 0,
    metric: words.number(),
    comparison: words.number() as Comparison,
    threshold: words.number(),
  };
}
