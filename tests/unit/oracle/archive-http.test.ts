import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBatch } from "../../../ledger/batches.ts";
import { streamOfKey } from "../../../ledger/devices.ts";
import type { Oracle } from "../../../oracle/oracle.ts";
import { readTree } from "../../../protocol/anchored-tree.ts";
import { decodeDirectory, decodeNode } from "../../../protocol/archive.ts";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import { createDirectory, directoryOf } from "../../../protocol/directory.ts";
import {
  checkEvidence,
  decodeEvidence,
  type EvidenceChecks,
  type EvidenceJson,
} from "../../../protocol/evidence.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { frameIn, type Place } from "../../../protocol/leaf-rules.ts";
import { decodeManifest, splitSegment } from "../../../protocol/manifest.ts";
import { holeLeaf, readingLeaf, streamIdOf } from "../../../protocol/node.ts";
import { recordTimeMs } from "../../../protocol/record.ts";
import { verifyRecord } from "../../../protocol/signature.ts";
import { createNodeMemory, createStreamTree, type StreamTree } from "../../../protocol/tree.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { startTestChain, type TestChain } from "../ledger/chain.ts";
import {
  allAnchored,
  batchEvents,
  createMemoryFeed,
  makeDir,
  POND,
  registerProbes,
  startOracle,
  TOKEN,
} from "./world.ts";

const keys = [makeKey("north"), makeKey("south")];
const FRAMES = keys.map((key) => makeChain({ key, count: 40 }));
const timeOf = (seq: number) => recordTimeMs(FRAMES[0]![seq]!);

const folder = makeDir();
let chain: TestChain;
let oracle: Oracle;
let ledger: Awaited<ReturnType<TestChain["connect"]>>;
let streamId: string;

beforeAll(async () => {
  chain = await startTestChain({ genesisMs: Date.UTC(2025, 5, 20) });
  await registerProbes(chain, keys);
  const feed = createMemoryFeed();
  for (const [i, key] of keys.entries()) {
    feed.readings(key, FRAMES[i]!.slice(0, 15));
    feed.hole(key, 15);
    feed.readings(key, FRAMES[i]!.slice(16), 16);
  }
  oracle = await startOracle(chain, { feed, ...folder, batch: { maxReadings: 30, maxAgeMs: 0 } });
  await allAnchored(oracle, feed);
  ledger = await chain.connect("farmer");
  streamId = streamOfKey(chain.deployment, keys[0]!.publicKey);
});
afterAll(async () => {
  ledger.close();
  await oracle.stop();
  await chain.close();
  folder[Symbol.dispose]();
});

function request(path: string, token = TOKEN): Promise<Response> {
  return fetch(`http://127.0.0.1:${oracle.port}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

async function json<T>(path: string): Promise<T> {
  return (await request(path)).json() as Promise<T>;
}

const evidencePath = (query: string) => `/api/v1/evidence/${streamId}?${query}`;
const window = () => `fromMs=${timeOf(10)}&toMs=${timeOf(30)}`;

const checks: EvidenceChecks = {
  async anchoredBatch(number) {
    const batch = await readBatch(ledger, number);
    return batch && { directoryRoot: fromHex(batch.directoryRoot), streamCount: batch.streamCount };
  },
  streamIdOf: (publicKey) => {
    const { chainId, contracts } = chain.deployment;
    return streamIdOf({ chainId, deviceRegistry: contracts.DeviceRegistry, publicKey });
  },
  verifySignature: verifyRecord,
};

async function check(change: (evidence: EvidenceJson) => EvidenceJson = (it) => it) {
  const evidence = change(await json<EvidenceJson>(evidencePath(window())));
  return checkEvidence(decodeEvidence(evidence), checks);
}

/** Another hex string of that length: one byte, `at` bytes from its beginning, has another value. */
function flip(hex: string, at: number): `0x${string}` {
  const bytes = fromHex(hex);
  bytes[at]! ^= 1;
  return toHex(bytes);
}

describe("the archive", () => {
  it("lets an auditor rebuild every anchored root from manifests and segments alone", async () => {
    const { events } = await batchEvents(chain);
    const trees = new Map<string, StreamTree>();
    for (const { number, directoryRoot, manifest: anchored, readings } of events) {
      const bytes = new Uint8Array(await (await request(`/api/v1/batches/${number}/manifest`)).arrayBuffer());
      expect(toHex(sha256(bytes))).toBe(anchored);
      for (const stream of decodeManifest(bytes).streams) {
        const id = toHex(stream.streamId);
        const tree =
          trees.get(id) ?? createStreamTree({ streamId: stream.streamId, store: createNodeMemory() });
        trees.set(id, tree);
        const answer = await request(`/api/v1/segments/${toHex(stream.frames).slice(2)}`);
        const frames = splitSegment(new Uint8Array(await answer.arrayBuffer()), stream);
        const holes = new Map(stream.holes.map(({ seq, reason }) => [seq, reason]));
        expect(tree.size).toBe(stream.from);
        for (let seq = stream.from; seq <= stream.to; seq++) {
          const reason = holes.get(seq);
          tree.append(
            reason === undefined
              ? readingLeaf(stream.streamId, seq, frames.shift()!)
              : holeLeaf(stream.streamId, seq, reason),
          );
        }
      }
      const entries = [...trees.values()].map((tree) => ({
        streamId: tree.streamId,
        size: tree.size,
        root: tree.root().digest,
      }));
      expect(toHex(createDirectory(entries).root)).toBe(directoryRoot);
      expect(readings).toBeLessThanOrEqual(78);
    }
    expect(events.length).toBeGreaterThan(2);
  });

  it("names the streams with their keys and ponds, and the deployment", async () => {
    expect(await json("/api/v1/streams")).toContainEqual({
      streamId,
      device: keys[0]!.device,
      x: toHex(keys[0]!.publicKey.subarray(0, 32)),
      y: toHex(keys[0]!.publicKey.subarray(32)),
      pond: POND,
    });
    expect(await json("/api/v1/deployment")).toEqual(chain.deployment);
  });

  it("says how it is", async () => {
    expect(await json("/api/v1/status")).toMatchObject({
      anchored: 3,
      lastBatch: 3,
      anchoredReadings: 78,
      cursor: 80,
    });
    expect(await json("/health")).toEqual({ ok: true, reasons: [] });
    expect(await (await request("/metrics")).text()).toContain("pondproof_oracle_anchored_readings 78");
  });
});

describe("the trees", () => {
  it("can be read from the anchored root down to every signed frame and hole", async () => {
    const { number, directoryRoot } = (await batchEvents(chain)).events.at(-1)!;
    const { reader, root } = await treeOf(number);
    expect(root).toBe(directoryRoot);
    expect(reader.stream.size).toBe(40);
    for (let index = 0; index < 40; index++) {
      const leaf = await reader.node({ level: 0, index });
      const frame = frameIn(index, leaf!.below!);
      expect(frame).toEqual(index === 15 ? undefined : FRAMES[0]![index]);
    }
  });

  it("are also given as they were in an older batch", async () => {
    const [first] = (await batchEvents(chain)).events;
    const { reader, root } = await treeOf(1);
    expect(root).toBe(first!.directoryRoot);
    const { size } = reader.stream;
    expect(size).toBeLessThan(40);
    for (let index = 0; index < size; index++)
      expect((await reader.node({ level: 0, index }))!.below).toBeDefined();
  });

  async function treeOf(number: number) {
    const directory = directoryOf(decodeDirectory(await json(`/api/v1/batches/${number}/directory`)).entries);
    const { index, siblings } = directory.prove(fromHex(streamId));
    const path = `/api/v1/batches/${number}/streams/${streamId}/nodes`;
    const node = async (place: Place) => decodeNode(await json(`${path}/${place.level}/${place.index}`));
    const reader = readTree({
      ...directory.entries[index]!,
      batch: number,
      directory: { index, siblings },
      body: async (place) => (await node(place)).body,
      below: async (place) => (await node(place)).below,
    });
    return { reader, root: toHex(directory.root) };
  }
});

describe("evidence", () => {
  it("passes every step of the check", async () => {
    const report = await check();
    expect(report.steps.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
    expect(report.window).toMatchObject({ count: 20, missing: 1, firstMs: timeOf(10), lastMs: timeOf(30) });
  });

  it("is also given from an older batch that holds the window", async () => {
    const path = evidencePath(`batch=1&fromMs=${timeOf(3)}&toMs=${timeOf(8)}`);
    const report = await checkEvidence(decodeEvidence(await json(path)), checks);
    expect(report).toMatchObject({ ok: true, window: { count: 6 } });
  });

  it.each([
    ["root", "ledger", (it: EvidenceJson) => ({ ...it, root: flip(it.root, 3) })],
    ["public key", "ledger", (it: EvidenceJson) => ({ ...it, publicKey: flip(it.publicKey, 3) })],
    ["walk", "window", (it: EvidenceJson) => ({ ...it, walk: flip(it.walk, 100) })],
    ["frame", "tree", (it: EvidenceJson) => ({ ...it, frames: flip(it.frames, 500) })],
  ] as const)("with a byte of its %s flipped fails in the step `%s`", async (_, step, change) => {
    const report = await check(change);
    expect(report.ok).toBe(false);
    expect(report.steps.at(-1)).toMatchObject({ step, ok: false });
  });

  it("with a record damaged in the archive fails at that record", async () => {
    const database = new DatabaseSync(join(folder.dir, "oracle.db"));
    const select = "SELECT p.device, p.frame FROM positions p JOIN streams s USING (device)";
    const row = database.prepare(`${select} WHERE s.stream_id = ? AND p.seq = 20`).get(fromHex(streamId)) as {
      device: number;
      frame: Uint8Array;
    };
    const write = (frame: Uint8Array) =>
      database.prepare("UPDATE positions SET frame = ? WHERE device = ? AND seq = 20").run(frame, row.device);
    write(fromHex(flip(toHex(row.frame), 33)));
    const report = await check();
    write(row.frame);
    database.close();
    expect(report.steps.at(-1)).toMatchObject({ step: "tree", ok: false });
    expect((await check()).ok).toBe(true);
  });
});

describe("a request that is none", () => {
  it.each([
    ["/api/v1/batches/99/manifest", 404, "UNKNOWN_BATCH"],
    ["/api/v1/batches/x/manifest", 400, "INVALID_ARGUMENT"],
    [`/api/v1/segments/${"00".repeat(32)}`, 404, "UNKNOWN_SEGMENT"],
    ["/api/v1/segments/..%2F..%2Fetc", 400, "INVALID_ARGUMENT"],
    [`/api/v1/evidence/0x${"00".repeat(32)}?fromMs=1&toMs=2`, 404, "UNKNOWN_STREAM"],
    ["/api/v1/batches/99/directory", 404, "UNKNOWN_BATCH"],
    [`/api/v1/batches/1/streams/0x${"00".repeat(32)}/nodes/0/0`, 404, "UNKNOWN_STREAM"],
    [`/api/v1/batches/1/streams/0x${"00".repeat(32)}/nodes/33/0`, 400, "INVALID_ARGUMENT"],
    [`/api/v1/batches/1/streams/0x${"00".repeat(32)}/nodes/0/-1`, 400, "INVALID_ARGUMENT"],
    ["/api/v1/nothing", 404, "NO_SUCH_ROUTE"],
  ])("%s is answered %i", async (path, status, code) => {
    const answer = await request(path);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ status, code });
  });

  it("a node beyond its stream's end is not known", async () => {
    const path = `/api/v1/batches/3/streams/${streamId}/nodes/0/40`;
    expect(await json(path)).toMatchObject({ status: 404, code: "UNKNOWN_NODE" });
  });

  it.each([
    ["fromMs=5&toMs=4", 400, "INVALID_ARGUMENT"],
    ["fromMs=5", 400, "INVALID_ARGUMENT"],
    ["fromMs=5&toMs=6&more=1", 400, "INVALID_ARGUMENT"],
    ["fromMs=5&toMs=6&batch=77", 404, "UNKNOWN_BATCH"],
    ["fromMs=5&toMs=6", 422, "NO_READING_BESIDE_WINDOW"],
  ])("evidence for %s is answered %i", async (query, status, code) => {
    expect(await json(evidencePath(query))).toMatchObject({ status, code });
  });

  it("without the token is refused, and says nothing", async () => {
    for (const token of ["", "x", `${TOKEN}x`]) {
      const answer = await request("/api/v1/streams", token);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        401,
        "UNAUTHORISED",
      ]);
    }
  });
});
