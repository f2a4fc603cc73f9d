import { admit } from "../../protocol/admission.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import type { Position } from "../../protocol/evidence.ts";
import { type ManifestStream, splitSegment } from "../../protocol/manifest.ts";
import { EMPTY, holeLeaf, readingLeaf } from "../../protocol/node.ts";
import { chainHash, deviceId, splitFrame } from "../../protocol/signature.ts";
import { createNodeMemory, createStreamTree, type NodeStore, type StreamTree } from "../../protocol/tree.ts";
import { createFrameCheck } from "../verify.ts";
import type { Book, StreamGrowth, WatchedStream } from "./book.ts";

/**
 * A stream as the raw bytes of a batch make it, not yet in the book. `tree` ends before a reading that is not later
 * than the one before it: no honest tree goes on there, and `isWhole` is false.
 */
export type Rebuilt = StreamGrowth & { tree: StreamTree; isWhole: boolean };

/**
 * Rebuilds one stream from a segment: leaves, nodes, and the frames that admission refuses. What a gateway admits no
 * case convicts, so only the others have to be looked at.
 * @throws MALFORMED_MESSAGE when the segment is not what the manifest names
 */
export async function rebuild({
  book,
  stream,
  manifest,
  segment,
  anchoredAtMs,
}: {
  book: Book;
  stream: WatchedStream;
  manifest: ManifestStream;
  segment: Uint8Array;
  anchoredAtMs: number;
}): Promise<Rebuilt> {
  const { from } = manifest;
  const { streamId, publicKey } = stream;
  const positions = positionsOf(manifest, segment);
  const signed = await signaturesOf(positions, publicKey);
  const store = overlay(book.nodes(stream), from);
  const tree = createStreamTree({ streamId, store, size: from });
  const faults: { seq: number; fault: string }[] = [];
  let isWhole = true;
  let before = from === 0 ? undefined : book.positions(stream, { from: from - 1, to: from - 1 })[0];
  for (const [i, position] of positions.entries()) {
    const seq = from + i;
    if (position.kind === "reading") {
      const verdict = admit({
        frame: position.frame,
        stream: {
          device: deviceId(publicKey),
          nextSeq: seq,
          lastTimeMs: tree.lastReadingMs() || -1,
          previousChainHash:
            before?.kind === "reading" ? chainHash(splitFrame(before.frame).record) : undefined,
          revokedFromMs: undefined,
        },
        clock: { nowMs: anchoredAtMs, trusted: true, earliestMs: 0 },
        signatureIsValid: () => signed[i]!,
        storedAt: () => ({ kind: "hole" }),
      });
      if (verdict !== "stored") faults.push({ seq, fault: verdict });
    }
    isWhole &&= append(tree, position, seq);
    before = position;
  }
  return {
    stream,
    from,
    positions: positions.slice(0, tree.size - from),
    faults,
    nodes: store.added,
    size: tree.size,
    root: tree.size === 0 ? EMPTY.digest : tree.root().digest,
    tree,
    isWhole,
  };
}

function append(tree: StreamTree, position: Position, seq: number): boolean {
  const { streamId } = tree;
  try {
    tree.append(
      position.kind === "reading"
        ? readingLeaf(streamId, seq, position.frame)
        : holeLeaf(streamId, seq, position.reason),
    );
    return true;
  } catch (error) {
    if (isPondproofError(error, "OUT_OF_ORDER")) return false;
    throw error;
  }
}

function positionsOf(manifest: ManifestStream, segment: Uint8Array): Position[] {
  const frames = splitSegment(segment, manifest);
  const holes = new Map(manifest.holes.map(({ seq, reason }) => [seq, reason]));
  let next = 0;
  return Array.from({ length: manifest.to - manifest.from + 1 }, (_, i): Position => {
    const reason = holes.get(manifest.from + i);
    return reason === undefined ? { kind: "reading", frame: frames[next++]! } : { kind: "hole", reason };
  });
}

function signaturesOf(positions: readonly Position[], publicKey: Uint8Array): Promise<boolean[]> {
  const check = createFrameCheck(publicKey);
  return Promise.all(positions.map((position) => position.kind === "reading" && check(position.frame)));
}

/** New nodes in memory over those of the book that lie wholly below `from`: what comes behind is replaced. */
function overlay(
  below: Pick<NodeStore, "get">,
  from: number,
): NodeStore & { added: { level: number; index: number; node: ReturnType<typeof holeLeaf> }[] } {
  const memory = createNodeMemory();
  const added: { level: number; index: number; node: ReturnType<typeof holeLeaf> }[] = [];
  return {
    added,
    get: (level, index) =>
      memory.get(level, index) ?? ((index + 1) * 2 ** level <= from ? below.get(level, index) : undefined),
    set(level, index, node) {
      memory.set(level, index, node);
      added.push({ level, index, node });
    },
  };
}
