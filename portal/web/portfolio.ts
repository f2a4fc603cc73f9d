import { decodeValue, slotOf } from "../../protocol/record.ts";
import { COMPARISON } from "../../protocol/terms.ts";
import type { PolicyView, PondSummary } from "../api.ts";

/** How near a pond is to what its policy pays for: already beyond it since a while, or above it by so much. */
export type Nearness =
  | { kind: "beyond"; durationMs: number; pond: string }
  | { kind: "above"; marginMgPerL: number; pond: string };

/** Cover on one water body; amounts in the token's smallest unit. `worstCase`: what its policies can still pay. */
export type Exposure = {
  waterBody: string;
  ponds: string[];
  policies: number;
  sumInsured: bigint;
  worstCase: bigint;
  premium: bigint;
  paid: bigint;
  nearest: Nearness | null;
};

const OXYGEN = slotOf("oxygen");
const IN_FORCE: readonly PolicyView["state"][] = ["waiting", "active", "run-off"];

/** Cover in force by water body, the greatest worst case first. */
export function exposuresOf(policies: readonly PolicyView[], ponds: readonly PondSummary[]): Exposure[] {
  const inForce = policies.filter(({ state }) => IN_FORCE.includes(state));
  const bodies = Map.groupBy(inForce, ({ terms }) => terms.waterBody);
  return [...bodies]
    .map(([waterBody, own]): Exposure => {
      const sum = (amount: (policy: PolicyView) => string) =>
        own.reduce((total, policy) => total + BigInt(amount(policy)), 0n);
      const paid = sum((policy) => policy.paid);
      return {
        waterBody,
        ponds: own.flatMap(({ pond }) => (pond === null ? [] : [pond])),
        policies: own.length,
        sumInsured: sum(({ terms }) => terms.sumInsured),
        worstCase: own.reduce((total, policy) => total + stillPayable(policy), 0n),
        premium: sum((policy) => policy.premiumPaid),
        paid,
        nearest: nearestOf(own, ponds),
      };
    })
    .sort((a, b) => (a.worstCase === b.worstCase ? 0 : a.worstCase < b.worstCase ? 1 : -1));
}

function stillPayable({ terms, paid }: PolicyView): bigint {
  const rest = BigInt(terms.aggregateLimit) - BigInt(paid);
  return rest > 0n ? rest : 0n;
}

function nearestOf(policies: readonly PolicyView[], ponds: readonly PondSummary[]): Nearness | null {
  const all = policies.flatMap((policy) => {
    const pond = ponds.find(({ id }) => id === policy.pond);
    const nearness = pond && nearnessOf(policy, pond);
    return nearness ? [nearness] : [];
  });
  return all.sort(nearerFirst)[0] ?? null;
}

function nearnessOf({ terms }: PolicyView, pond: PondSummary): Nearness | undefined {
  if (pond.breach !== null) return { kind: "beyond", durationMs: pond.breach.durationMs, pond: pond.id };
  const thresholds = terms.perils
    .filter(({ metric, comparison }) => metric === OXYGEN && comparison === COMPARISON.below)
    .flatMap(({ tiers }) => tiers.map(({ threshold }) => decodeValue(threshold)));
  if (pond.oxygenMgPerL === null || thresholds.length === 0) return undefined;
  return { kind: "above", marginMgPerL: pond.oxygenMgPerL - Math.max(...thresholds), pond: pond.id };
}

function nearerFirst(a: Nearness, b: Nearness): number {
  if (a.kind === "beyond" && b.kind === "beyond") return b.durationMs - a.durationMs;
  if (a.kind === "above" && b.kind === "above") return a.marginMgPerL - b.marginMgPerL;
  return a.kind === "beyond" ? -1 : 1;
}
