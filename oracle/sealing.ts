import { admit, FUTURE_TOLERANCE_MS, holeReason, type Verdict } from "../protocol/admission.ts";
import { concatBytes, toHex } from "../protocol/bytes.ts";
import { createDirectory } from "../protocol/directory.ts";
import type { Position } from "../protocol/evidence.ts";
import { sha256 } from "../protocol/hash.ts";
import { encodeManifest, type ManifestStream } from "../protocol/manifest.ts";
import { holeLeaf, readingLeaf } from "../protocol/node.ts";
import { recordTimeMs } from "../protocol/record.ts";
import { chainHash, deviceId, splitFrame } from "../protocol/signature.ts";
import type { StreamTree } from "../protocol/tree.ts";
import type { StreamChange } from "./batch-store.ts";
import { shareBatch } from "./batcher.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream-store.ts";
import { createFrameCheck, type FrameCheck } from "./verify.ts";

/** Positions of one stream that go into the next batch, with what the signature check said of each. */
type Addition = { stream: Stream; positions: Position[]; signed: boolean[] };

/** What a batch adds to one stream. */
type Sealed = { manifest: ManifestStream; change: StreamChange };

/** How often a frame of the feed was not fit for a tree, by verdict. */
export type RefusedStats = Partial<Record<Verdict, number>>;

/** Makes batches out of pending positions. */
export type Sealer = {
  readonly refused: Readonly<RefusedStats>;
  /** How many positions of registered probes are in no batch yet. */
  pending(): number;
  /**
   * Seals at most `limit` pending positions, and the whole of a stream that was voided, into the next batch, in one
   * transaction, and returns its number; `undefined` when nothing can go into one. What is later than the ledger's own
   * time waits until the ledger is there: a batch is convicted by the time of its block, whatever clock was right.
   */
  seal(options: { limit: number; nowMs: number; ledgerMs?: number }): Promise<number | undefined>;
};

/**
 * The sealer of a store. It judges every frame by the same rules as the gateway did: whatever a challenge would convict
 * becomes a hole here at the latest, so that a gateway that errs or lies cannot make the operator sign it.
 */
export function createSealer({ store }: { store: Store }): Sealer {
  const checks = new Map<number, FrameCheck>();
  const refused: RefusedStats = {};

  const checkOf = ({ device, publicKey }: Stream): FrameCheck => {
    const check = checks.get(device) ?? createFrameCheck(publicKey);
    checks.set(device, check);
    return check;
  };

  const collect = async (limit: number, latestMs: number): Promise<Addition[]> => {
    const streams = store.streams.all().filter(({ received, size }) => received > size);
    // A stream that was voided comes back whole, whatever the limit: till then nothing of it can be claimed on.
    const corrections = streams.filter(({ size, voidedThrough }) => size === 0 && voidedThrough > 0);
    const others = streams.filter((stream) => !corrections.includes(stream));
    const shares = shareBatch(
      others.map(({ received, size }) => received - size),
      limit,
    );
    const additions = await Promise.all([
      ...corrections.map((stream) => addition(stream, stream.received, latestMs)),
      ...others.flatMap((stream, i) => (shares[i]! > 0 ? [addition(stream, shares[i]!, latestMs)] : [])),
    ]);
    return additions.filter(({ positions }) => positions.length > 0);
  };

  const addition = async (stream: Stream, share: number, latestMs: number): Promise<Addition> => {
    const { device, size } = stream;
    const received = store.streams.positions(device, { from: size, to: size + share - 1 });
    const tooEarly = received.findIndex((it) => it.kind === "reading" && recordTimeMs(it.frame) > latestMs);
    const positions = tooEarly < 0 ? received : received.slice(0, tooEarly);
    const check = checkOf(stream);
    const signed = await Promise.all(
      positions.map((position) => position.kind === "reading" && check(position.frame)),
    );
    return { stream, positions, signed };
  };

  return {
    refused,
    pending: () => store.streams.all().reduce((sum, { received, size }) => sum + received - size, 0),
    async seal({ limit, nowMs, ledgerMs = nowMs }) {
      // What is ahead of the own clock as well is judged, and becomes a hole.
      const latestMs = ledgerMs < nowMs ? ledgerMs + FUTURE_TOLERANCE_MS : Number.MAX_SAFE_INTEGER;
      const additions = await collect(limit, latestMs);
      if (additions.length === 0) return undefined;
      return store.transaction(() => {
        const number = store.batches.last() + 1;
        const sealed = additions.map((it) => grow(it, { store, nowMs, refused }));
        const changed = new Map(sealed.map(({ change }) => [change.device, change]));
        const streams = store.streams.all().filter(({ size }) => size > 0);
        const before = new Map(
          store.batches.entriesAt(number - 1).map((entry) => [toHex(entry.streamId), entry.root]),
        );
        const { entries, root } = createDirectory(
          streams.map(({ device, streamId, size }) => ({
            streamId,
            size,
            root: changed.get(device)?.root ?? before.get(toHex(streamId))!,
          })),
        );
        const manifest = encodeManifest({ number, streams: sealed.map((it) => it.manifest) });
        store.batches.add(
          {
            number,
            directoryRoot: root,
            streamCount: entries.length,
            readings: streams.reduce((sum, { readings }) => sum + readings, 0),
            manifest,
            manifestHash: sha256(manifest),
            sealedAtMs: nowMs,
          },
          [...changed.values()],
        );
        return number;
      });
    },
  };
}

/** Appends the positions to the stream's tree and says what that gave. */
function grow(
  { stream, positions, signed }: Addition,
  { store, nowMs, refused }: { store: Store; nowMs: number; refused: RefusedStats },
): Sealed {
  const { device, streamId, size: from } = stream;
  const tree = store.streams.tree(stream);
  const frames: Uint8Array[] = [];
  const holes: ManifestStream["holes"] = [];
  let previous = from > 0 ? store.streams.positions(device, { from: from - 1, to: from - 1 })[0] : undefined;
  for (const [i, received] of positions.entries()) {
    const seq = from + i;
    const position = judged(received, { stream, tree, previous, signed: signed[i]!, nowMs });
    if (position.kind === "reading") {
      frames.push(position.frame);
      tree.append(readingLeaf(streamId, seq, position.frame));
    } else {
      const { reason, verdict } = position;
      if (verdict !== undefined) {
        store.streams.refuse(device, { seq, verdict, reason });
        refused[verdict] = (refused[verdict] ?? 0) + 1;
      }
      holes.push({ seq, reason });
      tree.append(holeLeaf(streamId, seq, reason));
    }
    previous = position;
  }
  const segment = sha256(concatBytes(...frames));
  const to = tree.size - 1;
  store.streams.grow(device, { size: tree.size, readings: stream.readings + frames.length });
  return {
    manifest: { streamId, from, to, holes, frames: segment },
    change: { device, from, to, root: tree.root().digest, segment },
  };
}

type Judged = Position & { verdict?: Verdict };

/** The position as it goes into the tree: a reading that admission refuses is a hole with that reason. */
function judged(
  position: Position,
  context: {
    stream: Stream;
    tree: StreamTree;
    previous: Position | undefined;
    signed: boolean;
    nowMs: number;
  },
): Judged {
  if (position.kind === "hole") return position;
  const { stream, tree, previous, signed, nowMs } = context;
  const verdict = admit({
    frame: position.frame,
    stream: {
      device: deviceId(stream.publicKey),
      nextSeq: tree.size,
      lastTimeMs: tree.lastReadingMs(),
      previousChainHash:
        previous?.kind === "reading" ? chainHash(splitFrame(previous.frame).record) : undefined,
      // Revocation is the claim contract's concern: no challenge convicts a reading of a revoked probe.
      revokedFromMs: undefined,
    },
    clock: { nowMs, trusted: true, earliestMs: 0 },
    signatureIsValid: () => signed,
    // Positions come in order, so nothing behind the stream's end is ever asked for.
    storedAt: () => ({ kind: "hole" }),
  });
  return verdict === "stored" ? position : { kind: "hole", reason: holeReason(verdict), verdict };
}
