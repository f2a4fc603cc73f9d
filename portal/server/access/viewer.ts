import type { Purpose } from "../../../protocol/consent.ts";
import type { Hex } from "../../../protocol/terms.ts";
import type { Basis, Role } from "../../api.ts";
import type { LedgerPolicy } from "../ledger-view.ts";
import type { Standing } from "./standing.ts";

/** Somebody who is signed in, and what he may read as of a block. */
export type Viewer = {
  readonly account: Hex;
  readonly roles: readonly Role[];
  isFarmerOf(pond: Hex): boolean;
  /** On which ground he may read a pond's data for one of these purposes; none: he may not. */
  basisFor(pond: Hex, purposes: readonly Purpose[]): Basis | undefined;
  /** Whether a policy, its claims and their amounts are his business. */
  seesPolicy(policy: LedgerPolicy): boolean;
};

/** While one of these lasts, the insurer checks claims under it: the farmer signed the terms that say so. */
const IN_FORCE: ReadonlySet<LedgerPolicy["state"]> = new Set([
  "bound",
  "waiting",
  "active",
  "run-off",
  "ended",
  "exhausted",
]);

/** What the ledger and the policies let an account see at a moment. */
export function createViewer({
  account,
  standing,
  policies,
  nowMs,
}: {
  account: Hex;
  standing: Standing;
  policies: readonly LedgerPolicy[];
  nowMs: number;
}): Viewer {
  const powers = standing.rolesOf(account, nowMs);
  const has = (role: Role) => powers.includes(role);
  const isMe = (other: Hex) => other.toLowerCase() === account.toLowerCase();
  /** The registry's word; of a pond that nobody has enrolled, its newest policy's. */
  const farmerOf = (pond: Hex) =>
    standing.farmerOf(pond) ?? policies.findLast(({ terms }) => terms.pond === pond)?.terms.farmer;
  const isFarmerOf = (pond: Hex) => {
    const farmer = farmerOf(pond);
    return farmer !== undefined && isMe(farmer);
  };
  const insures = ({ terms }: LedgerPolicy) => isMe(terms.insurer) || has("claims-officer");
  const isFarmer =
    standing.pondsOf(account).length > 0 || policies.some(({ terms }) => isFarmerOf(terms.pond));

  return {
    account,
    roles: isFarmer ? ["farmer", ...powers] : powers,
    isFarmerOf,
    seesPolicy: (policy) =>
      isFarmerOf(policy.terms.pond) || insures(policy) || has("arbiter") || has("auditor"),
    basisFor(pond, purposes) {
      if (isFarmerOf(pond)) return "farmer";
      if (has("registrar") || has("operator")) return "provider";
      if (has("auditor")) return "auditor";
      const insured = policies.filter(({ terms }) => terms.pond === pond);
      if (purposes.includes("claims")) {
        if (has("arbiter") && insured.length > 0) return "arbiter";
        if (insured.some((policy) => IN_FORCE.has(policy.state) && insures(policy))) return "policy";
      }
      const consent = standing
        .consentsOf(pond)
        .find(
          ({ institution, purpose, untilMs }) =>
            purposes.includes(purpose) && untilMs > nowMs && standing.readsFor(account, institution),
        );
      return consent?.purpose;
    },
  };
}
