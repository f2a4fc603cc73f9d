import { type AnchoredStream, knownStream } from "../../protocol/anchored-tree.ts";
import { compareBytes, equalBytes, fromHex, toHex } from "../../protocol/bytes.ts";
import { findConviction } from "../../protocol/challenges.ts";
import { type AnchoredDirectory, findBadDirectory, findRewritten } from "../../protocol/compare-batches.ts";
import type { Conviction } from "../../protocol/conviction.ts";
import { type Directory, type DirectoryEntry, directoryOf } from "../../protocol/directory.ts";
import type { Position } from "../../protocol/evidence.ts";
import type { Place } from "../../protocol/leaf-rules.ts";
import { createStreamTree, type StreamTree } from "../../protocol/tree.ts";
import { createFrameVerifier } from "../verify.ts";
import type { BatchState, Book, WatchedBatch, WatchedStream } from "./book.ts";
import { type ClaimedTrees, claimedStream } from "./claimed-stream.ts";
import type { Rebuilt } from "./rebuild.ts";
import { findShrunkStreams } from "./shrunk.ts";

/**
 * What was found of a batch. `missing` with `trees`: raw bytes contradict the anchored root, and nobody shows the nodes
 * that would say where.
 */
export type Judgement = {
  state: Exclude<BatchState, "behind" | "convicted">;
  convictions: Conviction[];
  missing: { what: "bytes" | "trees"; sentence: string }[];
};

export type JudgeOptions = {
  book: Book;
  batch: WatchedBatch;
  /** What the batch adds and is not in the book yet. */
  rebuilt: readonly Rebuilt[];
  /** Streams whose raw bytes of this batch nobody has, by id in hex, with the reason; "" for all. */
  lacking: ReadonlyMap<string, string>;
  claimed: ClaimedTrees;
  isUsable: (streamId: Uint8Array, batch: number) => Promise<boolean>;
  signal: AbortSignal;
};

/** So many void batches in a row are looked behind for one that stands. */
const MAX_VOID = 100;

/**
 * Judges a batch: whether its anchored directory is the one that raw bytes give, whether all frames are sound, and
 * whether nothing of the past was changed or taken away. Streams that are void already are left alone.
 */
export async function judge(options: JudgeOptions): Promise<Judgement> {
  const { book, batch, rebuilt, lacking, claimed, isUsable, signal } = options;
  const convictions: Conviction[] = [];
  const missing: Judgement["missing"] = [];
  for (const [id, sentence] of lacking)
    if (id === "" || (await isUsable(fromHex(id), batch.number))) missing.push({ what: "bytes", sentence });

  const own = ownEntries(book, batch, rebuilt);
  const directory = isAnchored(batch, own) ? directoryOf(own) : await shownDirectory(batch, claimed, signal);
  if (directory === undefined) {
    const sentence = "raw bytes give another directory than the anchored one, which nobody shows";
    missing.push({ what: "trees", sentence });
    return judgementOf(convictions, missing);
  }
  const anchored: AnchoredDirectory = { batch: batch.number, directory };
  const unsorted = findBadDirectory(anchored);
  if (unsorted !== undefined) return judgementOf([unsorted], missing);

  convictions.push(...(await findShrunkStreams({ book, anchored, isUsable })));
  const shrunk = new Set(convictions.map((it) => ("streamId" in it ? toHex(it.streamId) : "")));
  for (const [index, entry] of directory.entries.entries()) {
    const id = toHex(entry.streamId);
    if (shrunk.has(id) || lacking.has(id)) continue;
    const found = await judgeStream({ ...options, directory, index, own });
    if (found.kind === "convicted") convictions.push(found.conviction);
    if (found.kind === "missing") missing.push({ what: "trees", sentence: found.sentence });
  }
  return judgementOf(convictions, missing);
}

type Found =
  | { kind: "sound" }
  | { kind: "missing"; sentence: string }
  | { kind: "convicted"; conviction: Conviction };

type StreamContext = JudgeOptions & { directory: Directory; index: number; own: readonly DirectoryEntry[] };

async function judgeStream(context: StreamContext): Promise<Found> {
  const { book, batch, rebuilt, claimed, isUsable, signal, directory, index, own } = context;
  const entry = directory.entries[index]!;
  const { streamId, size } = entry;
  const addition = rebuilt.find(({ stream }) => equalBytes(stream.streamId, streamId));
  const stream = addition?.stream ?? book.find(streamId);
  const mine = own.find((it) => equalBytes(it.streamId, streamId));
  const isOurs = mine !== undefined && mine.size === size && equalBytes(mine.root, entry.root);
  const faults = stream === undefined ? [] : faultsOf(book, stream, addition, size);
  const wentBack = addition !== undefined && addition.from < addition.stream.size;
  if (isOurs && faults.length === 0 && !wentBack) return { kind: "sound" };
  if (!(await isUsable(streamId, batch.number))) return { kind: "sound" };
  if (stream === undefined)
    return { kind: "missing", sentence: `stream ${toHex(streamId)} belongs to no registered probe` };

  const tree = addition?.tree ?? treeOf(book, stream);
  const shown = isOurs
    ? knownStream({
        tree,
        size,
        batch: batch.number,
        directory: directory.proveAt(index),
        positionAt: (seq) => positionAt(book, { stream, addition, seq }),
      })
    : claimedStream({ entry, batch: batch.number, directory: directory.proveAt(index), claimed, signal });
  const past = await lastUsable(context, stream);
  const rewritten = past && (await findRewritten(past, shown));
  if (rewritten !== undefined) return { kind: "convicted", conviction: rewritten };
  const found = await findConviction({
    anchored: shown,
    publicKey: stream.publicKey,
    anchoredAtMs: 1000 * batch.anchoredAtS,
    honestDigest: (place) => soundDigest({ tree, size, faults, place }),
    verify: createFrameVerifier(stream.publicKey),
    signal,
  });
  if (found.kind === "convicted") return found;
  if (found.kind === "missing") {
    const [{ level, index: at }] = found.places as [Place, ...Place[]];
    const sentence = `nobody shows level ${level}, index ${at} of stream ${toHex(streamId)}`;
    return { kind: "missing", sentence };
  }
  if (isOurs) return { kind: "sound" };
  return { kind: "missing", sentence: `the tree of stream ${toHex(streamId)} is not that of its manifests` };
}

/** The stream as of the last batch before that stands: against it nothing may have been rewritten. */
async function lastUsable(
  { book, batch, isUsable }: JudgeOptions,
  stream: WatchedStream,
): Promise<AnchoredStream | undefined> {
  const { streamId } = stream;
  for (let number = batch.number - 1; number > Math.max(0, batch.number - 1 - MAX_VOID); number--) {
    if (!(await isUsable(streamId, number))) continue;
    const size = book.intactSizeAt(stream, number);
    const entries = book.entriesAt(number);
    const index = entries.findIndex((entry) => equalBytes(entry.streamId, streamId));
    const anchored = book.batch(number);
    // What is in the book has to be what was anchored then, or it opens nothing.
    if (size === undefined || index < 0 || anchored === undefined || !isAnchored(anchored, entries))
      return undefined;
    return knownStream({
      tree: treeOf(book, stream),
      size,
      batch: number,
      directory: directoryOf(entries).proveAt(index),
      positionAt: (seq) => positionAt(book, { stream, addition: undefined, seq }),
    });
  }
  return undefined;
}

function judgementOf(convictions: Conviction[], missing: Judgement["missing"]): Judgement {
  const state = convictions.length > 0 ? "refuted" : missing.length > 0 ? "missing" : "verified";
  return { state, convictions, missing };
}

function isAnchored(batch: WatchedBatch, entries: readonly DirectoryEntry[]): boolean {
  return (
    entries.length === batch.streamCount &&
    entries.length > 0 &&
    equalBytes(directoryOf(entries).root, batch.directoryRoot)
  );
}

async function shownDirectory(
  batch: WatchedBatch,
  claimed: ClaimedTrees,
  signal: AbortSignal,
): Promise<Directory | undefined> {
  const entries = await claimed.directory(batch.number, signal);
  return entries !== undefined && isAnchored(batch, entries) ? directoryOf(entries) : undefined;
}

/** The directory that raw bytes give. */
function ownEntries(book: Book, batch: WatchedBatch, rebuilt: readonly Rebuilt[]): DirectoryEntry[] {
  const entries = new Map(book.entriesAt(batch.number).map((entry) => [toHex(entry.streamId), entry]));
  for (const { stream, size, root } of rebuilt)
    if (size > 0) entries.set(toHex(stream.streamId), { streamId: stream.streamId, size, root });
  return [...entries.values()].sort((a, b) => compareBytes(a.streamId, b.streamId));
}

function treeOf(book: Book, stream: WatchedStream): StreamTree {
  // What is in the book is only read here.
  const store = { ...book.nodes(stream), set: () => undefined };
  return createStreamTree({ streamId: stream.streamId, store, size: stream.size });
}

function faultsOf(book: Book, stream: WatchedStream, addition: Rebuilt | undefined, size: number): number[] {
  const known = book.faults(stream, Math.min(addition?.from ?? size, size));
  return [...known, ...(addition?.faults ?? [])].map(({ seq }) => seq).filter((seq) => seq < size);
}

function positionAt(
  book: Book,
  { stream, addition, seq }: { stream: WatchedStream; addition: Rebuilt | undefined; seq: number },
): Position {
  return addition !== undefined && seq >= addition.from
    ? addition.positions[seq - addition.from]!
    : book.positions(stream, { from: seq, to: seq })[0]!;
}

/**
 * The digest that raw bytes give a place of a tree of `size`; `undefined` where they do not reach, or where a frame
 * below it is one that no gateway admits: such a place is looked into, whoever built it.
 */
function soundDigest({
  tree,
  size,
  faults,
  place: { level, index },
}: {
  tree: StreamTree;
  size: number;
  faults: readonly number[];
  place: Place;
}): Uint8Array | undefined {
  const [from, to] = [index * 2 ** level, (index + 1) * 2 ** level];
  if (faults.some((seq) => seq >= from && seq < to)) return undefined;
  if (Math.min(to, size) > tree.size) return undefined;
  return tree.node(level, index, Math.min(size, tree.size)).digest;
}
