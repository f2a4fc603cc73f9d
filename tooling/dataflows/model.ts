import type { Action, FlowKind, Identifier, Role, Source, Storage } from "../../protocol/flows.ts";

/** Where a system stands in the standard's system view. */
export type Group =
  | "user-application"
  | "administration-application"
  | "ledger-node"
  | "non-dlt-system"
  | "other-dlt-system";

/** Who takes part: a sub-role. */
export type ModelRole = { id: string; name: string; role: Role };

/** A system that data passes. */
export type Party = { id: string; name: string; group: Group; device: string; roles: string[] };

/** Where data stays, who may read it there, how long, and how it is erased. */
export type Keeping = { at: string; readers: string[]; howLong: string; erasure: string };

export type ModelData = {
  id: string;
  name: string;
  storage: Storage;
  sources: Source[];
  identifiers: Identifier[];
  personal: "no" | "pseudonymous" | "identifying";
  kept: Keeping[];
};

export type Flow = {
  id: string;
  kind: FlowKind;
  from: string;
  to: string;
  data: string[];
  actions: Action[];
  how: string;
};

/** Activities are numbered by their order. */
export type Activity = {
  id: string;
  title: string;
  scope: "intra" | "inter";
  roles: string[];
  data: string[];
  businessIdentifiers: string[];
  flows: Flow[];
};

/** The declared model of a use case: one file of `dataflows/`, of the form of `dataflows/model.schema.json`. */
export type Model = {
  id: string;
  title: string;
  clause: string;
  summary: string;
  roles: ModelRole[];
  parties: Party[];
  data: ModelData[];
  activities: Activity[];
};

/**
 * Between which groups each kind of flow runs, either way. The standard's D ends at the ledger; here it may also end at a
 * system beside it, for what users read there is evidence that the ledger holds by hash. B has legs before the ledger.
 */
export const ENDS: Record<FlowKind, readonly (readonly [Group, Group])[]> = {
  A: [["other-dlt-system", "ledger-node"]],
  B: [
    ["non-dlt-system", "ledger-node"],
    ["non-dlt-system", "non-dlt-system"],
  ],
  C: [["administration-application", "ledger-node"]],
  D: [
    ["user-application", "ledger-node"],
    ["user-application", "non-dlt-system"],
  ],
  N: [["ledger-node", "ledger-node"]],
};

export const GROUPS: Record<Group, { title: string; kind: FlowKind }> = {
  "user-application": { title: "User applications", kind: "D" },
  "administration-application": { title: "Administration applications", kind: "C" },
  "ledger-node": { title: "Ledger nodes", kind: "N" },
  "non-dlt-system": { title: "Non-DLT systems", kind: "B" },
  "other-dlt-system": { title: "Other DLT systems", kind: "A" },
};

/** The kinds of an activity's flows, in the order of the alphabet. */
export function kindsOf({ flows }: Activity): FlowKind[] {
  return [...new Set(flows.map(({ kind }) => kind))].sort();
}

/** What a flow is called in drawing and table: its kind and its place, such as `D4`. */
export function badgeOf(activity: Activity, flow: Flow): string {
  return `${flow.kind}${activity.flows.indexOf(flow) + 1}`;
}
