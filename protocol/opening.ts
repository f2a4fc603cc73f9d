import { concatBytes } from "./bytes.ts";
import type { DirectoryProof } from "./directory.ts";
import { BODY_BYTES, nodeDigest, pairInside, type TreeNode } from "./node.ts";
import { heightOf } from "./tree.ts";

/** A stream's nodes as of one size. */
export type TreeView = {
  readonly streamId: Uint8Array;
  readonly size: number;
  node(level: number, index: number): TreeNode;
};

/**
 * One node of a stream and the way up to its root, as `Opening.sol` reads them:
 * - `node`: the 128 bytes of its body, or its digest alone
 * - `path`: for each level above, bottom up, 96 bytes of the parent's aggregate and the digest of its other child
 */
export type NodeOpening = { size: number; level: number; index: number; node: Uint8Array; path: Uint8Array };

/** A node's opening in an anchored batch. */
export type BatchOpening = NodeOpening & { batch: number; directory: DirectoryProof };

/**
 * Two neighbouring nodes and the lowest node above both, as `Fork.sol` reads them: `body` is empty for a node beyond
 * the stream's end, `path` leads up to the child of `top`.
 */
export type BatchFork = {
  top: BatchOpening;
  left: { body: Uint8Array; path: Uint8Array };
  right: { body: Uint8Array; path: Uint8Array };
};

const STEP_BYTES = BODY_BYTES;
const AGGREGATE_BYTES = 96;

/** Opens one node of a tree; with `digestOnly`, without what the node says. Asks for nothing below the node. */
export function openNode(
  view: TreeView,
  { level, index, digestOnly = false }: { level: number; index: number; digestOnly?: boolean },
): NodeOpening {
  const { body, digest } = view.node(level, index);
  const path = climb(view, { level, index }, heightOf(view.size));
  return { size: view.size, level, index, node: digestOnly ? digest : body, path };
}

/** The steps from a place up to the place above it at level `to`. */
export function climb(view: TreeView, from: { level: number; index: number }, to: number): Uint8Array {
  const steps: Uint8Array[] = [];
  let { index } = from;
  for (let level = from.level; level < to; level++) {
    const sibling = view.node(level, index % 2 === 0 ? index + 1 : index - 1);
    index = Math.floor(index / 2);
    steps.push(view.node(level + 1, index).body.subarray(0, AGGREGATE_BYTES), sibling.digest);
  }
  return concatBytes(...steps);
}

/** The root that an opening leads to: what the directory must hold. */
export function rootOfOpening(streamId: Uint8Array, opening: NodeOpening): Uint8Array {
  const { node, path } = opening;
  let { level, index } = opening;
  let digest = node.length === BODY_BYTES ? nodeDigest(streamId, level, index, node) : node;
  for (let passed = 0; passed < path.length; passed += STEP_BYTES) {
    const sibling = path.subarray(passed + AGGREGATE_BYTES, passed + STEP_BYTES);
    const [left, right] = index % 2 === 0 ? [digest, sibling] : [sibling, digest];
    level += 1;
    index = Math.floor(index / 2);
    const inside = pairInside(level, index, left, right);
    digest = nodeDigest(
      streamId,
      level,
      index,
      concatBytes(path.subarray(passed, passed + AGGREGATE_BYTES), inside),
    );
  }
  return digest;
}
