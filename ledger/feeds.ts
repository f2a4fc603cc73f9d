import { Contract, type TransactionRequest, verifyTypedData, Wallet } from "ethers";
import { compareBytes, fromHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { decodeValue, encodeValue } from "../protocol/record.ts";
import type { Hex } from "../protocol/terms.ts";
import type { FeedRegistry } from "../types/contracts/feeds/FeedRegistry.ts";
import { interfaceOf } from "./artifacts.ts";
import type { Ledger } from "./client.ts";

/** What one reporter saw for a time, in the feed's unit, with the SHA-256 of the answer that he keeps. */
export type FeedReport = { feed: Hex; observedAtS: number; value: number; answer: Hex };

export type SignedReport = FeedReport & { signature: Hex };

/** A value that enough reporters signed; times in seconds. */
export type FeedObservation = { value: number; observedAtS: number; postedAtS: number; reports: number };

/** Where reports are good: one registry on one chain. */
type Place = { chainId: number; registry: Hex };

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
  registry: Hex,
  reports: readonly SignedReport[],
): Promise<TransactionRequest> {
  const place = { chainId: ledger.deployment.chainId, registry };
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
  return registryAt(ledger, registry).post.populateTransaction(
    first.feed,
    first.observedAtS,
    ordered.map(({ report: { value, answer } }) => ({ value: encodeValue(value), answer })),
    ordered.map(({ report: { signature } }) => signature),
  );
}

/** What the ledger knows of a feed at a time, or `undefined`. */
export async function readFeed(
  ledger: Ledger,
  registry: Hex,
  { feed, observedAtS }: { feed: Hex; observedAtS: number },
): Promise<FeedObservation | undefined> {
  return observationOf(await registryAt(ledger, registry).observation(feed, observedAtS));
}

/** The value of the latest time of a feed, or `undefined`. */
export async function newestOfFeed(
  ledger: Ledger,
  registry: Hex,
  feed: Hex,
): Promise<FeedObservation | undefined> {
  return observationOf(await registryAt(ledger, registry).newest(feed));
}

/** The registry at an address, with generated types. */
export function registryAt({ provider }: Ledger, address: Hex): FeedRegistry {
  return new Contract(address, interfaceOf("FeedRegistry"), provider) as unknown as FeedRegistry;
}

function signerOf(report: SignedReport, place: Place): string {
  return verifyTypedData(domainOf(place), TYPES, messageOf(report), report.signature);
}

function domainOf({ chainId, registry }: Place) {
  return { name: "Pondproof feeds", version: "1", chainId, verifyingContract: registry };
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
