import { concatBytes, equalBytes } from "./bytes.ts";
import type { DirectoryProof } from "./directory.ts";
import type { Position } from "./evidence.ts";
import { keccak } from "./hash.ts";
import { belowHole, belowPair, belowReading, childrenIn, type Place } from "./leaf-rules.ts";
import { BODY_BYTES, insideOf, nodeDigest } from "./node.ts";
import type { BatchFork, BatchOpening } from "./opening.ts";
import { heightOf, MAX_HEIGHT, type StreamTree } from "./tree.ts";

type Answer = Uint8Array | undefined | Promise<Uint8Array | undefined>;

/**
 * A stream as a batch has it, and whatever is known of its nodes. Nothing that the two functions answer is believed:
 * what does not hash to what was anchored counts as unknown, as `undefined` does.
 */
export type AnchoredStream = Pick<BatchOpening, "batch" | "directory" | "size"> & {
  streamId: Uint8Array;
  /** Root of the stream's tree, in the batch's directory. */
  root: Uint8Array;
  /** The 128 bytes of a node's body. */
  body(place: Place): Answer;
  /** The bytes that the node's `inside` is the hash of (`belowReading`, `belowHole`, `belowPair`). */
  below(place: Place): Answer;
};

/** A node as far as it is known; each part follows from what was anchored. */
export type KnownNode = {
  digest: Uint8Array;
  body: Uint8Array | undefined;
  below: Uint8Array | undefined;
};

/** Reads an anchored tree from its root down, each node once. */
export type TreeReader = {
  readonly stream: AnchoredStream;
  readonly height: number;
  /** `undefined` where the way down to the place is not known. */
  node(place: Place): Promise<KnownNode | undefined>;
  /** The evidence that opens a node; the way to it must be known. */
  open(place: Place, what: "body" | "digest"): Promise<BatchOpening>;
  /** The evidence that opens a node and its two children. */
  forkAt(place: Place): Promise<BatchFork>;
  /** The evidence that opens the leaves of position `index` − 1 and `index`. */
  forkBefore(index: number): Promise<BatchFork>;
};

/** A stream of which everything is known: its tree, as of `size`, and what stands at every position. */
export function knownStream({
  tree,
  size = tree.size,
  positionAt,
  batch,
  directory,
}: {
  tree: StreamTree;
  size?: number;
  positionAt: (index: number) => Position;
  batch: number;
  directory: DirectoryProof;
}): AnchoredStream {
  const { streamId } = tree;
  return {
    streamId,
    size,
    root: tree.root(size).digest,
    batch,
    directory,
    body: ({ level, index }) => tree.node(level, index, size).body,
    below({ level, index }) {
      const child = (at: number) => tree.node(level - 1, at, size).digest;
      if (level > 0)
        return belowPair({ level, index }, { left: child(2 * index), right: child(2 * index + 1) });
      const position = positionAt(index);
      return position.kind === "reading"
        ? belowReading(index, position.frame)
        : belowHole(streamId, index, position.reason);
    },
  };
}

const AGGREGATE_BYTES = 96;
const NOTHING = new Uint8Array(0);

export function readTree(stream: AnchoredStream): TreeReader {
  const { streamId, size, root, batch, directory } = stream;
  const height = size > 2 ** MAX_HEIGHT ? 0 : heightOf(size);
  const known = new Map<string, Promise<KnownNode | undefined>>();

  const node = (place: Place): Promise<KnownNode | undefined> => {
    const key = `${place.level}:${place.index}`;
    const reading = known.get(key) ?? readNode(place);
    known.set(key, reading);
    return reading;
  };

  const readNode = async (place: Place): Promise<KnownNode | undefined> => {
    const digest = await digestAt(place);
    if (digest === undefined) return undefined;
    const said = await stream.body(place);
    const isBody =
      said?.length === BODY_BYTES && equalBytes(nodeDigest(streamId, place.level, place.index, said), digest);
    if (!isBody) return { digest, body: undefined, below: undefined };
    const below = await stream.below(place);
    const hangs = below !== undefined && equalBytes(keccak(below), insideOf(said));
    return { digest, body: said, below: hangs ? below : undefined };
  };

  const digestAt = async ({ level, index }: Place): Promise<Uint8Array | undefined> => {
    if (level === height) return index === 0 ? root : undefined;
    const above = { level: level + 1, index: Math.floor(index / 2) };
    const parent = await node(above);
    const children = parent?.below === undefined ? undefined : childrenIn(above, parent.below);
    return index % 2 === 0 ? children?.left : children?.right;
  };

  /** The steps from a place up to level `to`. */
  const climb = async (from: Place, to: number): Promise<Uint8Array> => {
    const steps: Uint8Array[] = [];
    let { index } = from;
    for (let level = from.level; level < to; level++) {
      const sibling = await node({ level, index: index % 2 === 0 ? index + 1 : index - 1 });
      index = Math.floor(index / 2);
      const parent = await node({ level: level + 1, index });
      steps.push(parent!.body!.subarray(0, AGGREGATE_BYTES), sibling!.digest);
    }
    return concatBytes(...steps);
  };

  const open = async (place: Place, what: "body" | "digest"): Promise<BatchOpening> => {
    const shown = (await node(place))!;
    const path = await climb(place, height);
    return { batch, directory, size, ...place, node: what === "body" ? shown.body! : shown.digest, path };
  };

  const fork = async (top: Place, level: number): Promise<BatchFork> => {
    const middle = (2 * top.index + 1) * 2 ** (top.level - 1 - level);
    const branch = async (place: Place) => ({
      body: (await node(place))!.body ?? NOTHING,
      path: await climb(place, top.level - 1),
    });
    return {
      top: await open(top, "body"),
      left: await branch({ level, index: middle - 1 }),
      right: await branch({ level, index: middle }),
    };
  };

  return {
    stream,
    height,
    node,
    open,
    forkAt: (place) => fork(place, place.level - 1),
    forkBefore(index) {
      let level = 1;
      while (Math.floor((index - 1) / 2 ** level) !== Math.floor(index / 2 ** level)) level++;
      return fork({ level, index: Math.floor(index / 2 ** level) }, 0);
    },
  };
}
