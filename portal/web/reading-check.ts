import { readTree } from "../../protocol/anchored-tree.ts";
import { decodeDirectory, decodeNode, decodeStreams } from "../../protocol/archive.ts";
import { equalBytes, fromHex } from "../../protocol/bytes.ts";
import type { ChainReader } from "../../protocol/claim-check.ts";
import { directoryOf } from "../../protocol/directory.ts";
import { belowHole, frameIn } from "../../protocol/leaf-rules.ts";
import { HOLE_REASONS, streamIdOf } from "../../protocol/node.ts";
import { RECORD_BYTES, recordSeq } from "../../protocol/record.ts";
import type { Hex } from "../../protocol/terms.ts";
import type { Deployment } from "../api.ts";

/** What is checked of one reading, in this order, each on what the one before has shown. */
export const READING_STEPS = ["ledger", "directory", "path", "key", "frame", "signature"] as const;
export type ReadingStep = (typeof READING_STEPS)[number];

export type HoleName = keyof typeof HOLE_REASONS;

/** `nodes`: how many nodes of the tree were hashed on the way from its root. */
export type ReadingChecked =
  | { kind: "reading"; frame: Uint8Array; nodes: number }
  | { kind: "hole"; reason: HoleName; nodes: number }
  | { kind: "not-anchored" }
  | { kind: "failed"; step: ReadingStep | "archive"; frame?: Uint8Array };

/**
 * Follows one reading from the root that the ledger names down to its 160 bytes, and checks who signed them. Nothing
 * that the archive hands out is believed: it has to hash to what the ledger has.
 */
export async function checkReading({
  batch,
  streamId,
  seq,
  deployment,
  chain,
  fetchJson,
  verifySignature,
  onStep,
}: {
  batch: number;
  streamId: Hex;
  seq: number;
  deployment: Deployment;
  chain: Pick<ChainReader, "batch">;
  /** The archive's answer, or undefined where there is none. */
  fetchJson(path: string): Promise<unknown>;
  verifySignature(record: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): Promise<boolean>;
  /** A step that holds. */
  onStep(step: ReadingStep): void;
}): Promise<ReadingChecked> {
  const stream = fromHex(streamId);
  const anchored = await chain.batch(batch).catch(() => undefined);
  if (anchored === undefined) return failed("ledger");
  onStep("ledger");

  const directory = await decoded(fetchJson(`/api/v1/batches/${batch}/directory`), decodeDirectory);
  if (directory === undefined) return failed("archive");
  const { entries } = directory;
  const isTheLedgers =
    entries.length === anchored.streamCount &&
    entries.length > 0 &&
    equalBytes(directoryOf(entries).root, anchored.directoryRoot);
  if (!isTheLedgers) return failed("directory");
  const index = entries.findIndex((entry) => equalBytes(entry.streamId, stream));
  const entry = entries[index];
  if (entry === undefined) return failed("directory");
  onStep("directory");
  if (seq >= entry.size) return { kind: "not-anchored" };

  const node = async ({ level, index: at }: { level: number; index: number }) =>
    decoded(fetchJson(`/api/v1/batches/${batch}/streams/${streamId}/nodes/${level}/${at}`), decodeNode);
  const known = new Map<string, ReturnType<typeof node>>();
  const nodeAt = (place: { level: number; index: number }) => {
    const key = `${place.level}:${place.index}`;
    const asked = known.get(key) ?? node(place);
    known.set(key, asked);
    return asked;
  };
  const tree = readTree({
    streamId: stream,
    size: entry.size,
    root: entry.root,
    batch,
    directory: directoryOf(entries).proveAt(index),
    body: async (place) => (await nodeAt(place))?.body,
    below: async (place) => (await nodeAt(place))?.below,
  });
  const leaf = await tree.node({ level: 0, index: seq });
  if (leaf?.below === undefined) return failed("path");
  onStep("path");
  const nodes = known.size;

  const frame = frameIn(seq, leaf.below);
  if (frame === undefined) {
    const reason = holeIn({ stream, seq, below: leaf.below });
    return reason === undefined ? failed("frame") : { kind: "hole", reason, nodes };
  }
  const streams = await decoded(fetchJson("/api/v1/streams"), decodeStreams);
  const publicKey = streams?.find((one) => equalBytes(one.streamId, stream))?.publicKey;
  if (publicKey === undefined) return { ...failed("archive"), frame };
  const { chainId, contracts } = deployment;
  const own = streamIdOf({ chainId, deviceRegistry: contracts.DeviceRegistry!, publicKey });
  if (!equalBytes(own, stream)) return { ...failed("key"), frame };
  onStep("key");
  if (recordSeq(frame) !== seq) return { ...failed("frame"), frame };
  onStep("frame");
  const signed = await verifySignature(
    frame.subarray(0, RECORD_BYTES),
    frame.subarray(RECORD_BYTES),
    publicKey,
  );
  if (!signed) return { ...failed("signature"), frame };
  onStep("signature");
  return { kind: "reading", frame, nodes };
}

function failed(step: ReadingStep | "archive"): ReadingChecked & { kind: "failed" } {
  return { kind: "failed", step };
}

function holeIn({ stream, seq, below }: { stream: Uint8Array; seq: number; below: Uint8Array }) {
  const reasons = Object.entries(HOLE_REASONS) as [HoleName, number][];
  return reasons.find(([, reason]) => equalBytes(belowHole(stream, seq, reason), below))?.[0];
}

async function decoded<T>(answer: Promise<unknown>, decode: (json: unknown) => T): Promise<T | undefined> {
  const json = await answer;
  try {
    return json === undefined ? undefined : decode(json);
  } catch {
    // An archive that hands out nonsense has not answered.
    return undefined;
  }
}
