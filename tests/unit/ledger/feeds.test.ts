import { readFileSync } from "node:fs";
import { ContractFactory, id } from "ethers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOfKey } from "../../../ledger/client.ts";
import {
  newestOfFeed,
  postTransaction,
  readFeed,
  registryAt,
  type SignedReport,
  signReport,
} from "../../../ledger/feeds.ts";
import { encodeValue } from "../../../protocol/record.ts";
import type { Hex } from "../../../protocol/terms.ts";
import { type Holder, keyOf, startTestChain, type TestChain } from "./chain.ts";

const GENESIS_MS = Date.UTC(2026, 0, 1);
const NOON_S = Date.UTC(2026, 6, 1, 4) / 1000;
const SOURCE = "open-meteo, daily maximum of air temperature, 30.87 N 120.10 E";
const FEED = id(SOURCE) as Hex;
const ANSWER = id("the provider's answer") as Hex;
// Any accounts will do as reporters.
const REPORTERS: Holder[] = ["insurer", "farmer", "agent"];

let chain: TestChain;
let ledger: Awaited<ReturnType<TestChain["connect"]>>;
let registry: Hex;
const signal = new AbortController().signal;

beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  ledger = await chain.connect("governor");
  const file = new URL(
    "../../../artifacts/contracts/feeds/FeedRegistry.sol/FeedRegistry.json",
    import.meta.url,
  );
  const { abi, bytecode } = JSON.parse(readFileSync(file, "utf8")) as { abi: []; bytecode: string };
  const authority = chain.deployment.contracts.AccessManager;
  const deploy = await new ContractFactory(abi, bytecode).getDeployTransaction(authority);
  const receipt = await ledger.account.submit(deploy, signal);
  registry = receipt.contractAddress as Hex;
  const contract = registryAt(ledger, registry);
  const accounts = REPORTERS.map((holder) => addressOfKey(keyOf(holder))).sort((a, b) =>
    a.toLowerCase() < b.toLowerCase() ? -1 : 1,
  );
  const rules = {
    quorum: 3,
    jumpQuorum: 3,
    maxAgeSeconds: 3 * 86_400,
    maxAheadSeconds: 600,
    maxStep: 10_000,
    validMin: encodeValue(-60),
    validMax: encodeValue(60),
  };
  await ledger.account.submit(await contract.setReporters.populateTransaction(accounts), signal);
  await ledger.account.submit(await contract.defineFeed.populateTransaction(SOURCE, rules), signal);
  await chain.mineAt((NOON_S + 3_600) * 1000);
});
afterAll(async () => {
  ledger.close();
  await chain.close();
});

function sign(values: readonly number[], observedAtS = NOON_S): Promise<SignedReport[]> {
  const place = { chainId: chain.deployment.chainId, registry };
  return Promise.all(
    values.map((value, i) =>
      signReport({ feed: FEED, observedAtS, value, answer: ANSWER }, { ...place, key: keyOf(REPORTERS[i]!) }),
    ),
  );
}

describe("a feed on the ledger", () => {
  it("holds the median of what the reporters signed, in whatever order they are given", async () => {
    expect(await newestOfFeed(ledger, registry, FEED)).toBeUndefined();
    const reports = (await sign([37.4, 36.9, 37.1])).reverse();
    await ledger.account.submit(await postTransaction(ledger, registry, reports), signal);
    const observation = await readFeed(ledger, registry, { feed: FEED, observedAtS: NOON_S });
    expect(observation).toMatchObject({ value: 37.1, observedAtS: NOON_S, reports: 3 });
    expect(await newestOfFeed(ledger, registry, FEED)).toEqual(observation);
    expect(await readFeed(ledger, registry, { feed: FEED, observedAtS: NOON_S + 60 })).toBeUndefined();
  });

  it("refuses a report whose value was changed after it was signed, with a reason", async () => {
    const reports = await sign([37, 37, 37], NOON_S + 120);
    const forged = reports.map((report, i) => (i === 1 ? { ...report, value: 41 } : report));
    const transaction = await postTransaction(ledger, registry, forged);
    await expect(ledger.account.submit(transaction, signal)).rejects.toMatchObject({
      code: "LEDGER_REVERTED",
      facts: { error: "NotAReporter" },
    });
  });

  it("does not send what the registry would refuse anyway", async () => {
    const [first, second] = await sign([37, 37], NOON_S + 180);
    const other = { ...second!, observedAtS: NOON_S };
    expect(() => postTransaction(ledger, registry, [])).toThrow("INVALID_ARGUMENT");
    expect(() => postTransaction(ledger, registry, [first!, other])).toThrow("one feed and time");
    expect(() => postTransaction(ledger, registry, [first!, first!])).toThrow("signed twice");
  });
});
