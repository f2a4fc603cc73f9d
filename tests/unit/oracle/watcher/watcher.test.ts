import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { forgeTree } from "../../../../demo/liar/forged-tree.ts";
import { streamOfKey } from "../../../../ledger/devices.ts";
import { readEvents } from "../../../../ledger/events.ts";
import { silentLog } from "../../../../oracle/log.ts";
import { createArchiveClient } from "../../../../oracle/replica/archive-client.ts";
import { openReplica } from "../../../../oracle/replica/folder.ts";
import { createPull } from "../../../../oracle/replica/pull.ts";
import { createWatcher, type WatcherOptions } from "../../../../oracle/watcher/watcher.ts";
import { fromHex, toHex, writeUint } from "../../../../protocol/bytes.ts";
import type { CaseCode } from "../../../../protocol/conviction.ts";
import type { Position } from "../../../../protocol/evidence.ts";
import { HOLE_REASONS } from "../../../../protocol/node.ts";
import { makeChain, makeKey, sign, type TestKey } from "../../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../../ledger/chain.ts";
import { makeDir, registerProbes } from "../world.ts";
import { type AnchoredLie, type LyingOperator, startLyingOperator, TOKEN } from "./lying-operator.ts";

const GENESIS_MS = Date.UTC(2025, 5, 1);
const keys = [makeKey("honest"), makeKey("other")];
const START_MS = GENESIS_MS - 86_400_000;
const FRAMES = keys.map((key) => makeChain({ key, count: 24, startMs: START_MS }));

let chain: TestChain;
let snapshot: string;
let operator: LyingOperator;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  await registerProbes(chain, keys);
});
afterAll(() => chain.close());
beforeEach(async () => {
  snapshot = await chain.call("evm_snapshot");
  operator = await startLyingOperator(chain);
});
afterEach(async () => {
  await operator[Symbol.asyncDispose]();
  await chain.call("evm_revert", [snapshot]);
});

const streamId = (key: TestKey) => fromHex(streamOfKey(chain.deployment, key.publicKey));
const readings = (frames: readonly Uint8Array[]): Position[] =>
  frames.map((frame) => ({ kind: "reading", frame }));
const HOLE: Position = { kind: "hole", reason: HOLE_REASONS["not-received"] };
const treeOf = (i: number, positions: readonly Position[], lie?: Parameters<typeof forgeTree>[0]["lie"]) =>
  forgeTree({ streamId: streamId(keys[i]!), positions, ...(lie === undefined ? {} : { lie }) });
const honest = (i: number, count: number, from = 0): AnchoredLie => ({
  tree: treeOf(i, readings(FRAMES[i]!.slice(0, count))),
  from,
});
/** The frames of the first probe, one of them changed and signed again by the probe, or not. */
const withFrame = (count: number, seq: number, change: (frame: Uint8Array) => Uint8Array): Position[] =>
  readings(FRAMES[0]!.slice(0, count).map((frame, i) => (i === seq ? change(frame.slice()) : frame)));
const resigned = (frame: Uint8Array, at: number, value: number): Uint8Array => {
  frame[at] = value;
  return sign(keys[0]!, frame.slice(0, 96));
};

async function startWatcher(dir: string, options: Partial<WatcherOptions> = {}) {
  const archive = createArchiveClient({ url: operator.url, token: TOKEN });
  const watcher = createWatcher({
    ledger: { deployment: chain.deployment, pollingIntervalMs: 5 },
    key: keyOf("agent"),
    sources: [archive],
    claimed: archive,
    dir,
    http: { host: "127.0.0.1", port: 0, tokens: [TOKEN] },
    pollIntervalMs: 5,
    log: silentLog,
    ...options,
  });
  await watcher.start();
  return watcher;
}

type Watching = Awaited<ReturnType<typeof startWatcher>>;

const until = (watcher: Watching, expected: object) =>
  vi.waitFor(() => expect(watcher.status()).toMatchObject(expected), { timeout: 20_000, interval: 5 });

/** Batches by what was found of them, as Prometheus is told. */
async function batchMetrics(watcher: Watching): Promise<Record<string, number>> {
  const response = await fetch(`http://127.0.0.1:${watcher.port}/metrics`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const lines = (await response.text()).matchAll(/^pondproof_watcher_batches\{state="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, state, count]) => [state, Number(count)]));
}

async function convictions(): Promise<{ code: CaseCode; batch: number }[]> {
  const ledger = await chain.connect("farmer");
  const events = await readEvents({ ledger, kinds: ["Convicted"] });
  ledger.close();
  return events.map(({ code, batch }) => ({ code, batch }));
}

describe("an honest operator", () => {
  it("is verified batch by batch, holes and late probes included", async () => {
    using folder = makeDir();
    await operator.anchor([honest(0, 5)]);
    const withHole = [...readings(FRAMES[0]!.slice(0, 7)), HOLE, ...readings(FRAMES[0]!.slice(8, 12))];
    await operator.anchor([{ tree: treeOf(0, withHole), from: 5 }, honest(1, 9)]);
    await operator.anchor([{ tree: treeOf(0, withHole), from: 12 }, honest(1, 24, 9)]);
    await using watcher = await startWatcher(folder.dir);
    await until(watcher, { batches: 3, verified: 3, behind: 0, refuted: 0, missing: 0, newest: 3 });
    expect(await convictions()).toEqual([]);
    expect(await batchMetrics(watcher)).toEqual({
      verified: 3,
      behind: 0,
      refuted: 0,
      convicted: 0,
      missing: 0,
    });
    expect((await fetch(`http://127.0.0.1:${watcher.port}/health`)).status).toBe(200);
  });

  it("goes on where it was after a restart", async () => {
    using folder = makeDir();
    await operator.anchor([honest(0, 5)]);
    {
      await using watcher = await startWatcher(folder.dir);
      await until(watcher, { verified: 1 });
    }
    await operator.anchor([honest(0, 20, 5)]);
    operator.withhold(/batches\/1/);
    await using watcher = await startWatcher(folder.dir);
    await until(watcher, { verified: 2 });
  });
});

/** A lie, told in batch 2 after an honest batch 1 of eight readings of each probe. */
const LIES: { code: CaseCode; lie: string; tell: () => Promise<unknown> }[] = [
  {
    code: "BadCombine",
    lie: "an inner node with another minimum",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(0, readings(FRAMES[0]!.slice(0, 16)), ({ level, index }, aggregate) => {
            if (level === 2 && index === 2) writeUint(aggregate, 32, 4, 5);
            return aggregate;
          }),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "BadCombine",
    lie: "readings out of order",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(
            0,
            withFrame(16, 12, (frame) => resigned(frame, 25, 0)),
          ),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "BadSignature",
    lie: "a reading that the probe did not sign",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(
            0,
            withFrame(16, 15, (frame) => frame.with(35, frame[35]! ^ 1) as Uint8Array),
          ),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "BadInside",
    lie: "a leaf that says other values than its record",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(0, readings(FRAMES[0]!.slice(0, 16)), ({ level, index }, aggregate) => {
            if (level === 0 && index === 11) writeUint(aggregate, 64, 4, 9);
            return aggregate;
          }),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "BadInside",
    lie: "a record of another schema, signed by the probe",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(
            0,
            withFrame(16, 15, (frame) => resigned(frame, 1, 2)),
          ),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "BadChain",
    lie: "a reading that does not continue the one before it",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(
            0,
            withFrame(16, 15, (frame) => resigned(frame, 70, 1)),
          ),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "BadOccupancy",
    lie: "a node that counts one reading more",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(0, readings(FRAMES[0]!.slice(0, 16)), ({ level, index }, aggregate) => {
            if (level === 1 && index === 6) writeUint(aggregate, 16, 4, 3);
            return aggregate;
          }),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "Rewritten",
    lie: "an anchored reading that becomes a hole",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(0, [...readings(FRAMES[0]!.slice(0, 3)), HOLE, ...readings(FRAMES[0]!.slice(4, 16))]),
          told: readings(FRAMES[0]!.slice(0, 16)),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "Rewritten",
    lie: "a manifest that goes back without a void",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(0, [...readings(FRAMES[0]!.slice(0, 3)), HOLE, ...readings(FRAMES[0]!.slice(4, 16))]),
          from: 3,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "Shrunk",
    lie: "a stream with fewer positions than before",
    tell: () => operator.anchor([{ ...honest(0, 6), from: 6 }, honest(1, 8, 8)]),
  },
  {
    code: "Shrunk",
    lie: "a stream that is gone",
    tell: () => operator.anchor([honest(1, 12, 8)]),
  },
  {
    code: "FromTheFuture",
    lie: "a reading later than its block",
    tell: () =>
      operator.anchor([
        {
          tree: treeOf(
            0,
            withFrame(16, 15, (frame) => resigned(frame, 23, 0xf0)),
          ),
          from: 8,
        },
        honest(1, 8, 8),
      ]),
  },
  {
    code: "BadDirectory",
    lie: "entries out of order",
    tell: () =>
      operator.anchor([honest(0, 12, 8), honest(1, 12, 8)], { order: (entries) => entries.reverse() }),
  },
];

describe("a lying operator", () => {
  it.each(LIES)("is convicted of $code for $lie", async ({ code, tell }) => {
    using folder = makeDir();
    await operator.anchor([honest(0, 8), honest(1, 8)]);
    await tell();
    await using watcher = await startWatcher(folder.dir);
    await until(watcher, { verified: 1, refuted: 1, cases: { found: 0, committed: 0, convicted: 1 } });
    expect(await convictions()).toEqual([{ code, batch: 2 }]);
    expect(watcher.status().problems[0]).toMatchObject({ batch: 2, why: expect.stringContaining(code) });
    expect(await batchMetrics(watcher)).toMatchObject({ verified: 1, refuted: 1, missing: 0 });
    expect((await fetch(`http://127.0.0.1:${watcher.port}/health`)).status).toBe(503);
  });

  it("who shows no trees is reported as withholding data, and convicted when he shows them", async () => {
    using folder = makeDir();
    await operator.anchor([honest(0, 8), honest(1, 8)]);
    operator.withhold(/directory|nodes/);
    await LIES[0]!.tell();
    await using watcher = await startWatcher(folder.dir);
    await until(watcher, { verified: 1, missing: 1, refuted: 0 });
    operator.withhold(/nodes\/2\/2/);
    await until(watcher, { missing: 1, problems: [{ why: expect.stringContaining("level 2, index 2") }] });
    expect(await convictions()).toEqual([]);
    operator.withhold(undefined);
    await until(watcher, { refuted: 1, cases: { convicted: 1 } });
    expect(await convictions()).toEqual([{ code: "BadCombine", batch: 2 }]);
  });

  it("whose archive does not answer is reported as withholding data", async () => {
    using folder = makeDir();
    await operator.anchor([honest(0, 8)]);
    const away = createArchiveClient({ url: "http://127.0.0.1:1", token: TOKEN });
    await using watcher = await startWatcher(folder.dir, { sources: [away], claimed: away });
    await until(watcher, { verified: 0, missing: 1, refuted: 0 });
  });

  it("who withholds raw bytes is waited for, and what comes behind is not judged without them", async () => {
    using folder = makeDir();
    operator.withhold(/segments/);
    await operator.anchor([honest(0, 8)]);
    await operator.anchor([honest(0, 12, 8)]);
    await using watcher = await startWatcher(folder.dir);
    await until(watcher, { missing: 1, behind: 1 });
    expect(await batchMetrics(watcher)).toMatchObject({ verified: 0, behind: 1, missing: 1 });
    operator.withhold(undefined);
    await until(watcher, { verified: 2, missing: 0 });
  });

  it("whose archive is down withholds nothing from a watcher with a replica", async () => {
    using folder = makeDir();
    using replica = makeDir();
    await operator.anchor([honest(0, 8)]);
    const archive = createArchiveClient({ url: operator.url, token: TOKEN });
    const copy = openReplica(replica.dir);
    await createPull({ archive, folder: copy }).turn(new AbortController().signal);
    const away = createArchiveClient({ url: "http://127.0.0.1:1", token: TOKEN });
    await using watcher = await startWatcher(folder.dir, { sources: [away, copy], claimed: away });
    await until(watcher, { verified: 1, missing: 0 });
  });

  it("whose archive and whose replica lack one segment is reported as withholding it, until one of them has it", async () => {
    using folder = makeDir();
    using replica = makeDir();
    operator.withhold(/segments/);
    await operator.anchor([honest(0, 8)]);
    const archive = createArchiveClient({ url: operator.url, token: TOKEN });
    const copy = openReplica(replica.dir);
    const pull = createPull({ archive, folder: copy });
    const { signal } = new AbortController();
    await expect(pull.turn(signal)).rejects.toThrow();
    await using watcher = await startWatcher(folder.dir, { sources: [archive, copy] });
    await until(watcher, {
      missing: 1,
      problems: [{ batch: 1, state: "missing", why: expect.stringMatching(/segment 0x.* is missing/) }],
    });
    expect(await batchMetrics(watcher)).toMatchObject({ verified: 0, missing: 1 });
    expect((await fetch(`http://127.0.0.1:${watcher.port}/health`)).status).toBe(503);
    operator.withhold(undefined);
    await createPull({ archive, folder: copy }).turn(signal);
    await until(watcher, { verified: 1, missing: 0 });
  });

  it("whose archive hands out other bytes than the ledger names is taken to hold none", async () => {
    using folder = makeDir();
    await operator.anchor([honest(0, 8)]);
    const [[hash, segment]] = [...operator.blobs] as [[string, Uint8Array]];
    operator.blobs.set(hash, segment.with(5, segment[5]! ^ 1) as Uint8Array);
    await using watcher = await startWatcher(folder.dir);
    await until(watcher, { missing: 1 });
    operator.blobs.set(hash, segment);
    await until(watcher, { verified: 1 });
  });

  it("is watched on after he corrects himself: the stream comes back whole", async () => {
    using folder = makeDir();
    await operator.anchor([honest(0, 8), honest(1, 8)]);
    await LIES[0]!.tell();
    await using watcher = await startWatcher(folder.dir);
    await until(watcher, { refuted: 1, cases: { convicted: 1 } });
    await operator.anchor([honest(0, 18), honest(1, 9, 8)]);
    await operator.anchor([honest(0, 20, 18), honest(1, 9, 9)]);
    await until(watcher, { verified: 3, refuted: 0, convicted: 1, missing: 0, behind: 0, problems: [] });
    expect(await convictions()).toHaveLength(1);
    expect((await fetch(`http://127.0.0.1:${watcher.port}/health`)).status).toBe(200);
  });
});

describe("a probe that contradicts itself", () => {
  it("is shown to the ledger, and no batch is refuted for it", async () => {
    using folder = makeDir();
    await operator.anchor([honest(0, 8)]);
    const second = sign(keys[0]!, FRAMES[0]![5]!.slice(0, 96).with(35, 9) as Uint8Array);
    const gateway = {
      read: async ({ after }: { after: number }) =>
        after > 0
          ? []
          : [
              {
                kind: "reading" as const,
                cursor: 1,
                device: keys[0]!.device,
                seq: 5,
                frame: second,
                receivedAtMs: 0,
              },
            ],
    };
    await using watcher = await startWatcher(folder.dir, { gateway });
    await until(watcher, { verified: 1, refuted: 0, cases: { convicted: 1 } });
    expect(await convictions()).toEqual([{ code: "Equivocation", batch: 0 }]);
    expect(toHex(streamId(keys[0]!))).toBe(streamOfKey(chain.deployment, keys[0]!.publicKey));
  });
});
