import { PURPOSES } from "../../../protocol/consent.ts";
import type { ClaimSummary, Overview, PolicyView, PondSummary } from "../../api.ts";
import type { Directory } from "../directory.ts";
import type { LedgerPolicy } from "../ledger-view.ts";
import type { AccessLog } from "./access-log.ts";
import type { Viewer } from "./viewer.ts";

/** What of a list somebody sees: the one place in which lists are narrowed. */
export type Sight = {
  /** Farms and ponds by name; none for whoever is not signed in. */
  facts(viewer: Viewer | null): Pick<Overview, "farms" | "ponds">;
  /** With `what`, whoever is not their farmer is noted as having read them. */
  ponds(
    viewer: Viewer,
    all: PondSummary[],
    options: { farm?: string | undefined; what?: string },
  ): PondSummary[];
  policies(viewer: Viewer, all: PolicyView[], options: { farm?: string | undefined }): PolicyView[];
  claims(viewer: Viewer, all: ClaimSummary[], options: { farm?: string | undefined }): ClaimSummary[];
};

export function createSight({
  directory,
  policies,
  accessLog,
}: {
  directory: Directory;
  policies: () => readonly LedgerPolicy[];
  accessLog: AccessLog;
}): Sight {
  const idOf = (pond: string) => directory.ponds.find(({ id }) => id === pond)?.ledgerId;
  const seesPolicy = (viewer: Viewer, id: string) => {
    const policy = policies().find((candidate) => candidate.id.toString() === id);
    return policy !== undefined && viewer.seesPolicy(policy);
  };
  const ofFarm =
    (farm: string | undefined) =>
    (one: { farm: string | null }): boolean =>
      farm === undefined || one.farm === farm;

  return {
    facts(viewer) {
      const ponds = directory.ponds.filter(
        ({ ledgerId }) => viewer?.basisFor(ledgerId, PURPOSES) !== undefined,
      );
      return {
        farms: directory.farms.filter(({ id }) => ponds.some(({ farm }) => farm === id)),
        ponds: ponds.map(({ ledgerId: _, probes: __, ...facts }) => facts),
      };
    },
    ponds: (viewer, all, { farm, what }) =>
      all.filter(ofFarm(farm)).flatMap((summary) => {
        const pond = idOf(summary.id);
        const basis = pond && viewer.basisFor(pond, PURPOSES);
        if (pond === undefined || basis === undefined) return [];
        if (what !== undefined && basis !== "farmer")
          accessLog.note({ pond, account: viewer.account, basis, what });
        const mine = summary.claims.filter(({ policy }) => seesPolicy(viewer, policy));
        return [{ ...summary, claims: mine }];
      }),
    policies: (viewer, all, { farm }) => all.filter(ofFarm(farm)).filter(({ id }) => seesPolicy(viewer, id)),
    claims: (viewer, all, { farm }) =>
      all.filter(ofFarm(farm)).filter(({ policy }) => seesPolicy(viewer, policy)),
  };
}
