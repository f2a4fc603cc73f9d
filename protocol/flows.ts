// What a span of a data flow may say: ISO/TR 6277:2024, 5.2 to 5.4 and Table 4, and the ids of dataflows/fish-farming.json.

/** Kinds of data flow (5.2), by the standard's letter. */
export const FLOW_KINDS = {
  A: "between two DLT systems",
  B: "between the DLT system and non-DLT systems",
  C: "between administration applications and the DLT system",
  D: "between user applications and the DLT system",
  N: "within and between the nodes of the DLT system",
} as const;

/** What is done with data on its way (Table 1). */
export const ACTIONS = ["created", "stored", "processed", "transmitted"] as const;

/** Data by storage (5.3.1). */
export const STORAGES = ["on-ledger", "off-ledger"] as const;

/** Data by source and role (5.3.2), and the others (5.3.4). */
export const SOURCES = {
  "transaction-record": "transaction record",
  "dlt-account": "DLT account data",
  "end-user-identifiable": "end-user identifiable information",
  operations: "operations data",
  "access-and-authentication": "access and authentication data",
  "smart-contract": "smart contract data",
  derived: "derived data",
  "market-price": "market price data",
  accountancy: "accountancy stock and flow data",
  message: "message data",
} as const;

/** Data by identifier (5.3.3): of persons and legal entities, of things. */
export const IDENTIFIERS = ["subject", "object"] as const;

/** Roles (5.4). */
export const ROLES = {
  "dlt-user": "DLT user",
  "dlt-provider": "DLT provider",
  "dlt-administrator": "DLT administrator",
  "dlt-developer": "DLT developer",
  "dlt-governor": "DLT governor",
  "dlt-auditor": "DLT auditor",
} as const;

/** Stages of a transaction's life (clause 6). */
export const STAGES = {
  S1: "submission",
  S2: "validation and broadcast",
  S3: "consensus",
  S4: "execution",
  S5: "feedback",
} as const;

export type FlowKind = keyof typeof FLOW_KINDS;
export type Action = (typeof ACTIONS)[number];
export type Storage = (typeof STORAGES)[number];
export type Source = keyof typeof SOURCES;
export type Identifier = (typeof IDENTIFIERS)[number];
export type Role = keyof typeof ROLES;
export type Stage = keyof typeof STAGES;

/** Who takes part in the insurance of a pond, and the standard's role of each. */
export const SUB_ROLES = {
  "fish-farmer": "dlt-user",
  "insurance-company": "dlt-user",
  "service-provider": "dlt-provider",
  registrar: "dlt-administrator",
  governor: "dlt-governor",
  auditor: "dlt-auditor",
} as const satisfies Record<string, Role>;

type Perspectives = {
  storage: Storage;
  sources: readonly Source[];
  identifiers: readonly Identifier[];
};

/** What data there is, from the standard's three perspectives. */
export const DATA = {
  "insurance-terms": {
    storage: "on-ledger",
    sources: ["smart-contract"],
    identifiers: ["subject", "object"],
  },
  "user-entity": {
    storage: "on-ledger",
    sources: ["access-and-authentication", "dlt-account"],
    identifiers: ["subject"],
  },
  "probe-registration": {
    storage: "on-ledger",
    sources: ["dlt-account"],
    identifiers: ["subject", "object"],
  },
  reading: { storage: "off-ledger", sources: ["operations"], identifiers: ["object"] },
  acknowledgement: { storage: "off-ledger", sources: ["message"], identifiers: ["object"] },
  weather: { storage: "off-ledger", sources: ["operations"], identifiers: ["object"] },
  "fish-price": { storage: "off-ledger", sources: ["market-price"], identifiers: ["object"] },
  batch: { storage: "on-ledger", sources: ["derived"], identifiers: ["object"] },
  claim: { storage: "on-ledger", sources: ["transaction-record"], identifiers: ["subject", "object"] },
  payment: {
    storage: "on-ledger",
    sources: ["transaction-record", "accountancy"],
    identifiers: ["subject"],
  },
  receipt: { storage: "on-ledger", sources: ["smart-contract"], identifiers: ["subject", "object"] },
  directory: {
    storage: "off-ledger",
    sources: ["end-user-identifiable"],
    identifiers: ["subject"],
  },
} as const satisfies Record<string, Perspectives>;

/** The four activities of Table 4, and every flow of each in its order. */
export const ACTIVITIES = {
  "create-insurance-contract": {
    "issue-money": "C",
    "post-bond": "C",
    "register-probe": "C",
    "appoint-people": "C",
    "define-feeds": "C",
    "publish-product": "C",
    "approve-product": "C",
    "fund-pool": "C",
    "bind-policy": "D",
    "pay-premium": "D",
    "agree-on-policy": "N",
    "policy-to-farmer": "D",
    "policy-to-insurer": "D",
  },
  "request-insurance-service": {
    "prove-claim": "D",
    "agree-on-claim": "N",
    "claim-to-farmer": "D",
    "claim-to-insurer": "D",
  },
  "provide-iot-data": {
    "report-reading": "B",
    "acknowledge-reading": "B",
    "hand-on-reading": "B",
    "fetch-weather": "B",
    "fetch-price": "B",
    "anchor-batch": "B",
    "agree-on-batch": "N",
    "reading-to-farmer": "D",
    "evidence-to-insurer": "D",
    "readings-to-watcher": "D",
    "batch-to-watcher": "D",
  },
  "execute-insurance-service": {
    "approve-claim": "D",
    "agree-on-approval": "N",
    "collect-payout": "D",
    "agree-on-payment": "N",
    "payment-to-farmer": "D",
    "payment-to-insurer": "D",
  },
} as const satisfies Record<string, Record<string, FlowKind>>;

export type SubRole = keyof typeof SUB_ROLES;
export type DataName = keyof typeof DATA;
export type ActivityName = keyof typeof ACTIVITIES;
/** A flow of an activity, by its id; ids differ over all activities. */
export type FlowName<Activity extends ActivityName = ActivityName> = {
  [Name in Activity]: keyof (typeof ACTIVITIES)[Name];
}[Activity];

/** Names of a span's attributes, in the manner of OpenTelemetry. */
export const ATTRIBUTES = {
  activity: "pondproof.activity",
  flow: "pondproof.flow",
  kind: "pondproof.flow.kind",
  role: "pondproof.role",
  subRole: "pondproof.sub_role",
  data: "pondproof.data",
  storage: "pondproof.data.storage",
  sources: "pondproof.data.sources",
  identifiers: "pondproof.data.identifiers",
  bytes: "pondproof.data.size",
  action: "pondproof.action",
  stage: "pondproof.transaction.stage",
  deviceType: "pondproof.device.type",
} as const;

export type AttributeName = (typeof ATTRIBUTES)[keyof typeof ATTRIBUTES];

/** Names of what else a span may say: which reading, batch, claim or transaction it was. Never who a person is. */
export const FACTS = {
  device: "pondproof.reading.device",
  seq: "pondproof.reading.seq",
  batch: "pondproof.batch",
  policy: "pondproof.policy",
  claim: "pondproof.claim",
  /** How many readings, streams or events. */
  count: "pondproof.count",
  /** A verdict, a state, a status. */
  outcome: "pondproof.outcome",
  call: "pondproof.transaction.call",
  transaction: "pondproof.transaction.hash",
  block: "pondproof.transaction.block",
  blockTimeS: "pondproof.transaction.block_time",
  gas: "pondproof.transaction.gas_used",
} as const;

export type Facts = { [Name in keyof typeof FACTS]?: string | number };
