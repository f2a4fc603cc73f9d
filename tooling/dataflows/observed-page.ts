import { FLOW_KINDS, type FlowKind, STAGES, type Stage } from "../../protocol/flows.ts";
import { type Activity, badgeOf, type Model } from "./model.ts";
import type { Observation, ObservedRow, ObservedStep } from "./observation.ts";
import { table } from "./text.ts";

/** How often something passed, and how much of it. */
export function passagesOf(rows: readonly ObservedRow[]): { count: number; bytes: number } {
  return rows.reduce((sum, { count, bytes }) => ({ count: sum.count + count, bytes: sum.bytes + bytes }), {
    count: 0,
    bytes: 0,
  });
}

/** A volume with three digits at most, in thousands. */
export function bytesInWords(bytes: number): string {
  const [size, unit] =
    bytes < 1e3 ? [bytes, "B"] : bytes < 1e6 ? [bytes / 1e3, "kB"] : ([bytes / 1e6, "MB"] as const);
  return `${Number((size as number).toPrecision(3))} ${unit}`;
}

/** What only a run can say: volumes, what passed, one transaction, one reading. */
export function observedSections(model: Model, observation: Observation): string[] {
  return [
    ...volumes(model, observation),
    ...passages(model, observation),
    ...transaction(model, observation),
    ...journey(model, observation),
  ];
}

function volumes(model: Model, { rows }: Observation): string[] {
  const storageOf = new Map(model.data.map(({ id, storage }) => [id, storage]));
  const moved = rows.filter(({ action }) => action === "transmitted" || action === "stored");
  const line = (kind: FlowKind) => {
    const ofKind = moved.filter((row) => kindOf(model, row) === kind);
    const [on, off] = (["on-ledger", "off-ledger"] as const).map((storage) =>
      passagesOf(ofKind.filter(({ data }) => storageOf.get(data) === storage)),
    );
    return [kind, String(on!.count), bytesInWords(on!.bytes), String(off!.count), bytesInWords(off!.bytes)];
  };
  return [
    "## Volumes",
    "",
    "What was transmitted or stored in the run, by flow and by whether the data is for the ledger or stays off it. What one span",
    "says it transmitted another may say it stored. Deployment of the contracts is not traced.",
    "",
    ...table(
      ["flow", "on-ledger data, passages", "bytes", "off-ledger data, passages", "bytes"],
      (Object.keys(FLOW_KINDS) as FlowKind[]).filter((kind) => kind !== "A").map(line),
    ),
  ];
}

function passages(model: Model, { rows }: Observation): string[] {
  return [
    "## What passed",
    "",
    ...table(
      ["activity", "flow", "stage", "data", "action", "by", "device", "passages", "bytes"],
      rows.map((row) => [
        String(1 + model.activities.findIndex(({ id }) => id === row.activity)),
        flowName(model, row),
        row.stage ?? "",
        nameOf(model.data, row.data),
        row.action,
        nameOf(model.roles, row.subRole),
        row.deviceType ?? "",
        String(row.count),
        bytesInWords(row.bytes),
      ]),
    ),
  ];
}

function transaction(model: Model, { transaction }: Observation): string[] {
  return [
    "## One transaction, stage by stage",
    "",
    "Clause 6, Table 1: the life of the transaction that proved the claim, as its sender and the node that he asked report it. The",
    "stages S2 to S4 are the nodes' own affair (N); the demo's ledger is one node, so what nodes say to each other is not seen.",
    "",
    ...table(
      ["stage", "", "flow", "data", "action", "bytes", "from ms", "to ms", "the node says"],
      transaction.map((step) => [
        step.stage ?? "",
        STAGES[step.stage as Stage],
        flowName(model, step),
        nameOf(model.data, step.data),
        step.action,
        step.bytes === null ? "" : String(step.bytes),
        step.sinceMs.toFixed(1),
        step.untilMs.toFixed(1),
        wordsOf(step),
      ]),
    ),
  ];
}

function journey(model: Model, { journey }: Observation): string[] {
  return [
    "## One reading, from the probe to the payment",
    "",
    "The trace of one reading of the breach, the batch that it went into, and the claim that was proven from that batch and paid. Real",
    "time; the demo's ponds live some thousand times faster.",
    "",
    ...table(
      ["after s", "flow", "stage", "data", "action", "by", "device"],
      journey.map((step) => [
        (step.sinceMs / 1000).toFixed(3),
        flowName(model, step),
        step.stage ?? "",
        nameOf(model.data, step.data),
        step.action,
        nameOf(model.roles, step.subRole),
        step.deviceType ?? "",
      ]),
    ),
  ];
}

function wordsOf({ stage, facts }: ObservedStep): string {
  if (stage === "S3") return `block ${facts.block}`;
  if (stage === "S4") return `status ${facts.outcome}, gas ${facts.gas}, ${facts.count} events`;
  return "";
}

type Place = Pick<ObservedRow, "activity" | "flow">;

function flowOf(model: Model, { activity: id, flow }: Place): [Activity, Activity["flows"][number]] {
  const activity = model.activities.find((known) => known.id === id)!;
  return [activity, activity.flows.find((known) => known.id === flow)!];
}

function kindOf(model: Model, place: Place): FlowKind {
  return flowOf(model, place)[1].kind;
}

function flowName(model: Model, place: Place): string {
  return `${badgeOf(...flowOf(model, place))} ${place.flow}`;
}

function nameOf(known: readonly { id: string; name: string }[], id: string): string {
  return known.find((item) => item.id === id)!.name;
}
