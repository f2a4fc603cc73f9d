import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { forgeTree } from "../../../../demo/liar/forged-tree.ts";
import { streamOfKey } from "../../../../ledger/devices.ts";
import { silentLog } from "../../../../oracle/log.ts";
import { createArchiveClient } from "../../../../oracle/replica/archive-client.ts";
import { openReplica } from "../../../../oracle/replica/folder.ts";
import { createPull } from "../../../../oracle/replica/pull.ts";
import { createWatcher } from "../../../../oracle/watcher/watcher.ts";
import { fromHex, writeUint } from "../../../../protocol/bytes.ts";
import type { DirectoryEntry } from "../../../../protocol/directory.ts";
import { makeChain, makeKey } from "../../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../../ledger/chain.ts";
import { type LyingOperator, startLyingOperator, TOKEN } from "../watcher/lying-operator.ts";
import { eventually, makeDir, registerProbes } from "../world.ts";

const REPLICA = fileURLToPath(new URL("../../../../oracle/replica/main.ts", import.meta.url));
const VERIFY = fileURLToPath(new URL("../../../../oracle/verify-main.ts", import.meta.url));
const GENESIS_MS = Date.UTC(2025, 5, 1);
const key = makeKey("replica");
const FRAMES = makeChain({ key, count: 30, startMs: GENESIS_MS - 86_400_000 });
const { signal } = new AbortController();

let chain: TestChain;
let snapshot: string;
let operator: LyingOperator;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  await registerProbes(chain, [key]);
});
afterAll(() => chain.close());
beforeEach(async () => {
  snapshot = await chain.call("evm_snapshot");
  operator = await startLyingOperator(chain);
  for (const [from, to] of [
    [0, 10],
    [10, 20],
    [20, 30],
  ] as const)
    await operator.anchor([{ tree: treeOf(to), from }]);
});
afterEach(async () => {
  await operator[Symbol.asyncDispose]();
  await chain.call("evm_revert", [snapshot]);
});

const treeOf = (count: number, lie?: Parameters<typeof forgeTree>[0]["lie"]) =>
  forgeTree({
    streamId: fromHex(streamOfKey(chain.deployment, key.publicKey)),
    positions: FRAMES.slice(0, count).map((frame) => ({ kind: "reading", frame })),
    ...(lie === undefined ? {} : { lie }),
  });

function pullInto(dir: string) {
  const folder = openReplica(dir);
  return {
    folder,
    pull: createPull({ archive: createArchiveClient({ url: operator.url, token: TOKEN }), folder }),
  };
}

/** A watcher sees to it that what is false is void on the ledger. */
async function convict(): Promise<void> {
  using dir = makeDir();
  const archive = createArchiveClient({ url: operator.url, token: TOKEN });
  await using watcher = createWatcher({
    ledger: { deployment: chain.deployment, pollingIntervalMs: 5 },
    key: keyOf("agent"),
    sources: [archive],
    claimed: archive,
    dir: dir.dir,
    http: { host: "127.0.0.1", port: 0, tokens: [TOKEN] },
    pollIntervalMs: 5,
    log: silentLog,
  });
  await watcher.start();
  await eventually(() => expect(watcher.status().cases.convicted).toBe(1));
}

const blobsIn = (dir: string) => globSync(join(dir, "blobs/*/*"));

async function command(file: string, ...args: string[]) {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, PONDPROOF_TOKEN: TOKEN },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.on("data", (data) => out.push(String(data)));
  child.stderr.on("data", (data) => err.push(String(data)));
  const [code] = (await once(child, "close")) as [number];
  return { code, out: out.join(""), err: err.join("") };
}

describe("a replica", () => {
  it("holds every manifest and segment under its hash, and knows which batches are complete", async () => {
    using dir = makeDir();
    const { folder, pull } = pullInto(dir.dir);
    await pull.turn(signal);
    expect(pull.progress).toMatchObject({ batch: 3, segments: 3 });
    expect(blobsIn(dir.dir)).toHaveLength(6);
    expect(await folder.complete(3)).toBeDefined();
    expect(await folder.complete(4)).toBeUndefined();
    expect(await folder.deployment()).toEqual(chain.deployment);
  });

  it("goes on where it was stopped, at any point", async () => {
    using dir = makeDir();
    const { pull } = pullInto(dir.dir);
    operator.withhold(/segments\/.*[0-7]$/);
    await pull.turn(signal).catch(() => undefined);
    operator.withhold(/batches\/3/);
    await pullInto(dir.dir).pull.turn(signal);
    expect(await openReplica(dir.dir).complete(2)).toBeDefined();
    operator.withhold(/batches\/[12]\//);
    const last = pullInto(dir.dir);
    await last.pull.turn(signal);
    expect(last.pull.progress).toMatchObject({ batch: 3, segments: 1 });
  });

  it("keeps nothing that does not hash to what its manifest names", async () => {
    using dir = makeDir();
    const [[hash, segment]] = [...operator.blobs] as [[string, Uint8Array]];
    operator.blobs.set(hash, segment.with(7, segment[7]! ^ 1) as Uint8Array);
    const { folder, pull } = pullInto(dir.dir);
    await expect(pull.turn(signal)).rejects.toMatchObject({ code: "MALFORMED_MESSAGE" });
    expect(blobsIn(dir.dir)).toEqual([]);
    expect(await folder.complete(1)).toBeUndefined();
  });

  it("takes a damaged file for none", async () => {
    using dir = makeDir();
    const { folder, pull } = pullInto(dir.dir);
    await pull.turn(signal);
    const [hash] = [...operator.blobs.keys()] as [string];
    truncateSync(join(dir.dir, "blobs", hash.slice(0, 2), hash), 100);
    expect(await folder.segment(fromHex(hash), signal)).toBeUndefined();
    expect(await folder.has(fromHex(hash))).toBe(false);
  });

  it("does not mix two ledgers", async () => {
    using dir = makeDir();
    const { folder, pull } = pullInto(dir.dir);
    await pull.turn(signal);
    const other = { ...chain.deployment, genesis: `0x${"12".repeat(32)}` as const };
    await expect(folder.adopt(other)).rejects.toMatchObject({ code: "REPLICA_OTHER_LEDGER" });
  });
});

describe("the commands of an auditor", { timeout: 60_000 }, () => {
  const verify = (dir: string, ...more: string[]) =>
    command(VERIFY, "--rpc", chain.rpc, "--data", dir, ...more);
  const replicate = (dir: string) =>
    command(REPLICA, "--url", operator.url, "--data", dir, "--rpc", chain.rpc);

  it("copy and verify an honest operator's batches", async () => {
    using dir = makeDir();
    expect(await replicate(dir.dir)).toMatchObject({ code: 0, err: expect.stringContaining("1 to 3") });
    const { code, out } = await verify(dir.dir);
    expect(out).toContain("3 batches with 30 readings: 3 verified, 0 refuted, 0 with data missing");
    expect(code).toBe(0);
    const report = JSON.parse((await verify(dir.dir, "--from", "3", "--json")).out) as object;
    expect(report).toMatchObject({
      verified: 1,
      refuted: 0,
      missing: 0,
      batches: [{ number: 3, state: "verified", readings: 30, why: null }],
    });
  });

  it("end with 2 where a file is missing or damaged", async () => {
    using dir = makeDir();
    await replicate(dir.dir);
    const [hash] = [...operator.blobs.keys()] as [string];
    const file = join(dir.dir, "blobs", hash.slice(0, 2), hash);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.with(3, bytes[3]! ^ 1));
    expect((await verify(dir.dir)).code).toBe(2);
    rmSync(file);
    const { code, out } = await verify(dir.dir);
    expect(code).toBe(2);
    expect(out).toMatch(/batch 1: missing: segment 0x[0-9a-f]{64} of batch 1 is missing/);
  });

  it("end with 1 where the operator contradicts his own readings", async () => {
    using dir = makeDir();
    const lie = treeOf(30, ({ level, index }, aggregate) => {
      if (level === 2 && index === 1) writeUint(aggregate, 32, 4, 1);
      return aggregate;
    });
    await operator.anchor([{ tree: lie, from: 30, told: lie.positions }]);
    await replicate(dir.dir);
    const { code, out } = await verify(dir.dir);
    expect(out).toMatch(/batch 4: refuted: raw bytes give another directory/);
    expect(code).toBe(1);
  });

  it("end with 0 where what was false of a stream is void on the ledger, and stands corrected", async () => {
    using dir = makeDir();
    const lie = treeOf(30, ({ level, index }, aggregate) => {
      if (level === 2 && index === 1) writeUint(aggregate, 32, 4, 1);
      return aggregate;
    });
    await operator.anchor([{ tree: lie, from: 30, told: lie.positions }]);
    await convict();
    await operator.anchor([{ tree: treeOf(30), from: 0 }]);
    await replicate(dir.dir);
    const { code, out } = await verify(dir.dir);
    const streamId = streamOfKey(chain.deployment, key.publicKey);
    expect(out).toContain(`batch 4: void: void on the ledger for ${streamId}`);
    expect(out).toContain("4 verified, 0 refuted, 0 with data missing, 1 void");
    expect(code).toBe(0);
    const report = JSON.parse((await verify(dir.dir, "--from", "4", "--json")).out) as object;
    expect(report).toMatchObject({
      verified: 1,
      void: 1,
      batches: [
        { number: 4, state: "void" },
        { number: 5, state: "verified", why: null },
      ],
    });
  });

  it("end with 1 where a directory is out of order, and with 0 once that batch is void", async () => {
    using dir = makeDir();
    const order = (entries: DirectoryEntry[]) => [...entries, ...entries];
    await operator.anchor([{ tree: treeOf(30), from: 30 }], { order });
    await replicate(dir.dir);
    expect(await verify(dir.dir)).toMatchObject({ code: 1 });
    await convict();
    const { code, out } = await verify(dir.dir);
    expect(out).toContain("batch 4: void: void on the ledger\n");
    expect(out).toContain("3 verified, 0 refuted, 0 with data missing, 1 void");
    expect(code).toBe(0);
  });

  it("end with 64 where they are used wrongly, and explain themselves", async () => {
    expect(await command(VERIFY, "--rpc", "here")).toMatchObject({ code: 64, out: "" });
    expect(await command(VERIFY, "--nothing")).toMatchObject({ code: 64 });
    expect(await command(REPLICA, "--url", operator.url)).toMatchObject({ code: 64 });
    for (const file of [VERIFY, REPLICA]) {
      const { code, out } = await command(file, "--help");
      expect([code, out]).toEqual([0, expect.stringContaining("Exit codes")]);
    }
  });

  it("end with 69 where the ledger does not answer", async () => {
    using dir = makeDir();
    await replicate(dir.dir);
    const { code, err } = await command(VERIFY, "--rpc", "http://127.0.0.1:1", "--data", dir.dir);
    expect([code, err]).toEqual([69, expect.stringContaining("LEDGER_UNREACHABLE")]);
  });
});
