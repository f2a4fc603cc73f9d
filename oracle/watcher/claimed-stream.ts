import type { AnchoredStream } from "../../protocol/anchored-tree.ts";
import type { ArchivedNode } from "../../protocol/archive.ts";
import type { DirectoryEntry, DirectoryProof } from "../../protocol/directory.ts";
import type { Place } from "../../protocol/leaf-rules.ts";

/** What the archive says of the trees behind a batch; `undefined` is that it does not say. */
export type ClaimedTrees = {
  directory(number: number, signal: AbortSignal): Promise<DirectoryEntry[] | undefined>;
  node(
    place: { number: number; streamId: Uint8Array; level: number; index: number },
    signal: AbortSignal,
  ): Promise<ArchivedNode | undefined>;
};

/** Nodes that an archive is asked for in one search at most: a liar may hide behind a tree that differs everywhere. */
const MAX_NODES = 20_000;

/** A stream as an operator committed to it, of which his archive is asked node by node. */
export function claimedStream({
  entry: { streamId, size, root },
  batch,
  directory,
  claimed,
  signal,
}: {
  entry: DirectoryEntry;
  batch: number;
  directory: DirectoryProof;
  claimed: Pick<ClaimedTrees, "node">;
  signal: AbortSignal;
}): AnchoredStream {
  const asked = new Map<string, Promise<ArchivedNode | undefined>>();
  const node = async ({ level, index }: Place): Promise<ArchivedNode | undefined> => {
    const key = `${level}/${index}`;
    const answer =
      asked.get(key) ??
      (asked.size < MAX_NODES ? claimed.node({ number: batch, streamId, level, index }, signal) : undefined);
    if (answer !== undefined) asked.set(key, answer);
    return answer;
  };
  return {
    streamId,
    size,
    root,
    batch,
    directory,
    body: async (place) => (await node(place))?.body,
    below: async (place) => (await node(place))?.below,
  };
}
