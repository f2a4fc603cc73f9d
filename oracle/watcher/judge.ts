import type { ArchivedNode, Below } from "../../protocol/archive.ts";
import { holeBelow } from "../../protocol/archive.ts";
import { compareBytes, equalBytes, fromHex, toHex } from "../../protocol/bytes.ts";
import { type DirectoryEntry, rootOfEntries } from "../../protocol/directory.ts";
import type { TreeView } from "../../protocol/opening.ts";
import { createStreamTree, occupancy, type StreamTree } from "../../protocol/tree.ts";
import { createFrameCheck } from "../verify.ts";
import type { BatchState, Book, WatchedBatch, WatchedStream } from "./book.ts";
import { createClaimedTree } from "./claimed-tree.ts";
import { descend, type TreeFault } from "./descent.ts";
import { type Committed, type Finding, sentenceOf } from "./finding.ts";
import type { Rebuilt } from "./rebuild.ts";
import { rewrittenPlace } from "./rewritten.ts";

/** So many void batches in a row are looked behind for one that stands. */
const MAX_VOID = 100;

/** What the archive says of the trees behind a batch; `undefined` is that it does not say. */
export type ClaimedTrees = {
  directory(number: number, signal: AbortSignal): Promise<DirectoryEntry[] | undefined>;
  node(
    place: { number: number; streamId: Uint8Array; level: number; index: number },
    signal: AbortSignal,
  ): Promise<ArchivedNode | undefined>;
};

/** What was found of a batch; `trees` tells that raw bytes contradict the anchored root and nobody shows its nodes. */
export type Judgement = {
  state: Exclude<BatchState, "behind">;
  findings: Finding[];
  missing: { what: "bytes" | "trees"; sentence: string }[];
};

/**
 * Judges a batch: whether its anchored directory is the one that raw bytes give, whether all frames are sound, and
 * whether nothing of the batch before was changed or taken away. Streams that are void already are left alone.
 */
export async function judge({
  book,
  batch,
  rebuilt,
  lacking,
  claimed,
  isUsable,
  signal,
}: {
  book: Book;
  batch: WatchedBatch;
  /** What the batch adds and is not in the book yet. */
  rebuilt: readonly Rebuilt[];
  /** Streams whose raw bytes of this batch nobody has, by id in hex. */
  lacking: ReadonlyMap<string, string>;
  claimed: ClaimedTrees;
  isUsable: (streamId: Uint8Array, batch: number) => Promise<boolean>;
  signal: AbortSignal;
}): Promise<Judgement> {
  const findings: Finding[] = [];
  const missing: Judgement["missing"] = [];
  for (const [id, sentence] of lacking)
    if (id === "" || (await isUsable(fromHex(id), batch.number))) missing.push({ what: "bytes", sentence });
  const before = new Map(book.entriesAt(batch.number - 1).map((entry) => [toHex(entry.streamId), entry]));
  const own = ownEntries(book, batch, rebuilt);
  const entries = await anchoredEntries(own);
  if (entries === undefined) {
    missing.push({
      what: "trees",
      sentence: "raw bytes give another directory than the anchored one, which nobody shows",
    });
    return judgement();
  }
  const unsorted = entries.findIndex(
    ({ streamId }, i) => i > 0 && compareBytes(entries[i - 1]!.streamId, streamId) >= 0,
  );
  if (unsorted >= 0) {
    findings.push({ code: "BadDirectory", at: { batch: batch.number, entries }, index: unsorted });
    return judgement();
  }
  for (const entry of entries) await judgeStream(entry);
  const present = new Set(entries.map(({ streamId }) => toHex(streamId)));
  for (const [id, entry] of before) if (!present.has(id)) await judgeShrunk(entry);
  return judgement();

  function judgement(): Judgement {
    const state = findings.length > 0 ? "refuted" : missing.length > 0 ? "missing" : "verified";
    return { state, findings, missing };
  }

  async function anchoredEntries(own: DirectoryEntry[]): Promise<readonly DirectoryEntry[] | undefined> {
    const isAnchored = (entries: readonly DirectoryEntry[]) =>
      entries.length === batch.streamCount &&
      entries.length > 0 &&
      equalBytes(rootOfEntries(entries), batch.directoryRoot);
    if (isAnchored(own)) return own;
    const shown = await claimed.directory(batch.number, signal);
    return shown !== undefined && isAnchored(shown) ? shown : undefined;
  }

  async function judgeShrunk({ streamId }: DirectoryEntry): Promise<void> {
    if (!(await isUsable(streamId, batch.number)) || !(await isUsable(streamId, batch.number - 1))) return;
    findings.push({
      code: "Shrunk",
      streamId,
      at: { batch: batch.number, entries: entries! },
      earlier: { batch: batch.number - 1, entries: book.entriesAt(batch.number - 1) },
    });
  }

  async function judgeStream(entry: DirectoryEntry): Promise<void> {
    const id = toHex(entry.streamId);
    const stream = book.find(entry.streamId);
    const mine = own.find(({ streamId }) => equalBytes(streamId, entry.streamId));
    const addition = rebuilt.find((it) => equalBytes(it.stream.streamId, entry.streamId));
    const earlier = before.get(id);
    const isSame = mine !== undefined && mine.size === entry.size && equalBytes(mine.root, entry.root);
    const faults = stream === undefined ? [] : faultsOf(stream, addition, entry.size);
    const wentBack = earlier !== undefined && (addition?.from ?? earlier.size) < earlier.size;
    const shrank = earlier !== undefined && entry.size < earlier.size;
    if (isSame && faults.length === 0 && !wentBack && !shrank) return;
    if (!(await isUsable(entry.streamId, batch.number))) return;
    const pastBatch = earlier && (await lastUsable(entry.streamId));
    if (shrank && pastBatch === batch.number - 1) return void (await judgeShrunk(entry));
    if (stream === undefined || lacking.has(id)) {
      if (stream === undefined)
        missing.push({ what: "trees", sentence: `stream ${id} belongs to no registered probe` });
      return;
    }
    const tree = addition?.tree ?? treeOf(stream);
    const past = pastBatch === undefined ? undefined : pastOf(stream, pastBatch);
    const found = isSame
      ? ofRebuilt({ stream, entry, tree, faults, past })
      : await ofClaimed({ stream, entry, tree, past });
    if (found !== undefined) findings.push(found);
  }

  /** The tree is the one that raw bytes give; what is wrong is in the frames, or in the past. */
  function ofRebuilt({
    stream,
    entry,
    tree,
    faults,
    past,
  }: StreamContext & { faults: readonly { seq: number; fault: string }[] }): Finding | undefined {
    const view = viewOf(tree, entry.size);
    const at = { batch: batch.number, entries: entries!, view };
    const place = past && rewrittenPlace(view, past.view);
    if (place !== undefined) return { code: "Rewritten", at, earlier: past!, ...place };
    const [first] = faults;
    if (first === undefined) return undefined;
    return {
      code: first.fault as Exclude<TreeFault, "Rewritten">,
      at,
      level: 0,
      index: first.seq,
      below: (level, index) => belowOf(stream, tree, { level, index }),
    };
  }

  /** The operator committed to another tree than raw bytes give: his archive has to show it. */
  async function ofClaimed({ stream, entry, tree, past }: StreamContext): Promise<Finding | undefined> {
    const { streamId, publicKey } = stream;
    const shown = new Map<string, Below>();
    const theirs = createClaimedTree({
      entry,
      async fetch({ level, index }, stop) {
        const node = await claimed.node({ number: batch.number, streamId, level, index }, stop);
        if (node !== undefined) shown.set(`${level}/${index}`, node.below);
        return node;
      },
    });
    const descent = await descend(
      theirs,
      {
        publicKey,
        anchoredAtMs: 1000 * batch.anchoredAtS,
        expected: (level, index) => digestIn(tree, entry.size, { level, index }),
        before: (level, index) =>
          past !== undefined && occupancy(past.view.size, level, index) === 2 ** level
            ? past.view.node(level, index).digest
            : undefined,
        signed: createFrameCheck(publicKey),
      },
      signal,
    );
    const at = { batch: batch.number, entries: entries!, view: theirs };
    switch (descent.end) {
      case "sound":
        missing.push({
          what: "trees",
          sentence: `the tree of stream ${toHex(streamId)} is not the one of its manifests`,
        });
        return undefined;
      case "missing":
        missing.push({
          what: "trees",
          sentence: `nobody shows level ${descent.level}, index ${descent.index} of stream ${toHex(streamId)}`,
        });
        return undefined;
      case "fault": {
        const { fault, level, index } = descent;
        if (fault === "Rewritten") return { code: fault, at, earlier: past!, level, index };
        return { code: fault, at, level, index, below: (l, i) => shown.get(`${l}/${i}`) };
      }
    }
  }

  /** The last batch before that is not void for the stream: against it nothing may have been rewritten. */
  async function lastUsable(streamId: Uint8Array): Promise<number | undefined> {
    for (let number = batch.number - 1; number > Math.max(0, batch.number - 1 - MAX_VOID); number--)
      if (await isUsable(streamId, number)) return number;
    return undefined;
  }

  function treeOf(stream: WatchedStream): StreamTree {
    const { get } = book.nodes(stream);
    // What is in the book is only read here.
    const store = { get, set: () => undefined };
    return createStreamTree({ streamId: stream.streamId, store, size: stream.size });
  }

  function pastOf(stream: WatchedStream, number: number): Committed | undefined {
    const size = book.intactSizeAt(stream, number);
    return size === undefined
      ? undefined
      : { batch: number, entries: book.entriesAt(number), view: viewOf(treeOf(stream), size) };
  }

  function faultsOf(stream: WatchedStream, addition: Rebuilt | undefined, size: number) {
    const known = book.faults(stream, Math.min(addition?.from ?? size, size));
    return [...known, ...(addition?.faults ?? [])].filter(({ seq }) => seq < size);
  }

  function belowOf(
    stream: WatchedStream,
    tree: StreamTree,
    { level, index }: { level: number; index: number },
  ): Below | undefined {
    if (level > 0) {
      const [left, right] = [0, 1].map((side) => tree.node(level - 1, 2 * index + side).digest);
      return { kind: "pair", left: left!, right: right! };
    }
    const addition = rebuilt.find((it) => it.stream.id === stream.id);
    const position =
      addition !== undefined && index >= addition.from
        ? addition.positions[index - addition.from]
        : book.positions(stream, { from: index, to: index })[0];
    if (position === undefined) return undefined;
    return position.kind === "reading" ? position : holeBelow(position.reason);
  }
}

type StreamContext = {
  stream: WatchedStream;
  entry: DirectoryEntry;
  tree: StreamTree;
  /** The stream as of the last batch before that is not void for it. */
  past: Committed | undefined;
};

/** What is wrong, and what is missing, in words. */
export function wordsOf({ findings, missing }: Judgement): string | null {
  const sentences = [...findings.map(sentenceOf), ...missing.map(({ sentence }) => sentence)];
  return sentences.length === 0 ? null : sentences.join("; ");
}

/** The directory that raw bytes give. */
function ownEntries(book: Book, batch: WatchedBatch, rebuilt: readonly Rebuilt[]): DirectoryEntry[] {
  const entries = new Map(book.entriesAt(batch.number).map((entry) => [toHex(entry.streamId), entry]));
  for (const { stream, size, root } of rebuilt)
    if (size > 0) entries.set(toHex(stream.streamId), { streamId: stream.streamId, size, root });
  return [...entries.values()].sort((a, b) => compareBytes(a.streamId, b.streamId));
}

function viewOf(tree: StreamTree, size: number): TreeView {
  return { streamId: tree.streamId, size, node: (level, index) => tree.node(level, index, size) };
}

/** The digest that raw bytes give a place of a tree of `size`; `undefined` where they do not reach. */
function digestIn(
  tree: StreamTree,
  size: number,
  { level, index }: { level: number; index: number },
): Uint8Array | undefined {
  const isComplete = (index + 1) * 2 ** level <= Math.min(size, tree.size);
  if (!isComplete && size > tree.size) return undefined;
  return tree.node(level, index, Math.min(size, tree.size)).digest;
}
