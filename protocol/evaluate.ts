import { readUint } from "./bytes.ts";
import { COMPARISON, type Comparison, type Peril, type Terms, type Tier } from "./terms.ts";

// insurance.md, "The trigger". The same decisions, in the same order, as contracts/insurance/Trigger.sol.

/** What one probe shows: the window's aggregates, and the reading before it where that is shown. */
export type ProbeEvidence = {
  firstMs: number;
  lastMs: number;
  maxGapMs: number;
  missing: number;
  flags: number;
  mins: Uint8Array;
  maxs: Uint8Array;
  /** Time, flags and metric word (w1) of the reading before the window. */
  before: { timeMs: number; flags: number; values: Uint8Array } | undefined;
};

/** Why a window is no insured event. */
export type Refusal =
  | { met: false; why: "too-few-sensors"; shown: number; needed: number }
  | { met: false; why: "too-many-missing"; probe: number; missing: number; allowed: number }
  | { met: false; why: "gap-too-long"; probe: number; gapMs: number; allowedMs: number }
  | { met: false; why: "flags-not-allowed"; probe: number; flags: number }
  | { met: false; why: "not-measured"; probe: number; metric: number }
  | { met: false; why: "implausible-values"; probe: number; min: number; max: number }
  | { met: false; why: "second-condition"; probe: number }
  | { met: false; why: "no-tier" }
  | { met: false; why: "began-before-cover" };

export type Evaluation = { met: true; tier: number; payoutBps: number } | Refusal;

/** The low bits of a record's flags; the high ones say which metrics were not measured. */
const STATE_FLAGS = 0xff;

/**
 * The highest tier of a peril that every shown probe meets over one window.
 * `probes` are distinct; `coverFromMs` is when cover began.
 */
export function evaluate({
  peril,
  minSensors,
  allowedFlags,
  coverFromMs,
  probes,
}: {
  peril: Peril;
  minSensors: Terms["minSensors"];
  allowedFlags: Terms["allowedFlags"];
  coverFromMs: number;
  probes: readonly ProbeEvidence[];
}): Evaluation {
  if (probes.length < minSensors)
    return { met: false, why: "too-few-sensors", shown: probes.length, needed: minSensors };
  for (const [probe, evidence] of probes.entries()) {
    const refusal = judgeProbe(probe, evidence, { peril, allowedFlags });
    if (refusal !== undefined) return refusal;
  }
  const met = peril.tiers.map((tier) => probes.every((evidence) => meetsTier(evidence, tier, peril)));
  const tier = met.lastIndexOf(true);
  const highest = peril.tiers[tier];
  if (highest === undefined) return { met: false, why: "no-tier" };
  if (!probes.some(({ before }) => beganInsideCover(before, highest, { peril, allowedFlags, coverFromMs }))) {
    return { met: false, why: "began-before-cover" };
  }
  return { met: true, tier, payoutBps: highest.payoutBps };
}

/** What an occurrence pays in all, before what is left of the limits: sum insured × bps / 10000, less the deductible. */
export function occurrenceAmount(
  { sumInsured }: Pick<Terms, "sumInsured">,
  peril: Peril,
  payoutBps: number,
): bigint {
  const gross = (sumInsured * BigInt(payoutBps)) / 10_000n;
  const net = gross > peril.deductible ? gross - peril.deductible : 0n;
  return net < peril.sublimit ? net : peril.sublimit;
}

/** True when every value between `min` and `max` is beyond the threshold. */
export function isBeyond(
  comparison: Comparison,
  threshold: number,
  { min, max }: { min: number; max: number },
): boolean {
  switch (comparison) {
    case COMPARISON.below:
      return max < threshold;
    case COMPARISON.atOrBelow:
      return max <= threshold;
    case COMPARISON.above:
      return min > threshold;
    case COMPARISON.atOrAbove:
      return min >= threshold;
  }
}

/** Smallest and largest encoded value of a metric in packed words. */
export function rangeOf(
  { mins, maxs }: { mins: Uint8Array; maxs: Uint8Array },
  metric: number,
): { min: number; max: number } {
  return { min: readUint(mins, 4 * metric, 4), max: readUint(maxs, 4 * metric, 4) };
}

function judgeProbe(
  probe: number,
  evidence: ProbeEvidence,
  { peril, allowedFlags }: { peril: Peril; allowedFlags: number },
): Refusal | undefined {
  const { missing, maxGapMs, flags } = evidence;
  if (missing > peril.maxMissing)
    return { met: false, why: "too-many-missing", probe, missing, allowed: peril.maxMissing };
  if (maxGapMs > peril.maxGapMs)
    return { met: false, why: "gap-too-long", probe, gapMs: maxGapMs, allowedMs: peril.maxGapMs };
  if ((flags & STATE_FLAGS & ~allowedFlags) !== 0)
    return { met: false, why: "flags-not-allowed", probe, flags };
  const { min, max } = rangeOf(evidence, peril.metric);
  if (min === 0) return { met: false, why: "not-measured", probe, metric: peril.metric };
  if (min < peril.validMin || max > peril.validMax)
    return { met: false, why: "implausible-values", probe, min, max };
  const { second } = peril;
  if (second.present) {
    const range = rangeOf(evidence, second.metric);
    if (range.min === 0) return { met: false, why: "not-measured", probe, metric: second.metric };
    if (!isBeyond(second.comparison, second.threshold, range))
      return { met: false, why: "second-condition", probe };
  }
  return undefined;
}

function meetsTier(evidence: ProbeEvidence, tier: Tier, peril: Peril): boolean {
  return (
    evidence.lastMs - evidence.firstMs >= tier.minDurationMs &&
    isBeyond(peril.comparison, tier.threshold, rangeOf(evidence, peril.metric))
  );
}

/**
 * True when the reading before the window is sound, lies outside the breach, and inside the cover: so the event began inside the
 * cover. A reading that could not prove a breach cannot prove its beginning either.
 */
export function beganInsideCover(
  before: ProbeEvidence["before"],
  tier: Tier,
  { peril, allowedFlags, coverFromMs }: { peril: Peril; allowedFlags: number; coverFromMs: number },
): boolean {
  if (before === undefined || before.timeMs < coverFromMs) return false;
  if ((before.flags & STATE_FLAGS & ~allowedFlags) !== 0) return false;
  const value = readUint(before.values, 4 * peril.metric, 4);
  if (value === 0 || value < peril.validMin || value > peril.validMax) return false;
  return !isBeyond(peril.comparison, tier.threshold, { min: value, max: value });
}
