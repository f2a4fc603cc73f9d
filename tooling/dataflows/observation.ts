import { problemOfAttributes } from "../../protocol/flow-attributes.ts";
import { ATTRIBUTES, FACTS } from "../../protocol/flows.ts";
import type { ObservedSpan } from "../../telemetry/observed-span.ts";
import type { Activity, Model } from "./model.ts";

/** Passages of one flow that are alike; `bytes` of all of them together. */
export type ObservedRow = {
  activity: string;
  flow: string;
  /** Stage of a transaction (clause 6), where it is one. */
  stage: string | null;
  action: string;
  data: string;
  subRole: string;
  deviceType: string | null;
  count: number;
  bytes: number;
};

/** Something that happened, by its time from the first on. */
export type ObservedStep = Omit<ObservedRow, "count" | "bytes"> & {
  sinceMs: number;
  untilMs: number;
  bytes: number | null;
  /** What else the span says, by the names of the table of facts. */
  facts: Record<string, string | number>;
};

/** What the spans of one run say: the observed half of the document. */
export type Observation = {
  scenario: string;
  seed: number;
  spans: number;
  rows: ObservedRow[];
  /** The stages of the transaction that proved the claim that was paid. */
  transaction: ObservedStep[];
  /** One reading's way, from its probe to the payment that rests on it. */
  journey: ObservedStep[];
};

/** Counts what passed, in the model's order. @throws RangeError when a span is not in the table */
export function rowsOf(spans: readonly ObservedSpan[], model: Model): ObservedRow[] {
  const order = model.activities.flatMap(({ flows }) => flows.map(({ id }) => id));
  const rows = new Map<string, ObservedRow>();
  for (const span of spans) {
    const problem = problemOfAttributes(span.attributes);
    if (problem !== undefined)
      throw new RangeError(`the span "${span.name}" is not in the table: ${problem}`);
    const { sinceMs: _, untilMs: __, facts: ___, bytes, ...kind } = stepOf(span);
    const key = rowKey(kind);
    const row = rows.get(key) ?? { ...kind, count: 0, bytes: 0 };
    row.count++;
    row.bytes += bytes ?? 0;
    rows.set(key, row);
  }
  const rank = ({ flow, stage, action, data }: ObservedRow) =>
    `${String(order.indexOf(flow)).padStart(3, "0")} ${stage ?? ""} ${action} ${data}`;
  return [...rows.values()].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** Everything in which what was observed and what is declared differ, in sentences. */
export function differences(model: Model, rows: readonly ObservedRow[]): string[] {
  const declared = new Map<string, Activity["flows"][number]>(
    model.activities.flatMap(({ id, flows }) => flows.map((flow) => [`${id}/${flow.id}`, flow] as const)),
  );
  const seen = new Set(rows.map(({ activity, flow }) => `${activity}/${flow}`));
  return [
    ...[...declared.keys()]
      .filter((name) => !seen.has(name))
      .map((name) => `${name} is declared, and was not observed`),
    ...new Set(
      rows.flatMap(({ activity, flow: id, data, action }) => {
        const name = `${activity}/${id}`;
        const flow = declared.get(name);
        if (flow === undefined) return [`${name} was observed, and is not declared`];
        return [
          ...(flow.data.includes(data) ? [] : [`${name} carried "${data}", which it does not declare`]),
          ...((flow.actions as string[]).includes(action)
            ? []
            : [`${name}: data was ${action}, which it does not declare`]),
        ];
      }),
    ),
  ];
}

/** What tells a row from every other, without its counts. */
export function rowKey(row: Omit<ObservedRow, "count" | "bytes">): string {
  const { activity, flow, stage, action, data, subRole, deviceType } = row;
  return [activity, flow, stage, action, data, subRole, deviceType].join(" ");
}

/** A span in the words of the table; times are still those of the clock. */
export function stepOf({ attributes, startMs, endMs }: ObservedSpan): ObservedStep {
  const say = (name: keyof typeof ATTRIBUTES) => attributes[ATTRIBUTES[name]];
  const text = (name: keyof typeof ATTRIBUTES) => (say(name) === undefined ? null : String(say(name)));
  const facts = Object.entries(FACTS).flatMap(([name, attribute]) =>
    attributes[attribute] === undefined ? [] : [[name, attributes[attribute] as string | number]],
  );
  return {
    activity: String(say("activity")),
    flow: String(say("flow")),
    stage: text("stage"),
    action: String(say("action")),
    data: String(say("data")),
    subRole: String(say("subRole")),
    deviceType: text("deviceType"),
    sinceMs: startMs,
    untilMs: endMs,
    bytes: typeof say("bytes") === "number" ? (say("bytes") as number) : null,
    facts: Object.fromEntries(facts),
  };
}
