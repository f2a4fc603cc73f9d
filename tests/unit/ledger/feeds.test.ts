import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOfKey } from "../../../ledger/client.ts";
import {
  defineFeedTransaction,
  feedId,
  newestOfFeed,
  postTransaction,
  readFeed,
  readFeedRules,
  readReporters,
  reporterOf,
  type SignedReport,
  signReport,
} from "../../../ledger/feeds.ts";
import { encodeValue } from "../../../protocol/record.ts";
import type { Hex } from "../../../protocol/terms.ts";
import { weatherSlot } from "../../../protocol/weather.ts";
import { keyOf, REPORTERS, startTestChain, type TestChain } from "./chain.ts";

const GENESIS_MS = Date.UTC(2026, 0, 1);
const NOON_S = Date.UTC(2026, 6, 1, 4) / 1000;
const SOURCE = "open-meteo, daily maximum of air temperature, 30.87 N 120.10 E";
const FEED = feedId(SOURCE);
const ANSWER: Hex = `0x${"a5".repeat(32)}`;
const RULES = {
  quorum: 3,
  jumpQuorum: 3,
  maxAgeSeconds: 3 * 86_400,
  maxAheadSeconds: 600,
  maxStep: 10_000,
  validMin: encodeValue(-60),
  validMax: encodeValue(60),
  metric: weatherSlot("maxTemperature"),
  periodSeconds: 60,
  offsetSeconds: 0,
};

let chain: TestChain;
let ledger: Awaited<ReturnType<TestChain["connect"]>>;
const signal = new AbortController().signal;

beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  ledger = await chain.connect("governor");
  await ledger.account.submit(await defineFeedTransaction(ledger, { source: SOURCE, rules: RULES }), signal);
  await chain.mineAt((NOON_S + 3_600) * 1000);
});
afterAll(async () => {
  ledger.close();
  await chain.close();
});

function sign(values: readonly number[], observedAtS = NOON_S): Promise<SignedReport[]> {
  return Promise.all(
    values.map((value, i) =>
      signReport(
        { feed: FEED, observedAtS, value, answer: ANSWER },
        { ...chain.deployment, key: keyOf(REPORTERS[i]!) },
      ),
    ),
  );
}

describe("a feed on the ledger", () => {
  it("holds the median of what the reporters signed, in whatever order they are given", async () => {
    expect(await newestOfFeed(ledger, FEED)).toBeUndefined();
    const reports = (await sign([37.4, 36.9, 37.1])).reverse();
    await ledger.account.submit(await postTransaction(ledger, reports), signal);
    const observation = await readFeed(ledger, { feed: FEED, observedAtS: NOON_S });
    expect(observation).toMatchObject({ value: 37.1, observedAtS: NOON_S, reports: 3 });
    expect(await newestOfFeed(ledger, FEED)).toEqual(observation);
    expect(await readFeed(ledger, { feed: FEED, observedAtS: NOON_S + 60 })).toBeUndefined();
  });

  it("has the reporters of the deployment, and the rules that the governor gave it", async () => {
    const accounts = REPORTERS.map((holder) => addressOfKey(keyOf(holder)));
    expect((await readReporters(ledger)).toSorted()).toEqual(accounts.toSorted());
    expect(await readFeedRules(ledger, FEED)).toEqual(RULES);
    expect(await readFeedRules(ledger, feedId("nobody's"))).toBeUndefined();
    const [report] = await sign([37], NOON_S + 240);
    expect(reporterOf(report!, chain.deployment)).toBe(accounts[0]);
  });

  it("refuses a report whose value was changed after it was signed, with a reason", async () => {
    const reports = await sign([37, 37, 37], NOON_S + 120);
    const forged = reports.map((report, i) => (i === 1 ? { ...report, value: 41 } : report));
    const transaction = await postTransaction(ledger, forged);
    await expect(ledger.account.submit(transaction, signal)).rejects.toMatchObject({
      code: "LEDGER_REVERTED",
      facts: { error: "NotAReporter" },
    });
  });

  it("does not send what the registry would refuse anyway", async () => {
    const [first, second] = await sign([37, 37], NOON_S + 180);
    const other = { ...second!, observedAtS: NOON_S };
    expect(() => postTransaction(ledger, [])).toThrow("INVALID_ARGUMENT");
    expect(() => postTransaction(ledger, [first!, other])).toThrow("one feed and time");
    expect(() => postTransaction(ledger, [first!, first!])).toThrow("signed twice");
  });
});
