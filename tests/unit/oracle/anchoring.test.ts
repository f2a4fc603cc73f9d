import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { id } from "ethers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { anchorTransaction } from "../../../ledger/batches.ts";
import type { AnchorStep } from "../../../oracle/anchor.ts";
import { silentLog } from "../../../oracle/log.ts";
import type { OracleOptions } from "../../../oracle/options.ts";
import { makeChain, makeKey, sign } from "../../factories.ts";
import { startTestChain, type TestChain } from "../ledger/chain.ts";
import {
  allAnchored,
  batchEvents,
  createMemoryFeed,
  eventually,
  expectedContent,
  makeDir,
  registerProbes,
  startOracle,
} from "./world.ts";

const keys = [makeKey("a"), makeKey("b"), makeKey("c")];
const FRAMES = keys.map((key, i) => makeChain({ key, count: 24, oxygen: (seq) => 4 + ((seq + i) % 5) }));

let chain: TestChain;
let snapshot: string;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: Date.UTC(2025, 5, 20) });
  await registerProbes(chain, keys.slice(0, 2));
});
afterAll(() => chain.close());
beforeEach(async () => {
  snapshot = await chain.call("evm_snapshot");
});
afterEach(() => chain.call("evm_revert", [snapshot]));

function makeFeed() {
  const feed = createMemoryFeed();
  for (const i of [0, 1]) feed.readings(keys[i]!, FRAMES[i]!.slice(0, 12));
  feed.hole(keys[0]!, 12);
  feed.readings(keys[0]!, FRAMES[0]!.slice(13), 13);
  feed.readings(keys[1]!, FRAMES[1]!.slice(12), 12);
  return feed;
}

/** Every reading of the feed is on the ledger, and every batch came with one transaction. */
async function expectAnchoredOnce(feed: ReturnType<typeof makeFeed>, onChain = chain, transactions = 0) {
  const { events, sent } = await batchEvents(onChain);
  expect(events.map(({ number }) => number)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(-1)).toMatchObject(expectedContent(onChain, feed, keys.slice(0, 2)));
  expect(sent).toBe(events.length + transactions);
}

const small = { maxReadings: 10, maxAgeMs: 0 };

describe("anchoring", () => {
  it("brings every position of the feed to the ledger, in batches of limited size", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    await using oracle = await startOracle(chain, { feed, ...folder, batch: small });
    await allAnchored(oracle, feed);
    await expectAnchoredOnce(feed);
    expect(oracle.status()).toMatchObject({ anchored: 5, anchoredReadings: 47, pendingReadings: 0 });
  });

  it("goes on where it was after a restart, and anchors nothing when nothing is new", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    for (let run = 0; run < 2; run++) {
      await using oracle = await startOracle(chain, { feed, ...folder });
      await allAnchored(oracle, feed);
      await expectAnchoredOnce(feed);
    }
  });

  it("keeps the readings of a probe that is registered later", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    feed.readings(keys[2]!, FRAMES[2]!);
    await using oracle = await startOracle(chain, { feed, ...folder });
    await allAnchored(oracle, feed, 47);
    await registerProbes(chain, [keys[2]!]);
    await eventually(() => expect(oracle.status().anchoredReadings).toBe(71));
    const { events } = await batchEvents(chain);
    expect(events.at(-1)).toMatchObject(expectedContent(chain, feed, keys));
  });

  it("makes holes of what a gateway should not have admitted", async () => {
    using folder = makeDir();
    const feed = createMemoryFeed();
    const [first, second, third] = FRAMES[0]!;
    const forged = second!.slice();
    forged[159]! ^= 1;
    feed.readings(keys[0]!, [first!, forged, third!]);
    const repaired = createMemoryFeed();
    repaired.readings(keys[0]!, [first!]);
    repaired.items.push({ kind: "hole", cursor: 2, device: keys[0]!.device, seq: 1, reason: 3 });
    repaired.readings(keys[0]!, [third!], 2);
    await using oracle = await startOracle(chain, { feed, ...folder });
    await allAnchored(oracle, feed, 2);
    const { events } = await batchEvents(chain);
    expect(events.at(-1)).toMatchObject(expectedContent(chain, repaired, keys.slice(0, 1)));
    expect(oracle.status().refused).toEqual({ "bad-signature": 1 });
  });

  it("stops at a feed that contradicts itself, and anchors nothing of it", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    await using oracle = await startOracle(chain, { feed, ...folder });
    await allAnchored(oracle, feed);
    const other = sign(keys[0]!, FRAMES[0]![5]!.slice(0, 96).fill(1, 40, 44));
    feed.readings(keys[0]!, [other], 5);
    await expect(oracle.finished).rejects.toMatchObject({ code: "FEED_BROKEN", facts: { seq: 5 } });
    expect((await fetch(`http://127.0.0.1:${oracle.port}/health`)).status).toBe(503);
    await expectAnchoredOnce({ ...feed, items: feed.items.slice(0, -1) });
  });
});

describe("a process that dies", () => {
  const steps: AnchorStep[] = ["sealed", "signed", "sent", "mined", "anchored"];
  it.each(steps)("right after a batch was %s anchors every reading exactly once", async (step) => {
    using folder = makeDir();
    const feed = makeFeed();
    const batches = new Set<number>();
    const dieOnce: OracleOptions["onAnchorStep"] = (at, number) => {
      if (at !== step || batches.has(number)) return;
      batches.add(number);
      throw new Error("killed");
    };
    for (let alive = false; !alive; ) {
      await using oracle = await startOracle(chain, { feed, ...folder, batch: small, onAnchorStep: dieOnce });
      const outcome = await Promise.race([
        allAnchored(oracle, feed).then(() => "done"),
        oracle.finished.catch((error: Error) => error.message),
      ]);
      alive = outcome === "done";
    }
    expect(batches.size).toBe(5);
    await expectAnchoredOnce(feed);
  });

  it("signs again when its transaction's number went to another one", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    const dieSigned: OracleOptions["onAnchorStep"] = (step) => {
      if (step === "signed") throw new Error("killed");
    };
    {
      await using oracle = await startOracle(chain, { feed, ...folder, onAnchorStep: dieSigned });
      await expect(oracle.finished).rejects.toThrow("killed");
    }
    const other = await chain.connect("operator");
    const unrelated = await other.contracts.Policies.withdrawQuote.populateTransaction(5);
    await other.account.submit(unrelated, new AbortController().signal);
    other.close();
    await using oracle = await startOracle(chain, { feed, ...folder });
    await allAnchored(oracle, feed);
    await expectAnchoredOnce(feed, chain, 1);
  });
});

describe("a ledger that is not as the store left it", () => {
  it("stops loudly at a batch that somebody else anchored", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    const other = await chain.connect("operator");
    const content = {
      number: 1,
      directoryRoot: new Uint8Array(32).fill(1),
      streamCount: 1,
      readings: 1,
      manifest: new Uint8Array(32),
    };
    await other.account.submit(await anchorTransaction(other, content), new AbortController().signal);
    other.close();
    await using oracle = await startOracle(chain, { feed, ...folder });
    await expect(oracle.finished).rejects.toMatchObject({ code: "FOREIGN_BATCH" });
    const health = await fetch(`http://127.0.0.1:${oracle.port}/health`);
    expect([health.status, await health.json()]).toEqual([
      503,
      { ok: false, reasons: [{ code: "FOREIGN_BATCH", part: "anchoring" }] },
    ]);
  });

  it("anchors again, under the same numbers, the newest batches that the ledger forgot", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    let afterTwo = "";
    {
      await using oracle = await startOracle(chain, {
        feed,
        ...folder,
        batch: { maxReadings: 20, maxAgeMs: 1e15 },
      });
      await eventually(() => expect(oracle.status()).toMatchObject({ anchored: 2, pendingReadings: 8 }));
      afterTwo = await chain.call("evm_snapshot");
    }
    {
      await using oracle = await startOracle(chain, { feed, ...folder });
      await allAnchored(oracle, feed);
    }
    const before = await batchEvents(chain);
    await chain.call("evm_revert", [afterTwo]);
    await using oracle = await startOracle(chain, { feed, ...folder });
    await eventually(async () => expect((await batchEvents(chain)).events).toHaveLength(3));
    const digest = ({
      number,
      directoryRoot,
      manifest,
    }: {
      number: number;
      directoryRoot: string;
      manifest: string;
    }) => [number, directoryRoot, manifest];
    expect((await batchEvents(chain)).events.map(digest)).toEqual(before.events.map(digest));
    expect(oracle.status()).toMatchObject({ forgotten: 1, anchored: 3, lastBatch: 3 });
    await expectAnchoredOnce(feed);
  });

  it("goes on when the ledger goes back between two of its questions", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    const batch = { maxReadings: 20, maxAgeMs: 1e15 };
    {
      await using oracle = await startOracle(chain, { feed, ...folder, batch });
      await eventually(() => expect(oracle.status()).toMatchObject({ anchored: 2, pendingReadings: 8 }));
    }
    const afterTwo = await chain.call("evm_snapshot");
    {
      await using oracle = await startOracle(chain, { feed, ...folder });
      await allAnchored(oracle, feed);
    }
    await using node = await startForgetfulNode(() => chain.call("evm_revert", [afterTwo]));
    const ledger = { deployment: chain.deployment, rpc: [node.url], pollingIntervalMs: 5 };
    await using oracle = await startOracle(chain, { feed, ...folder, ledger });
    await eventually(() => expect(oracle.status()).toMatchObject({ forgotten: 1, anchored: 3 }));
    await expectAnchoredOnce(feed);
  });

  it("seals everything again from the first reading when the ledger forgot all of it", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    const before: string = await chain.call("evm_snapshot");
    {
      await using oracle = await startOracle(chain, { feed, ...folder, batch: small });
      await allAnchored(oracle, feed);
    }
    await chain.call("evm_revert", [before]);
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (facts: unknown) => void warnings.push(facts) };
    await using oracle = await startOracle(chain, { feed, ...folder, log });
    await eventually(() =>
      expect(oracle.status()).toMatchObject({ forgotten: 5, anchoredReadings: 47, anchored: 1 }),
    );
    expect(warnings).toEqual([{ lost: 5, onChain: 0 }]);
    await expectAnchoredOnce(feed);
  });

  it("starts over on another ledger from the first reading, says so and keeps the old store", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    {
      await using oracle = await startOracle(chain, { feed, ...folder });
      await allAnchored(oracle, feed);
    }
    await using other = await startTestChain({ genesisMs: Date.UTC(2025, 6, 1) });
    await registerProbes(other, keys.slice(0, 2));
    await using oracle = await startOracle(other, { feed, ...folder });
    const { startedOver } = oracle.status();
    expect(startedOver?.previous.genesis).toBe(chain.deployment.genesis);
    expect(existsSync(startedOver!.movedTo)).toBe(true);
    await allAnchored(oracle, feed);
    await expectAnchoredOnce(feed, other);
  });

  it("stops when the chain behind the address was started anew", async () => {
    using folder = makeDir();
    const deployment = { ...chain.deployment, genesis: `0x${"00".repeat(32)}` as const };
    await using oracle = await startOracle({ deployment }, { feed: makeFeed(), ...folder });
    await expect(oracle.finished).rejects.toMatchObject({ code: "LEDGER_FORGOT" });
  });

  it("stops when the chain is exchanged under it, even for one with the same contracts", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    await using gate = await startGate();
    gate.leadsTo(chain.rpc);
    const ledger = { deployment: chain.deployment, rpc: gate.url, pollingIntervalMs: 5 };
    await using oracle = await startOracle(chain, { feed, ...folder, ledger });
    await allAnchored(oracle, feed);
    await using other = await startTestChain({ genesisMs: Date.UTC(2025, 8, 1) });
    expect(other.deployment.contracts).toEqual(chain.deployment.contracts);
    gate.leadsTo(other.rpc);
    feed.readings(keys[0]!, makeChain({ key: keys[0]!, count: 1, after: FRAMES[0]!.at(-1)! }), 24);
    await expect(oracle.finished).rejects.toMatchObject({ code: "LEDGER_FORGOT" });
    expect((await batchEvents(other)).events).toEqual([]);
  });

  it("waits while no node answers, takes readings all the same, and catches up", async () => {
    using folder = makeDir();
    const feed = makeFeed();
    await using gate = await startGate();
    const ledger = { deployment: chain.deployment, rpc: gate.url, pollingIntervalMs: 5 };
    await using oracle = await startOracle(chain, { feed, ...folder, ledger, batch: small });
    await eventually(() => {
      expect(oracle.status()).toMatchObject({ cursor: 48, failing: { anchoring: "LEDGER_UNREACHABLE" } });
    });
    gate.leadsTo(chain.rpc);
    await allAnchored(oracle, feed);
    await expectAnchoredOnce(feed);
    expect(oracle.status().failing).toEqual({});
  });
});

/** A node's address that hangs up on everybody until it leads somewhere. */
async function startGate() {
  let target: string | undefined;
  const server = createServer(async (request, response) => {
    if (target === undefined) {
      response.destroy();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(target, { method: "POST", headers, body: Buffer.concat(chunks) });
    response.end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadsTo(rpc: string) {
      target = rpc;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The test chain's node, which forgets something right after it first said which batch is the last. */
async function startForgetfulNode(forget: () => Promise<unknown>) {
  const question = id("lastBatch()").slice(0, 10);
  let isArmed = true;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const answer = await fetch(chain.rpc, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    const said = await answer.text();
    if (isArmed && body.includes(question)) {
      isArmed = false;
      await forget();
    }
    response.setHeader("content-type", "application/json").end(said);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
