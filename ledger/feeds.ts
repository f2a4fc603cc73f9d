import { id, type TransactionRequest, verifyTypedData, Wallet } from "ethers";
import { compareBytes, fromHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { decodeValue, encodeValue } from "../protocol/record.ts";
import type { Hex } from "../protocol/terms.ts";
import type { FeedRegistry } from "../types/contracts/feeds/FeedRegistry.ts";
import type { Ledger } from "./client.ts";
import type { Deployment } from "./deployment.ts";
import type { FeedRules } from "./events.ts";

/** What one reporter saw for a time, in the feed's unit, with the SHA-256 of the answer that he keeps. */
export type FeedReport = { feed: Hex; observedAtS: number; value: number; answer: Hex };

export type SignedReport = FeedReport & { signature: Hex };

/** A value that enough reporters signed; times in seconds. */
export type FeedObservation = { value: number; observedAtS: number; postedAtS: number; reports: number };

/** Where reports are good: the registry of one deployment. */
type Place = Pick<Deployment, "chainId" | "contracts">;

const TYPES = {
  Report: [
    { name: "feed", type: "bytes32" },
    { name: "observedAt", type: "uint40" },
    { name: "value", type: "uint32" },
    { name: "answer", type: "bytes32" },
  ],
};

/** Signs what a reporter saw. @throws INVALID_ARGUMENT where the value does not fit */
export async function signReport(
  report: FeedReport,
  { key, ...place }: Place & { key: string },
): Promise<SignedReport> {
  const signature = await new Wallet(key).signTypedData(domainOf(place), TYPES, messageOf(report));
  return { ...report, signature: signature as Hex };
}

/**
 * The transaction that posts reports of one feed and time, in the order that the registry asks for.
 * @throws INVALID_ARGUMENT where the reports differ in feed or time, or one reporter signed twice
 */
export function postTransaction(
  ledger: Ledger,
  reports: readonly SignedReport[],
): Promise<TransactionRequest> {
  const place = ledger.deployment;
  const [first] = reports;
  if (
    first === undefined ||
    reports.some((it) => it.feed !== first.feed || it.observedAtS !== first.observedAtS)
  )
    throw new PondproofError("INVALID_ARGUMENT", {
      problem: "reports of one feed and time are posted together",
    });
  const ordered = reports
    .map((report) => ({ report, signer: fromHex(signerOf(report, place)) }))
    .sort((a, b) => compareBytes(a.signer, b.signer));
  if (ordered.some(({ signer }, i) => i > 0 && compareBytes(ordered[i - 1]!.signer, signer) === 0))
    throw new PondproofError("INVALID_ARGUMENT", { problem: "one reporter signed twice" });
  return ledger.contracts.FeedRegistry.post.populateTransaction(
    first.feed,
    first.observedAtS,
    ordered.map(({ report: { value, answer } }) => ({ value: encodeValue(value), answer })),
    ordered.map(({ report: { signature } }) => signature),
  );
}

/** What the ledger knows of a feed at a time, or `undefined`. */
export async function readFeed(
  ledger: Ledger,
  { feed, observedAtS }: { feed: Hex; observedAtS: number },
): Promise<FeedObservation | undefined> {
  return observationOf(await ledger.contracts.FeedRegistry.observation(feed, observedAtS));
}

/** The value of the latest time of a feed, or `undefined`. */
export async function newestOfFeed(ledger: Ledger, feed: Hex): Promise<FeedObservation | undefined> {
  return observationOf(await ledger.contracts.FeedRegistry.newest(feed));
}

/** The id of a feed: the hash of the words that say who is asked for what. */
export function feedId(source: string): Hex {
  return id(source) as Hex;
}

/** Defines a feed, or gives it other rules. Governor only. */
export function defineFeedTransaction(
  ledger: Ledger,
  { source, rules }: { source: string; rules: FeedRules },
): Promise<TransactionRequest> {
  return ledger.contracts.FeedRegistry.defineFeed.populateTransaction(source, rules);
}

/** A feed's rules, or `undefined` where nobody defined it. */
export async function readFeedRules(ledger: Ledger, feed: Hex): Promise<FeedRules | undefined> {
  const rules = await ledger.contracts.FeedRegistry.rulesOf(feed);
  if (rules.quorum === 0n) return undefined;
  const {
    quorum,
    jumpQuorum,
    maxAgeSeconds,
    maxAheadSeconds,
    maxStep,
    validMin,
    validMax,
    metric,
    periodSeconds,
    offsetSeconds,
  } = rules;
  const numbers = {
    quorum,
    jumpQuorum,
    maxAgeSeconds,
    maxAheadSeconds,
    maxStep,
    validMin,
    validMax,
    metric,
    periodSeconds,
    offsetSeconds,
  };
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, Number(value)]),
  ) as FeedRules;
}

/** Who reports, ascending. */
export async function readReporters(ledger: Ledger): Promise<Hex[]> {
  return [...(await ledger.contracts.FeedRegistry.reporters())] as Hex[];
}

/** Who signed a report, for this deployment. */
export function reporterOf(report: SignedReport, place: Place): Hex {
  return signerOf(report, place) as Hex;
}

function signerOf(report: SignedReport, place: Place): string {
  return verifyTypedData(domainOf(place), TYPES, messageOf(report), report.signature);
}

function domainOf({ chainId, contracts }: Place) {
  return { name: "Pondproof feeds", version: "1", chainId, verifyingContract: contracts.FeedRegistry };
}

function messageOf({ feed, observedAtS, value, answer }: FeedReport) {
  return { feed, observedAt: observedAtS, value: encodeValue(value), answer };
}

function observationOf(of: Awaited<ReturnType<FeedRegistry["newest"]>>): FeedObservation | undefined {
  if (of.postedAt === 0n) return undefined;
  return {
    value: decodeValue(Number(of.value)),
    observedAtS: Number(of.observedAt),
    postedAtS: Number(of.postedAt),
    reports: Number(of.reports),
  };
}
