import type { Verdict } from "../protocol/admission.ts";
import type { Purpose } from "../protocol/consent.ts";
import type { CaseCode } from "../protocol/conviction.ts";
import type { Hex, Terms } from "../protocol/terms.ts";
import type { Level, Mood } from "./levels.ts";

// What the portal's server says to its page: one typed table for both.

/** The JSON form of a type: amounts travel as decimal digits. */
export type Wire<T> = T extends bigint
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

/** A name in both languages. */
export type Names = { en: string; zh: string };

export type Place = { latitude: number; longitude: number };

/** Where the ponds lie; every time on the page is in its zone. */
export type Site = Place & { name: Names; timeZone: string };

/** Powers that the ledger's register gives, and `farmer`: whoever a pond on the ledger belongs to. */
export const ROLES = [
  "farmer",
  "governor",
  "registrar",
  "underwriter",
  "operator",
  "claims-officer",
  "arbiter",
  "products",
  "guardian",
  "auditor",
] as const;
export type Role = (typeof ROLES)[number];

/** Who is signed in: an account of the ledger, what it may do, and the farms whose ponds are its own. */
export type Me = { account: Hex; roles: Role[]; farms: string[]; expiresAtMs: number };

/** An account of the demo that signs in with one click: its key is the demo's server's. */
export type ReadyAccount = { id: string; name: Names; account: Hex };

/** Who is signed in, if somebody is; `ready` is null in every portal but the demo's. */
export type SessionState = { me: Me | null; ready: ReadyAccount[] | null };

/** On which ground somebody reads a pond's data: by what he is to it, or by a consent for a purpose. */
export type Basis = "farmer" | "provider" | "auditor" | "arbiter" | "policy" | Purpose;

/** How often somebody read something of a pond on a day (UTC, `YYYY-MM-DD`). */
export type AccessEntry = {
  day: string;
  account: Hex;
  basis: Basis;
  what: string;
  count: number;
  lastMs: number;
};

/** Who can be granted a pond's data, by a name that no ledger knows. */
export type Institution = { account: Hex; name: Names };

/** What somebody said of himself; "" where he said nothing. */
export type Person = { name: string; phone: string; address: string };

/** Everything that the portal has of somebody, for him to take along. */
export type PersonExport = {
  account: Hex;
  roles: Role[];
  person: Person;
  ponds: {
    id: string;
    ledgerId: Hex;
    name: Names;
    grants: { institution: Hex; purpose: Purpose; untilMs: number }[];
    reads: AccessEntry[];
  }[];
};

/** A consent that a farmer gave; `name` where the portal knows the institution. */
export type Grant = { pond: string; institution: Hex; name: Names | null; purpose: Purpose; untilMs: number };

export const SPECIES = ["largemouth-bass", "yellow-catfish", "black-carp", "prawn"] as const;
export type Species = (typeof SPECIES)[number];

export type FarmFacts = { id: string; name: Names };
export type PondFacts = {
  id: string;
  farm: string;
  name: Names;
  areaMu: number;
  depthM: number;
  species: Species;
};

export const LINKS = ["online", "stale", "offline", "never"] as const;
export type Link = (typeof LINKS)[number];

/** Eight slots of schema 1 in physical units; null is *not measured*. */
export type Values = (number | null)[];

export type ProbeState = {
  device: string;
  streamId: Hex | null;
  link: Link;
  periodMs: number;
  nextSeq: number;
  lastTimeMs: number | null;
  latest: Values | null;
  holes: number;
  verdicts: Partial<Record<Verdict, number>>;
};

/**
 * How long a peril's metric has been beyond its threshold at as many probes as the policy asks for, by the readings
 * that the gateway has; only the ledger decides. Amounts in the token's smallest unit.
 */
export type Breach = {
  peril: number;
  threshold: number;
  sinceMs: number;
  durationMs: number;
  reached: { tier: number; amount: string } | null;
  next: { tier: number; minDurationMs: number; amount: string } | null;
};

export type Trend = "rising" | "falling" | "steady";

/** A pond as a card shows it. `spark`: 48 half hours up to `sparkToMs`, the least oxygen of each. */
export type PondSummary = PondFacts & {
  mood: Mood;
  level: Level | null;
  oxygenMgPerL: number | null;
  temperatureC: number | null;
  trend: Trend | null;
  lastTimeMs: number | null;
  spark: (number | null)[];
  sparkToMs: number;
  night: { minMgPerL: number; atMs: number; over: boolean } | null;
  aerator: { currentA: number; running: boolean } | null;
  probes: { online: number; total: number };
  breach: Breach | null;
  policy: string | null;
  claims: ClaimSummary[];
};

/** `nowMs`: when this was so. */
export type PondDetail = {
  nowMs: number;
  pond: PondSummary;
  probes: ProbeState[];
  policy: PolicyView | null;
};

export type ReadingPoint = { timeMs: number; values: Values; seq: number };
export type ReadingSeries = {
  device: string;
  points: ReadingPoint[];
  holes: { fromSeq: number; toSeq: number }[];
};
export type PondReadings = { fromMs: number; toMs: number; series: ReadingSeries[] };

export const POLICY_STATES = [
  "bound",
  "waiting",
  "active",
  "run-off",
  "ended",
  "lapsed",
  "closed",
  "cancelled",
  "exhausted",
] as const;
export type PolicyState = (typeof POLICY_STATES)[number];

export type PolicyView = {
  id: string;
  pond: string | null;
  farm: string | null;
  state: PolicyState;
  coverFromMs: number | null;
  premiumPaid: string;
  reserved: string;
  paid: string;
  terms: Wire<Terms>;
};

export const CLAIM_STATES = ["evaluated", "payable", "paid", "disputed", "reopened", "rejected"] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

export type ClaimSummary = {
  id: string;
  policy: string;
  pond: string | null;
  farm: string | null;
  peril: number;
  state: ClaimState;
  fromMs: number;
  toMs: number;
  payoutBps: number;
  tier: number;
  tiers: number;
  threshold: number;
  amount: string;
  paid: string;
  payableFromMs: number;
};

export type Transaction = { hash: Hex; blockNumber: number; timeMs: number };

export type TimelineKind =
  | "breach"
  | "tier"
  | "proven-until"
  | "anchored"
  | "evaluated"
  | "approved"
  | "fell"
  | "rejected"
  | "payable"
  | "paid";

/** One stop on the way from the breach to the money; `timeMs` of what lies ahead is the latest moment, where known. */
export type TimelineStop = {
  kind: TimelineKind;
  reached: boolean;
  timeMs: number | null;
  tier?: number;
  amount?: string;
  batch?: number;
  transaction?: Transaction;
};

/** What the claim's last evaluation was shown; a hint for whoever checks it, who need not believe it. */
export type EvaluationHint = { fromMs: number; toMs: number; batch: number | null; streamIds: Hex[] };

export type ClaimDetail = {
  claim: ClaimSummary;
  pond: PondFacts | null;
  policy: PolicyView;
  timeline: TimelineStop[];
  evaluation: EvaluationHint;
  probes: { device: string; streamId: Hex }[];
  canApprove: boolean;
};

/** `convicted` says by which cases it was found false; `voidStreams` how many of its streams are void, all or some. */
export type Batch = {
  convicted: CaseCode[];
  voidStreams: number;
  number: number;
  directoryRoot: Hex;
  streamCount: number;
  readings: number;
  manifest: Hex;
  transaction: Transaction;
};

/** What the insurer's watcher, who believes no operator, found of all batches; null where none watches. */
export type Watched = {
  batches: number;
  verified: number;
  behind: number;
  refuted: number;
  /** Refuted, void on the ledger, and corrected since. */
  convicted: number;
  missing: number;
} | null;

/** Protocol §4: what a page or an auditor needs to ask the ledger himself. */
export type Deployment = {
  chainId: number;
  /** Hash of the first block, which tells ledgers apart. */
  genesis?: Hex;
  rpc: string;
  firstBlock: number;
  contracts: Record<string, Hex>;
};

export const SOURCES = ["gateway", "oracle", "ledger"] as const;
export type SourceName = (typeof SOURCES)[number];
export type SourceState = { up: boolean; sinceMs: number };

/** Readings on their way: signed at the probes (where that is known), stored, anchored; and what admission said. */
export type Pipeline = {
  signed: number | null;
  stored: number;
  anchored: number;
  batches: number;
  verdicts: Partial<Record<Verdict, number>>;
};

export type SimulationState = { scenario: string; speed: number; signed: number; finished: boolean };

export type Tick = {
  nowMs: number;
  pipeline: Pipeline;
  sources: Record<SourceName, SourceState>;
  simulation: SimulationState | null;
};

export type Scenario = { name: string; title: Names; story: Names };

export type Overview = {
  session: SessionState;
  site: Site;
  farms: FarmFacts[];
  ponds: PondFacts[];
  deployment: Deployment | null;
  scenarios: Scenario[] | null;
  canApprove: boolean;
  tick: Tick;
};

/** What the server sends down `/api/v1/live`, by event name. */
export type LiveEvents = {
  tick: Tick;
  ponds: PondSummary[];
  claims: ClaimSummary[];
  batches: Batch[];
};

/** RFC 9457. */
export type Problem = { type: string; title: string; status: number; detail: string; code: string };

/** Header that a page of another origin cannot send without asking first; acts demand it. */
export const INTENT_HEADER = "x-pondproof-intent";
