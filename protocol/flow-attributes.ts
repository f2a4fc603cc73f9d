import {
  ACTIVITIES,
  type Action,
  type ActivityName,
  ATTRIBUTES,
  type AttributeName,
  DATA,
  type DataName,
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

export type FlowAttributes = Partial<Record<AttributeName, string | number | string[]>>;

/** The attributes of a span, with all that follows from the table: kind of flow, role, perspectives of the data. */
export function flowAttributes<Activity extends ActivityName>(
  passage: FlowPassage<Activity>,
): FlowAttributes {
  const { activity, flow, subRole, data, action, bytes, stage, deviceType } = passage;
  const { storage, sources, identifiers } = DATA[data];
  return {
    [ATTRIBUTES.activity]: activity,
    [ATTRIBUTES.flow]: String(flow),
    [ATTRIBUTES.kind]: String(ACTIVITIES[activity][flow]),
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
