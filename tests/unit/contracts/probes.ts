import { p256 } from "@noble/curves/nist.js";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { createDirectory } from "../../../protocol/directory.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { HOLE_REASONS, holeLeaf, readingLeaf, streamIdOf } from "../../../protocol/node.ts";
import { encodeRecord } from "../../../protocol/record.ts";
import {
  chainHash,
  deviceId,
  registrationBytes,
  registrationPayload,
  signRecord,
} from "../../../protocol/signature.ts";
import { createNodeMemory, createStreamTree, type StreamTree } from "../../../protocol/tree.ts";
import { proveWindow } from "../../../protocol/window.ts";
import type { World } from "./world.ts";

export type Probe = { secretKey: Uint8Array; publicKey: Uint8Array; streamId: Uint8Array };

/** A stream as the oracle has it: its frames without the holes, and its tree. */
export type Stream = { probe: Probe; frames: Uint8Array[]; tree: StreamTree };

/** One measurement of a made-up night; a lost one leaves a hole. */
export type Sample = { timeMs: number; oxygenMgPerL: number | null; flags?: number; lost?: boolean };

/** The `n`-th probe of a world; the same key every time. */
export function probeOf({ chainId, addresses }: Pick<World, "chainId" | "addresses">, n: number): Probe {
  const secretKey = sha256(new TextEncoder().encode(`probe ${n}`));
  const publicKey = p256.getPublicKey(secretKey, false).slice(1);
  const streamId = streamIdOf({ chainId, deviceRegistry: addresses.deviceRegistry, publicKey });
  return { secretKey, publicKey, streamId };
}

/** What `DeviceRegistry.register` takes. */
export function registrationOf({ chainId, addresses }: World, probe: Probe, owner: string) {
  const payload = registrationPayload({ chainId, registry: addresses.deviceRegistry, owner });
  const signature = p256.sign(sha256(registrationBytes(payload)), probe.secretKey, {
    prehash: false,
    lowS: true,
  });
  return [...halves(probe.publicKey), owner, ...halves(signature)] as const;
}

/** Registers a probe and hangs it into a pond from this block on. */
export async function installProbe(world: World, probe: Probe, pond: string): Promise<void> {
  const registry = world.contracts.deviceRegistry.connect(world.accounts.registrar);
  await registry.register(...registrationOf(world, probe, world.accounts.farmer.address));
  await registry.bind(probe.streamId, pond, 0);
}

export function createStream(probe: Probe): Stream {
  return {
    probe,
    frames: [],
    tree: createStreamTree({ streamId: probe.streamId, store: createNodeMemory() }),
  };
}

/** A signed frame; other metrics than oxygen are plausible constants. */
export function frameOf(
  probe: Probe,
  seq: number,
  sample: Sample,
  prev: Uint8Array = new Uint8Array(32),
): Uint8Array {
  const record = encodeRecord({
    flags: sample.flags ?? 0,
    device: deviceId(probe.publicKey),
    beacon: 0,
    seq,
    timeMs: sample.timeMs,
    calibration: 0,
    values: [sample.oxygenMgPerL, 28, 7.4, null, 30, 0.6, 3.2, 0],
    prev,
  });
  return concatBytes(record, signRecord(record, probe.secretKey));
}

/** Appends signed readings, and holes for lost ones, to a stream. */
export function record(stream: Stream, samples: readonly Sample[]): void {
  for (const sample of samples) {
    const last = stream.frames.at(-1);
    const prev = last === undefined ? undefined : chainHash(last.subarray(0, 96));
    if (sample.lost === true) {
      stream.tree.append(holeLeaf(stream.tree.streamId, stream.tree.size, HOLE_REASONS["not-received"]));
      continue;
    }
    const frame = frameOf(stream.probe, stream.tree.size, sample, prev);
    stream.tree.append(readingLeaf(stream.tree.streamId, stream.tree.size, frame));
    stream.frames.push(frame);
  }
}

/** Anchors the streams as they are; returns what proofs against that batch need. */
export async function anchor(world: World, trees: readonly StreamTree[]) {
  const { batchLedger } = world.contracts;
  const entries = trees.map((tree) => ({
    streamId: tree.streamId,
    size: tree.size,
    root: tree.root().digest,
  }));
  const directory = createDirectory(entries);
  const number = Number(await batchLedger.lastBatch()) + 1;
  const sent = await batchLedger
    .connect(world.accounts.operator)
    .anchor(number, directory.root, trees.length, 60, sha256(new TextEncoder().encode(`manifest ${number}`)));
  return {
    number,
    directory,
    sizes: new Map(trees.map((tree) => [tree, tree.size])),
    gas: await gasOf(sent),
  };
}

export type Batch = Awaited<ReturnType<typeof anchor>>;

/** A window proof as the contracts take it. */
export function windowProof(
  tree: StreamTree,
  batch: Batch,
  window: { fromMs: number; toMs: number; showBefore?: boolean },
) {
  const size = batch.sizes.get(tree)!;
  const { index, siblings } = batch.directory.prove(tree.streamId);
  const walk = proveWindow(tree, { ...window, size });
  return { batch: batch.number, index, siblings: siblings.map(toHex), size, walk: toHex(walk) };
}

/** Gas of a whole transaction. */
export async function gasOf(sent: { wait(): Promise<{ gasUsed: bigint } | null> }): Promise<number> {
  return Number((await sent.wait())!.gasUsed);
}

function halves(bytes: Uint8Array): readonly [string, string] {
  const hex = toHex(bytes);
  return [`0x${hex.slice(2, 66)}`, `0x${hex.slice(66)}`];
}

/** A pond's opaque id. */
export function pondId(name: string): `0x${string}` {
  return toHex(sha256(new TextEncoder().encode(name)));
}
