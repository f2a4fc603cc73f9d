import { concatBytes, writeUint } from "../../protocol/bytes.ts";
import type { Position } from "../../protocol/evidence.ts";
import { belowHole, belowPair, belowReading } from "../../protocol/leaf-rules.ts";
import {
  aggregateOf,
  EMPTY,
  holeLeaf,
  nodeDigest,
  pairInside,
  pairNode,
  readingLeaf,
  type TreeNode,
} from "../../protocol/node.ts";
import { heightOf, occupancy } from "../../protocol/tree.ts";

/** A tree of which every node can be made to say anything; what lies above a lie is combined from it. */
export type ForgedTree = {
  streamId: Uint8Array;
  size: number;
  root: Uint8Array;
  positions: readonly Position[];
  node(level: number, index: number): (TreeNode & { below: Uint8Array }) | undefined;
};

/** `lie` changes the 96 bytes of meta, mins and maxs of a node; what it returns is hashed into everything above. */
export function forgeTree({
  streamId,
  positions,
  lie = (_, aggregate) => aggregate,
}: {
  streamId: Uint8Array;
  positions: readonly Position[];
  lie?: (place: { level: number; index: number }, aggregate: Uint8Array) => Uint8Array;
}): ForgedTree {
  const size = positions.length;
  const nodes = new Map<string, TreeNode & { below: Uint8Array }>();
  const build = (level: number, index: number): TreeNode => {
    if (occupancy(size, level, index) === 0) return EMPTY;
    const { body, below } = level === 0 ? leaf(index) : pair(level, index);
    const told = concatBytes(lie({ level, index }, body.slice(0, 96)), body.subarray(96));
    const node = { body: told, digest: nodeDigest(streamId, level, index, told), below };
    nodes.set(`${level}/${index}`, node);
    return node;
  };
  const leaf = (index: number) => {
    const position = positions[index]!;
    return position.kind === "reading"
      ? { ...readingLeaf(streamId, index, position.frame), below: belowReading(index, position.frame) }
      : {
          ...holeLeaf(streamId, index, position.reason),
          below: belowHole(streamId, index, position.reason),
        };
  };
  const pair = (level: number, index: number) => {
    const [left, right] = [build(level - 1, 2 * index), build(level - 1, 2 * index + 1)];
    const below = belowPair({ level, index }, { left: left.digest, right: right.digest });
    return { body: bodyOver(streamId, { level, index }, left, right), below };
  };
  const { digest } = build(heightOf(size), 0);
  return { streamId, size, root: digest, positions, node: (level, index) => nodes.get(`${level}/${index}`) };
}

/** The pair's body, also over children that are out of order: such a node keeps the counts right. */
function bodyOver(
  streamId: Uint8Array,
  { level, index }: { level: number; index: number },
  left: TreeNode,
  right: TreeNode,
): Uint8Array {
  try {
    return pairNode(streamId, level, index, left, right).body;
  } catch {
    // Out of order: an honest tree ends here, a forged one does not.
    const body = left.body.slice();
    const [a, b] = [aggregateOf(left.body), aggregateOf(right.body)];
    writeUint(body, 16, 4, a.count + b.count);
    writeUint(body, 20, 4, a.missing + b.missing);
    body.set(pairInside(level, index, left.digest, right.digest), 96);
    return body;
  }
}
