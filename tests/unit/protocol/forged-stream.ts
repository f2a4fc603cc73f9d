import type { AnchoredStream } from "../../../protocol/anchored-tree.ts";
import { concatBytes, writeUint } from "../../../protocol/bytes.ts";
import { isPondproofError } from "../../../protocol/errors.ts";
import type { Position } from "../../../protocol/evidence.ts";
import { keccak } from "../../../protocol/hash.ts";
import { belowHole, belowPair, belowReading, type Place } from "../../../protocol/leaf-rules.ts";
import {
  aggregateOf,
  EMPTY,
  holeLeaf,
  nodeDigest,
  pairNode,
  readingLeaf,
  type TreeNode,
} from "../../../protocol/node.ts";
import { heightOf, occupancy } from "../../../protocol/tree.ts";

/** A node before it is hashed. */
export type Draft = { body: Uint8Array; below: Uint8Array };

/** A lie about one node: what the operator hashes instead, or what he says the hash is. */
export type Lie = { place: Place; tell: (honest: Draft) => Partial<Draft> & { digest?: Uint8Array } };

/** A stream as an operator commits to it who is honest but for `lies`: whatever follows from them he computes by the rules. */
export type ForgedStream = Omit<AnchoredStream, "batch" | "directory"> & {
  digest: (place: Place) => Uint8Array;
};

export function forgeStream({
  streamId,
  positions,
  lies = [],
}: {
  streamId: Uint8Array;
  positions: readonly Position[];
  lies?: readonly Lie[];
}): ForgedStream {
  const size = positions.length;
  const nodes = new Map<string, Draft & { digest: Uint8Array }>();
  const keyOf = ({ level, index }: Place) => `${level}:${index}`;

  const build = (place: Place): TreeNode => {
    const { level, index } = place;
    const lie = lies.find((candidate) => keyOf(candidate.place) === keyOf(place));
    if (occupancy(size, level, index) === 0 && lie === undefined) return EMPTY;
    const honest = level === 0 ? draftLeaf(streamId, index, positions[index]) : draftPair(place);
    const told = { ...honest, ...lie?.tell(honest) };
    // Who changes what hangs below must also say so in the node, unless he changes that too.
    const isHung = lie?.tell(honest).below !== undefined && lie.tell(honest).body === undefined;
    const body = isHung ? concatBytes(told.body.subarray(0, 96), keccak(told.below)) : told.body;
    const digest = told.digest ?? nodeDigest(streamId, level, index, body);
    nodes.set(keyOf(place), { body, below: told.below, digest });
    return { body, digest };
  };

  const draftPair = (place: Place): Draft => {
    const { level, index } = place;
    const [left, right] = [2 * index, 2 * index + 1].map((at) => build({ level: level - 1, index: at })) as [
      TreeNode,
      TreeNode,
    ];
    const below = belowPair(place, { left: left.digest, right: right.digest });
    return { body: combined(streamId, place, left, right), below };
  };

  const root = build({ level: heightOf(size), index: 0 });
  return {
    streamId,
    size,
    root: root.digest,
    body: (place) => nodes.get(keyOf(place))?.body,
    below: (place) => nodes.get(keyOf(place))?.below,
    digest: (place) => nodes.get(keyOf(place))?.digest ?? EMPTY.digest,
  };
}

function draftLeaf(streamId: Uint8Array, index: number, position: Position | undefined): Draft {
  if (position?.kind === "reading") {
    const { body } = readingLeaf(streamId, index, position.frame);
    return { body, below: belowReading(index, position.frame) };
  }
  const reason = position?.reason ?? 1;
  return { body: holeLeaf(streamId, index, reason).body, below: belowHole(streamId, index, reason) };
}

/** The pair's body by the rules; where they refuse, the nearest thing to it. */
function combined(
  streamId: Uint8Array,
  { level, index }: Place,
  left: TreeNode,
  right: TreeNode,
): Uint8Array {
  try {
    return pairNode(streamId, level, index, left, right).body;
  } catch (error) {
    if (!isPondproofError(error, "OUT_OF_ORDER") && !isPondproofError(error, "INVALID_ARGUMENT")) throw error;
    const body = left.body.slice();
    const [a, b] = [aggregateOf(left.body), aggregateOf(right.body)];
    writeUint(body, 6, 6, Math.max(a.lastMs, b.lastMs));
    writeUint(body, 16, 4, (a.count + b.count) % 2 ** 32);
    writeUint(body, 20, 4, (a.missing + b.missing) % 2 ** 32);
    body.set(keccak(belowPair({ level, index }, { left: left.digest, right: right.digest })), 96);
    return body;
  }
}
