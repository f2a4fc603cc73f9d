import {
  ACTIONS,
  ACTIVITIES,
  type Action,
  type ActivityName,
  ATTRIBUTES,
  type AttributeName,
  DATA,
  type DataName,
  FACTS,
  type Facts,
  type FlowName,
  type Stage,
  SUB_ROLES,
  type SubRole,
} from "./flows.ts";

/** What passed a boundary; a flow that is not its activity's does not compile. */
export type FlowPassage<Activity extends ActivityName> = {
  activity: Activity;
  flow: FlowName<Activity>;
  subRole: SubRole;
  data: DataName;
  action: Action;
  bytes?: number;
  stage?: Stage;
  deviceType?: string;
};

/** A passage of any activity. */
export type AnyPassage = { [Name in ActivityName]: FlowPassage<Name> }[ActivityName];

export type FlowAttributes = Partial<Record<AttributeName, string | number | string[]>>;

/** The attributes of a span, with all that follows from the table: kind of flow, role, perspectives of the data. */
export function flowAttributes(passage: AnyPassage): FlowAttributes {
  const { activity, flow, subRole, data, action, bytes, stage, deviceType } = passage;
  const { storage, sources, identifiers } = DATA[data];
  return {
    [ATTRIBUTES.activity]: activity,
    [ATTRIBUTES.flow]: String(flow),
    [ATTRIBUTES.kind]: (ACTIVITIES[activity] as Record<string, string>)[flow]!,
    [ATTRIBUTES.role]: SUB_ROLES[subRole],
    [ATTRIBUTES.subRole]: subRole,
    [ATTRIBUTES.data]: data,
    [ATTRIBUTES.storage]: storage,
    [ATTRIBUTES.sources]: [...sources],
    [ATTRIBUTES.identifiers]: [...identifiers],
    [ATTRIBUTES.action]: action,
    ...(bytes !== undefined && { [ATTRIBUTES.bytes]: bytes }),
    ...(stage !== undefined && { [ATTRIBUTES.stage]: stage }),
    ...(deviceType !== undefined && { [ATTRIBUTES.deviceType]: deviceType }),
  };
}

/** What else there is to say of a passage, by the names of the table. */
export function factAttributes(facts: Facts): Record<string, string | number> {
  const known = Object.entries(facts).filter(([, fact]) => fact !== undefined);
  return Object.fromEntries(known.map(([name, fact]) => [FACTS[name as keyof Facts], fact]));
}

/** What a span says that the table does not know, or `undefined` when all of it stands there. */
export function problemOfAttributes(attributes: Readonly<Record<string, unknown>>): string | undefined {
  const say = (name: keyof typeof ATTRIBUTES) => String(attributes[ATTRIBUTES[name]]);
  const flows: Record<string, string> | undefined = (ACTIVITIES as Record<string, Record<string, string>>)[
    say("activity")
  ];
  if (flows === undefined) return `activity ${say("activity")}`;
  if (!Object.hasOwn(flows, say("flow"))) return `flow ${say("flow")} of ${say("activity")}`;
  const { activity, flow, subRole, data, action } = {
    activity: say("activity"),
    flow: say("flow"),
    subRole: say("subRole"),
    data: say("data"),
    action: say("action"),
  };
  if (!Object.hasOwn(SUB_ROLES, subRole)) return `sub-role ${subRole} in ${flow}`;
  if (!Object.hasOwn(DATA, data)) return `data ${data} in ${flow}`;
  if (!(ACTIONS as readonly string[]).includes(action)) return `action ${action} in ${flow}`;
  const derived = flowAttributes({ activity, flow, subRole, data, action } as AnyPassage);
  for (const [name, value] of Object.entries(derived))
    if (JSON.stringify(attributes[name]) !== JSON.stringify(value)) return `${name} of ${flow}`;
  const known = new Set<string>([...Object.values(ATTRIBUTES), ...Object.values(FACTS)]);
  const unknown = Object.keys(attributes).find((name) => !known.has(name));
  return unknown === undefined ? undefined : `attribute ${unknown} in ${flow}`;
}
