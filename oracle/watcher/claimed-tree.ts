import { type ArchivedNode, isPreimage } from "../../protocol/archive.ts";
import type { DirectoryEntry } from "../../protocol/directory.ts";
import { EMPTY, type TreeNode } from "../../protocol/node.ts";
import type { TreeView } from "../../protocol/opening.ts";
import { heightOf } from "../../protocol/tree.ts";

/** Nodes that one descent asks an archive for at most: a liar may hide behind a tree that differs everywhere. */
const MAX_NODES = 20_000;

/** The tree that an operator committed to, as far as his archive has shown it; nothing in it is believed. */
export type ClaimedTree = TreeView & {
  readonly root: Uint8Array;
  /**
   * The node at a place below which the way from the root is known; `undefined` where nobody shows a preimage of the
   * digest that stands there.
   */
  open(level: number, index: number, signal: AbortSignal): Promise<ArchivedNode | undefined>;
};

/** The claimed tree of one entry of a directory. `fetch` asks the archive for a node. */
export function createClaimedTree({
  entry: { streamId, size, root },
  fetch,
}: {
  entry: DirectoryEntry;
  fetch: (place: { level: number; index: number }, signal: AbortSignal) => Promise<ArchivedNode | undefined>;
}): ClaimedTree {
  const key = (level: number, index: number) => `${level}/${index}`;
  const digests = new Map([[key(heightOf(size), 0), root]]);
  const opened = new Map<string, ArchivedNode>();

  const open: ClaimedTree["open"] = async (level, index, signal) => {
    const at = key(level, index);
    const known = opened.get(at);
    if (known !== undefined) return known;
    if (!digests.has(at) && (await open(level + 1, Math.floor(index / 2), signal)) === undefined)
      return undefined;
    const digest = digests.get(at);
    if (digest === undefined || opened.size >= MAX_NODES) return undefined;
    const node = await fetch({ level, index }, signal);
    if (node === undefined || !isPreimage({ streamId, level, index, digest, node })) return undefined;
    opened.set(at, node);
    if (node.below.kind === "pair" && level > 0) {
      digests.set(key(level - 1, 2 * index), node.below.left);
      digests.set(key(level - 1, 2 * index + 1), node.below.right);
    }
    return node;
  };

  return {
    streamId,
    size,
    root,
    open,
    node(level, index): TreeNode {
      const at = key(level, index);
      // Of a sibling beside the way only the digest is known, and only that is asked for.
      return {
        body: opened.get(at)?.body ?? EMPTY.body,
        digest: digests.get(at) ?? EMPTY.digest,
      };
    },
  };
}
