import type { Interface, Log, Result } from "ethers";
import { PURPOSES, type Purpose } from "../protocol/consent.ts";
import { CASES, type CaseCode } from "../protocol/conviction.ts";
import type { Hex, Terms } from "../protocol/terms.ts";
import type { Ledger } from "./client.ts";
import { decodeTerms } from "./quotes.ts";

/** Where an event stands: its order on the chain, and the transaction that made it. */
export type EventPlace = { block: number; logIndex: number; transaction: Hex };

/** IClaims.Basis: what a claim rests on; `batch` 0 stands for raw windows, bit i of `probes` for probe i of the terms. */
export type ClaimBasis = {
  batch: number;
  probes: number;
  fromMs: number;
  toMs: number;
  until: number;
  demandUntil: number;
  readings: number;
};

/** IFeedRegistry.Rules: what a feed observes and how. */
export type FeedRules = {
  quorum: number;
  jumpQuorum: number;
  maxAgeSeconds: number;
  maxAheadSeconds: number;
  maxStep: number;
  validMin: number;
  validMax: number;
  metric: number;
  periodSeconds: number;
  offsetSeconds: number;
};

/** The facts of each kind of event. Times are in ms where the name says so, in seconds else. */
type Facts = {
  RoleGranted: { roleId: number; account: Hex; delay: number; since: number; newMember: boolean };
  RoleRevoked: { roleId: number; account: Hex };
  PondEnrolled: { pond: Hex; farmer: Hex };
  ConsentGranted: { pond: Hex; institution: Hex; purpose: Purpose; until: number };
  ConsentWithdrawn: { pond: Hex; institution: Hex; purpose: Purpose };
  MemberAppointed: { institution: Hex; member: Hex };
  MemberDismissed: { institution: Hex; member: Hex };
  PondRecovered: { pond: Hex; from: Hex; to: Hex };
  DeviceRegistered: { streamId: Hex; x: bigint; y: bigint; owner: Hex };
  DeviceBound: { streamId: Hex; pond: Hex; fromMs: number };
  DeviceRevoked: { streamId: Hex; fromMs: number };
  BatchAnchored: {
    number: number;
    directoryRoot: Hex;
    streamCount: number;
    readings: number;
    manifest: Hex;
  };
  BondPosted: { operator: Hex; from: Hex; amount: bigint; bond: bigint };
  BondSlashed: {
    operator: Hex;
    streamId: Hex;
    challenger: Hex;
    reward: bigint;
    toPolicyholders: bigint;
  };
  Convicted: {
    code: CaseCode;
    batch: number;
    streamId: Hex;
    level: number;
    index: number;
    challenger: Hex;
  };
  StreamVoided: { streamId: Hex; fromBatch: number; throughBatch: number };
  BatchVoided: { batch: number };
  StreamSuspected: { streamId: Hex; fromMs: number };
  FeedDefined: { feed: Hex; source: string; rules: FeedRules };
  ReportersChanged: { reporters: Hex[] };
  ValuePosted: { feed: Hex; observedAt: number; value: number; reports: { value: number; answer: Hex }[] };
  ProductPublished: { number: bigint; insurer: Hex; scheduleHash: Hex; document: Hex };
  ProductApproved: { number: bigint };
  PolicyBound: { policy: bigint; farmer: Hex; pond: Hex; termsHash: Hex };
  PolicyTerms: { policy: bigint; terms: Terms };
  PremiumPaid: { policy: bigint; payer: Hex; amount: bigint; total: bigint };
  CoverStarts: { policy: bigint; from: number };
  PolicyLapsed: { policy: bigint };
  PolicyCancelled: { policy: bigint; endsAt: number; refund: bigint };
  PolicyEndorsed: { policy: bigint; termsHash: Hex; from: number };
  OutageRefunded: { policy: bigint; batch: bigint; outageSeconds: bigint; amount: bigint };
  PolicyClosed: { policy: bigint; earned: bigint; providerFee: bigint; refund: bigint };
  PremiumReturned: { policy: bigint; payer: Hex; amount: bigint };
  ClaimEvaluated: {
    claim: bigint;
    policy: bigint;
    peril: number;
    fromMs: number;
    toMs: number;
    payoutBps: number;
    amount: bigint;
    payableFrom: number;
  };
  ClaimCorrected: {
    claim: bigint;
    by: Hex;
    state: number;
    payoutBps: number;
    amount: bigint;
    payableFrom: number;
  };
  ClaimRests: { claim: bigint; basis: ClaimBasis };
  ClaimDisputed: { claim: bigint; ground: number; until: number };
  ClaimDataDemanded: { claim: bigint; until: number };
  ClaimReopened: { claim: bigint; until: number };
  ClaimRejected: { claim: bigint; settled: bigint };
  AuditOpened: { claim: bigint; policy: bigint; amount: bigint; documents: Hex };
  ClaimApproved: { claim: bigint; officer: Hex; amount: bigint };
  ClaimPayable: { claim: bigint; amount: bigint };
  ClaimPaid: { claim: bigint; to: Hex; amount: bigint };
  ClaimsMerged: { claim: bigint; into: bigint };
  PayeeNamed: { claim: bigint; payee: Hex };
  DisputeOpened: { claim: bigint; by: Hex; side: number; ground: number; amount: bigint; reason: Hex };
  DisputeRuled: { claim: bigint; arbiter: Hex; onAmount: bigint; amount: bigint };
  DisputeEnded: { claim: bigint; amount: bigint };
  DataDemanded: { claim: bigint; by: Hex; side: number };
  DemandEnded: { claim: bigint; answeredBy: Hex };
  DocumentRecorded: { subject: number; number: bigint; by: Hex; document: Hex };
  FundCredited: { credit: bigint; streamId: Hex; amount: bigint };
  FundTaken: { credit: bigint; policy: bigint; holder: Hex; amount: bigint };
  FundToPool: { credit: bigint; amount: bigint };
};

export type EventKind = keyof Facts;

/** Something that the contracts said, by `kind`. */
export type LedgerEvent<K extends EventKind = EventKind> = {
  [Kind in K]: { kind: Kind; place: EventPlace } & Facts[Kind];
}[K];

/** Which contract says what. */
const SOURCES = {
  RoleGranted: "AccessManager",
  RoleRevoked: "AccessManager",
  PondEnrolled: "ConsentRegistry",
  ConsentGranted: "ConsentRegistry",
  ConsentWithdrawn: "ConsentRegistry",
  MemberAppointed: "ConsentRegistry",
  MemberDismissed: "ConsentRegistry",
  PondRecovered: "ConsentRegistry",
  DeviceRegistered: "DeviceRegistry",
  DeviceBound: "DeviceRegistry",
  DeviceRevoked: "DeviceRegistry",
  BatchAnchored: "BatchLedger",
  BondPosted: "OperatorBond",
  BondSlashed: "OperatorBond",
  Convicted: "Challenges",
  StreamVoided: "Challenges",
  BatchVoided: "Challenges",
  StreamSuspected: "Challenges",
  FeedDefined: "FeedRegistry",
  ReportersChanged: "FeedRegistry",
  ValuePosted: "FeedRegistry",
  ProductPublished: "Products",
  ProductApproved: "Products",
  PolicyBound: "Policies",
  PolicyTerms: "Policies",
  PremiumPaid: "Policies",
  CoverStarts: "Policies",
  PolicyLapsed: "Policies",
  PolicyCancelled: "Policies",
  PolicyEndorsed: "Policies",
  OutageRefunded: "Policies",
  PremiumReturned: "Policies",
  PolicyClosed: "Policies",
  ClaimEvaluated: "Claims",
  ClaimCorrected: "Claims",
  ClaimRests: "Claims",
  ClaimDisputed: "Claims",
  ClaimDataDemanded: "Claims",
  ClaimReopened: "Claims",
  ClaimRejected: "Claims",
  AuditOpened: "Claims",
  ClaimApproved: "Claims",
  ClaimPayable: "Claims",
  ClaimPaid: "Claims",
  ClaimsMerged: "Claims",
  PayeeNamed: "Claims",
  DisputeOpened: "Disputes",
  DisputeRuled: "Disputes",
  DisputeEnded: "Disputes",
  DataDemanded: "Disputes",
  DemandEnded: "Disputes",
  DocumentRecorded: "Documents",
  FundCredited: "PolicyholdersFund",
  FundTaken: "PolicyholdersFund",
  FundToPool: "PolicyholdersFund",
} as const satisfies Record<EventKind, keyof Ledger["contracts"]>;

/** Kinds whose numbers are all counts, as wide as the contract makes them. */
const COUNTING: ReadonlySet<EventKind> = new Set([
  "BatchAnchored",
  "Convicted",
  "StreamVoided",
  "BatchVoided",
]);

/** Nodes refuse to look through more than some thousand blocks in one request. */
const MAX_BLOCKS = 2_000;

/** Follows the ledger's events from block to block. */
export type EventReader<K extends EventKind> = {
  /**
   * The events of the next blocks, at most 2,000 of them, in order; `done` once the newest block has been read.
   * Nothing is skipped when it throws `LEDGER_*`.
   */
  next(): Promise<{ events: LedgerEvent<K>[]; done: boolean }>;
  /** The first block that was not read yet. */
  readonly block: number;
};

/** Reads events of some kinds from a block on; without one, from the deployment's first. */
export function createEventReader<K extends EventKind>({
  ledger,
  kinds,
  fromBlock = ledger.deployment.firstBlock,
}: {
  ledger: Ledger;
  kinds: readonly K[];
  fromBlock?: number;
}): EventReader<K> {
  const sources = [...new Set(kinds.map((kind) => SOURCES[kind]))].map((name) => ledger.contracts[name]);
  const addresses = sources.map((contract) => contract.target as string);
  const interfaces = new Map(
    sources.map((contract) => [String(contract.target).toLowerCase(), contract.interface as Interface]),
  );
  const topics = kinds.map(
    (kind) => ledger.contracts[SOURCES[kind]].interface.getEvent(kind as never)!.topicHash,
  );
  let block = fromBlock;
  return {
    get block() {
      return block;
    },
    async next() {
      const { number: head } = await ledger.head();
      if (head < block) return { events: [], done: true };
      const toBlock = Math.min(block + MAX_BLOCKS - 1, head);
      const logs = await ledger.provider.getLogs({
        address: addresses,
        topics: [topics],
        fromBlock: block,
        toBlock,
      });
      const events = logs.map((log) => decodeLog<K>(log, interfaces));
      block = toBlock + 1;
      return { events, done: toBlock === head };
    },
  };
}

/** All events of some kinds up to the newest block. */
export async function readEvents<K extends EventKind>(options: {
  ledger: Ledger;
  kinds: readonly K[];
  fromBlock?: number;
}): Promise<LedgerEvent<K>[]> {
  const reader = createEventReader(options);
  const all: LedgerEvent<K>[] = [];
  for (;;) {
    const { events, done } = await reader.next();
    all.push(...events);
    if (done) return all;
  }
}

function decodeLog<K extends EventKind>(log: Log, interfaces: Map<string, Interface>): LedgerEvent<K> {
  const description = interfaces.get(log.address.toLowerCase())?.parseLog(log);
  if (!description) throw new RangeError(`a log of ${log.address} that nobody asked for`);
  const { fragment, args } = description;
  const place = { block: log.blockNumber, logIndex: log.index, transaction: log.transactionHash as Hex };
  const facts = Object.fromEntries(
    fragment.inputs.map(({ name, type }, i) => factOf(description.name as EventKind, name, type, args[i])),
  );
  return { kind: description.name, place, ...facts } as unknown as LedgerEvent<K>;
}

/** Counts and times become numbers, amounts and ids stay bigint, terms are decoded. */
function factOf(kind: EventKind, name: string, type: string, value: Result[number]): [string, unknown] {
  if (kind === "PolicyTerms" && name === "terms") return [name, decodeTerms(value)];
  if (kind === "ClaimRests" && name === "basis") return [name, numbersOf(value as Result)];
  if (kind === "FeedDefined" && name === "rules") return [name, numbersOf(value as Result)];
  if (name === "reporters") return [name, [...(value as Result)]];
  if (kind === "ValuePosted" && name === "reports") return [name, [...(value as Result)].map(reportOf)];
  if (name === "purpose") return [name, PURPOSES[Number(value)]];
  if (kind === "Convicted" && name === "code") return [name, CASES[Number(value)]];
  const isCount = COUNTING.has(kind) || type !== "uint256";
  return [name, typeof value === "bigint" && isCount ? Number(value) : value];
}

function reportOf({ value, answer }: { value: bigint; answer: Hex }): { value: number; answer: Hex } {
  return { value: Number(value), answer };
}

/** A struct of counts and times. */
function numbersOf(struct: Result): Record<string, number> {
  return Object.fromEntries(Object.entries(struct.toObject()).map(([name, value]) => [name, Number(value)]));
}
