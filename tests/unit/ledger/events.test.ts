import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEventReader, readEvents } from "../../../ledger/events.ts";
import { startTestChain, type TestChain } from "./chain.ts";

let chain: TestChain;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: Date.UTC(2026, 5, 1) });
});
afterAll(() => chain.close());

describe("an event reader", () => {
  it("reads in bounded ranges, in order, nothing twice and nothing not", async () => {
    const ledger = await chain.connect("insurer");
    const { Products, Token } = ledger.contracts;
    const publish = async (maxSumInsured: number) => {
      const product = {
        insurer: ledger.account.address,
        token: Token.target,
        scheduleHash: `0x${"00".repeat(32)}`,
        maxSumInsured,
        maxPerWaterBody: maxSumInsured,
        approvalLimit: 1,
        maxTermSeconds: 86_400,
        minChallengeSeconds: 1,
        maxChallengeSeconds: 10,
        shortestStepSeconds: 0,
        approved: false,
      };
      const charges = {
        provider: ledger.account.address,
        providerFeeBps: 0,
        cancelRefundBps: 0,
        seasonWeights: Array<number>(12).fill(1),
      };
      const peril = {
        source: 0,
        metric: 0,
        comparison: 0,
        tiers: [{ threshold: 5, minDurationMs: 2_000, payoutBps: 100 }],
        validMin: 1,
        validMax: 9,
        maxGapMs: 1_000,
        maxMissing: 0,
        separationSeconds: 1,
        deductible: 0,
        sublimit: 0,
        second: { present: false, metric: 0, comparison: 0, threshold: 0 },
      };
      const document = `0x${"00".repeat(32)}`;
      const transaction = await Products.publish.populateTransaction(product, charges, [peril], document);
      return ledger.account.submit(transaction, new AbortController().signal);
    };

    await publish(1);
    await chain.call("hardhat_mine", ["0x1388"]);
    const second = await publish(2);
    const reader = createEventReader({ ledger, kinds: ["ProductPublished"] });
    const parts = [];
    for (let done = false; !done; ) {
      const part = await reader.next();
      parts.push(part.events.map(({ number }) => Number(number)));
      done = part.done;
    }
    expect(parts).toEqual([[1], [], [2]]);
    expect(reader.block).toBe(second.blockNumber + 1);
    expect(await reader.next()).toEqual({ events: [], done: true });

    const all = await readEvents({ ledger, kinds: ["ProductPublished", "PolicyBound"] });
    expect(all.map(({ kind, place }) => [kind, place.transaction])).toEqual([
      ["ProductPublished", expect.stringMatching(/^0x/)],
      ["ProductPublished", second.hash],
    ]);
    ledger.close();
  });
});
