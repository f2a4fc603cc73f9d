import type { Loadings } from "./product.ts";
import type { SeasonLosses } from "./season-losses.ts";

const FULL = 10_000n;

/** A season's premium and every step to it; rates in 1/10000 of the sum insured, rounded up where stated. */
export type Premium = {
  /** What the recordings cost, blended with what such ponds are taken to cost; rounded up. */
  pureBps: bigint;
  /** The same for this pond's risk. */
  riskBps: bigint;
  /** For the width of the interval. */
  uncertaintyBps: bigint;
  /** With expenses and profit, before the limits of the product. */
  loadedBps: bigint;
} & (
  | {
      kind: "offered";
      /** `loadedBps`, or the product's least rate. */
      rateBps: bigint;
      /** In the smallest unit, rounded up. */
      premium: bigint;
    }
  /** It would cost more than the product may: charging the most would be charging too little. */
  | { kind: "declined"; mostRateBps: bigint }
);

/**
 * Burning cost with loadings, in whole numbers only.
 *
 * The recordings weigh by their days against `priorDays` of the prior (Bühlmann's credibility): a short recording
 * without a single event says little. `riskFactorBps` is 10000 for an ordinary pond.
 */
export function premiumOf({
  losses,
  loadings,
  riskFactorBps,
  sumInsured,
}: {
  losses: SeasonLosses;
  loadings: Loadings;
  riskFactorBps: number;
  sumInsured: bigint;
}): Premium {
  const [days, priorDays] = [BigInt(losses.days), BigInt(loadings.priorDays)];
  const blended =
    BigInt(losses.sumBps) * days + BigInt(loadings.priorLossBps) * BigInt(losses.seasons) * priorDays;
  const pureBps = divideUp(blended, BigInt(losses.seasons) * (days + priorDays));
  const riskBps = divideUp(pureBps * BigInt(riskFactorBps), FULL);
  const meanBps = BigInt(losses.sumBps) / BigInt(losses.seasons);
  const above = BigInt(losses.highBps) > meanBps ? BigInt(losses.highBps) - meanBps : 0n;
  const uncertaintyBps = divideUp(above * BigInt(loadings.uncertaintyBps), FULL);
  const kept = FULL - BigInt(loadings.expensesBps + loadings.profitBps);
  const loadedBps = divideUp((riskBps + uncertaintyBps) * FULL, kept);
  const [least, most] = [BigInt(loadings.leastRateBps), BigInt(loadings.mostRateBps)];
  const steps = { pureBps, riskBps, uncertaintyBps, loadedBps };
  if (loadedBps > most) return { ...steps, kind: "declined", mostRateBps: most };
  const rateBps = loadedBps < least ? least : loadedBps;
  return { ...steps, kind: "offered", rateBps, premium: divideUp(sumInsured * rateBps, FULL) };
}

function divideUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
