import { lastBatch, readBatch } from "../../ledger/batches.ts";
import { connectLedger } from "../../ledger/client.ts";
import { streamOfKey } from "../../ledger/devices.ts";
import { readEvents } from "../../ledger/events.ts";
import { equalBytes, fromHex, toHex } from "../../protocol/bytes.ts";
import { createDirectory } from "../../protocol/directory.ts";
import { sha256 } from "../../protocol/hash.ts";
import { decodeManifest, splitSegment } from "../../protocol/manifest.ts";
import { readingLeaf } from "../../protocol/node.ts";
import { recordSeq } from "../../protocol/record.ts";
import { deviceId, splitFrame, verifyRecord } from "../../protocol/signature.ts";
import { createNodeMemory, createStreamTree, type StreamTree } from "../../protocol/tree.ts";
import { keyOf } from "../unit/ledger/chain.ts";
import { signedIn } from "./folder.ts";
import type { Site } from "./site.ts";

/** Readings at every station; `twice` counts what the store has more than once, `holes` the positions given up. */
export type Counts = {
  signed: number;
  stored: number;
  inTrees: number;
  onLedger: number;
  twice: number;
  holes: number;
  batches: number;
};

type Feed = { items: { cursor: number; kind: "reading" | "hole"; device: string; seq: number }[] };

const FEED_PAGE = 1_000;

/**
 * Counts every reading from the probes' numbers to the ledger, and rebuilds the trees from raw bytes.
 * @throws Error when a byte does not fit: a hash, a signature, a root
 */
export async function countReadings(site: Site): Promise<Counts> {
  const signed = await signedIn(site.folder, site.signers);
  const { stored, holes, twice } = await countStored(site);
  const chained = await countAnchored(site);
  return {
    signed: signed.reduce((sum, count) => sum + count, 0),
    stored,
    holes,
    twice,
    inTrees: chained.inTrees,
    onLedger: chained.onLedger,
    batches: chained.batches,
  };
}

async function countStored(site: Site): Promise<{ stored: number; holes: number; twice: number }> {
  const readings = new Set<string>();
  const counts = { holes: 0, twice: 0 };
  for (let after = 0; ; ) {
    const url = `${site.gatewayUrl}/api/v1/feed?after=${after}&limit=${FEED_PAGE}`;
    const { items } = JSON.parse(new TextDecoder().decode(await fetchBytes(url, site.token))) as Feed;
    for (const { kind, device, seq } of items) {
      const position = `${device}/${seq}`;
      if (kind === "hole") counts.holes++;
      else if (readings.has(position)) counts.twice++;
      else readings.add(position);
    }
    if (items.length === 0) return { stored: readings.size, ...counts };
    after = items.at(-1)!.cursor;
  }
}

async function countAnchored(site: Site) {
  const batches = await anchoredBatches(site);
  const streams = new Map(site.signers.map(({ publicKey }) => [publicKey, newTree(site, publicKey)]));
  const keyOfStream = new Map([...streams].map(([key, { streamId }]) => [toHex(streamId), key]));
  for (const { number, manifest } of batches) {
    const bytes = await fetchArchive(site, `batches/${number}/manifest`);
    if (toHex(sha256(bytes)) !== manifest) throw new Error(`batch ${number}: the manifest is another`);
    for (const part of decodeManifest(bytes).streams) {
      const publicKey = keyOfStream.get(toHex(part.streamId))!;
      const frames = splitSegment(await fetchArchive(site, `segments/${toHex(part.frames).slice(2)}`), part);
      for (const frame of frames) append(streams.get(publicKey)!, publicKey, frame);
    }
  }
  const trees = [...streams.values()].filter(({ size }) => size > 0);
  const inTrees = trees.reduce((sum, { size }) => sum + size, 0);
  const last = batches.at(-1);
  const entries = trees.map((tree) => ({
    streamId: tree.streamId,
    size: tree.size,
    root: tree.root().digest,
  }));
  if (last !== undefined && !equalBytes(createDirectory(entries).root, fromHex(last.directoryRoot)))
    throw new Error("the ledger's root is not that of the raw bytes");
  return { inTrees, onLedger: Number(last?.readings ?? 0), batches: batches.length };
}

/**
 * The batches that the contract holds, with what their events say. Anvil, killed while it writes its state, can keep
 * blocks that its state has forgotten: the newest event of a number is the one that counts, and the contract's own word
 * must be the same.
 */
async function anchoredBatches(site: Site) {
  const ledger = await connectLedger({ deployment: site.deployment, key: keyOf("agent") });
  const events = await readEvents({ ledger, kinds: ["BatchAnchored"] });
  const newest = new Map(events.map((event) => [Number(event.number), event]));
  const numbers = Array.from({ length: await lastBatch(ledger) }, (_, i) => i + 1);
  const batches = numbers.map((number) => newest.get(number));
  for (const [i, event] of batches.entries()) {
    const held = await readBatch(ledger, i + 1);
    if (event === undefined || event.directoryRoot !== held?.directoryRoot)
      throw new Error(`batch ${i + 1}: the event is not what the contract holds`);
  }
  ledger.close();
  return batches.filter((event) => event !== undefined);
}

function newTree(site: Site, publicKey: Uint8Array): StreamTree {
  const streamId = fromHex(streamOfKey(site.deployment, publicKey), 32);
  return createStreamTree({ streamId, store: createNodeMemory() });
}

function append(tree: StreamTree, publicKey: Uint8Array, frame: Uint8Array): void {
  const { record, signature } = splitFrame(frame);
  if (recordSeq(record) !== tree.size || !verifyRecord(record, signature, publicKey))
    throw new Error(`${toHex(deviceId(publicKey))}: position ${tree.size} does not hold its reading`);
  tree.append(readingLeaf(tree.streamId, tree.size, frame));
}

function fetchArchive(site: Site, path: string): Promise<Uint8Array> {
  return fetchBytes(`${site.oracleUrl}/api/v1/${path}`, site.token);
}

async function fetchBytes(url: string, token: string): Promise<Uint8Array> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}
