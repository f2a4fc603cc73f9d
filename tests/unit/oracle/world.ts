import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { p256 } from "@noble/curves/nist.js";
import { expect, vi } from "vitest";
import { addressOfKey } from "../../../ledger/client.ts";
import {
  bindTransaction,
  possessionDigest,
  registerTransaction,
  streamOfKey,
} from "../../../ledger/devices.ts";
import { readEvents } from "../../../ledger/events.ts";
import { silentLog } from "../../../oracle/log.ts";
import type { OracleOptions } from "../../../oracle/options.ts";
import { createOracle, type Oracle } from "../../../oracle/oracle.ts";
import { fromHex } from "../../../protocol/bytes.ts";
import { createDirectory } from "../../../protocol/directory.ts";
import type { Feed, FeedItem } from "../../../protocol/feed.ts";
import { holeLeaf, readingLeaf, type TreeNode } from "../../../protocol/node.ts";
import { createNodeMemory, createStreamTree } from "../../../protocol/tree.ts";
import type { TestKey } from "../../factories.ts";
import { keyOf, type TestChain } from "../ledger/chain.ts";

export const TOKEN = "auditor-token-of-the-tests";
export const POND: `0x${string}` = `0x${"70".repeat(32)}`;

/** A feed out of memory, which grows as a gateway's does. */
export type MemoryFeed = Feed & {
  readings(key: TestKey, frames: readonly Uint8Array[], firstSeq?: number): void;
  hole(key: TestKey, seq: number): void;
  readonly items: FeedItem[];
};

export function createMemoryFeed(): MemoryFeed {
  const items: FeedItem[] = [];
  return {
    items,
    read: async ({ after, limit }) => items.filter(({ cursor }) => cursor > after).slice(0, limit),
    readings({ device }, frames, firstSeq = 0) {
      for (const [i, frame] of frames.entries())
        items.push({
          kind: "reading",
          cursor: items.length + 1,
          device,
          seq: firstSeq + i,
          frame,
          receivedAtMs: 0,
        });
    },
    hole({ device }, seq) {
      items.push({ kind: "hole", cursor: items.length + 1, device, seq, reason: 2 });
    },
  };
}

/** A folder that is gone after the test. */
export function makeDir(): { dir: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), "pondproof-oracle-"));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

/** Registers probes and binds them to a pond from the next block on. */
export async function registerProbes(chain: TestChain, keys: readonly TestKey[], pond = POND): Promise<void> {
  const ledger = await chain.connect("registrar");
  const { account, deployment } = ledger;
  const { signal } = new AbortController();
  const owner = addressOfKey(keyOf("farmer"));
  for (const { secretKey, publicKey } of keys) {
    const digest = possessionDigest(deployment, owner);
    const signature = p256.sign(digest, secretKey, { prehash: false, lowS: true });
    await account.submit(await registerTransaction(ledger, { publicKey, owner, signature }), signal);
    const streamId = streamOfKey(deployment, publicKey);
    await account.submit(await bindTransaction(ledger, { streamId, pond }), signal);
  }
  ledger.close();
}

/** Options of an oracle that seals at once whatever there is. */
export function oracleOptions(
  chain: Pick<TestChain, "deployment">,
  options: Pick<OracleOptions, "feed" | "dir"> & Partial<OracleOptions>,
): OracleOptions {
  return {
    ledger: { deployment: chain.deployment, pollingIntervalMs: 5 },
    operatorKey: keyOf("operator"),
    clock: { now: () => Date.UTC(2030, 0, 1) },
    batch: { maxReadings: 1_000, maxAgeMs: 0 },
    http: { host: "127.0.0.1", port: 0, tokens: [TOKEN] },
    pollIntervalMs: 5,
    log: silentLog,
    ...options,
  };
}

export async function startOracle(
  chain: Pick<TestChain, "deployment">,
  options: Pick<OracleOptions, "feed" | "dir"> & Partial<OracleOptions>,
): Promise<Oracle> {
  const oracle = createOracle(oracleOptions(chain, options));
  await oracle.start();
  return oracle;
}

/** Resolves when `check` no longer throws: in the end, however busy the machine is. */
export function eventually(check: () => unknown): Promise<unknown> {
  return vi.waitFor(check, { timeout: 30_000, interval: 5 });
}

/** Resolves when everything that the feed holds is anchored: `readings`, without another number all of them. */
export async function allAnchored(
  oracle: Oracle,
  feed: MemoryFeed,
  readings = feed.items.filter(isReading).length,
): Promise<void> {
  await eventually(() => {
    const expected = { cursor: feed.items.length, pendingReadings: 0, anchoredReadings: readings };
    expect(oracle.status()).toMatchObject(expected);
  });
}

/** Every batch that the chain holds, and how many transactions the operator has sent. */
export async function batchEvents(chain: TestChain) {
  const ledger = await chain.connect("operator");
  const events = await readEvents({ ledger, kinds: ["BatchAnchored"] });
  const sent = await ledger.account.minedCount();
  ledger.close();
  return { events, sent };
}

/** Root and readings that a directory over the whole feed has, built without the oracle. */
export function expectedContent(
  chain: Pick<TestChain, "deployment">,
  feed: MemoryFeed,
  keys: readonly TestKey[],
) {
  const streams = keys.map(({ device, publicKey }) => {
    const streamId = fromHex(streamOfKey(chain.deployment, publicKey));
    const items = feed.items.filter((item) => item.device === device);
    const tree = createStreamTree({ streamId, store: createNodeMemory() });
    for (const item of items) tree.append(leafOf(item, streamId));
    return { streamId, size: tree.size, root: tree.root().digest, readings: items.filter(isReading).length };
  });
  return {
    directoryRoot: `0x${Buffer.from(createDirectory(streams).root).toString("hex")}`,
    readings: streams.reduce((sum, { readings }) => sum + readings, 0),
    streamCount: streams.length,
  };
}

function isReading({ kind }: FeedItem): boolean {
  return kind === "reading";
}

function leafOf(item: FeedItem, streamId: Uint8Array): TreeNode {
  return item.kind === "reading"
    ? readingLeaf(streamId, item.seq, item.frame)
    : holeLeaf(streamId, item.seq, item.reason);
}
