import { encodeDirectory, encodeNode } from "../../protocol/archive.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { ForgedTree } from "./forged-tree.ts";
import { type Front, handOn, json, startFront } from "./front.ts";
import type { ToldLie } from "./lies.ts";

const BATCH =
  /^\/api\/v1\/batches\/(\d+)\/(manifest|directory|streams\/(0x[0-9a-f]{64})\/nodes\/(\d+)\/(\d+))$/;

/**
 * The archive of an operator who lies: of the false batch it shows the false trees, so that proofs from it can be made, and
 * of everything else the truth. Till a claim rests on the lie it keeps that batch to itself: `isHidden`.
 */
export function startArchiveFront({
  archive,
  number,
  lie,
  isHidden,
}: {
  archive: string;
  number: number;
  lie: () => ToldLie | undefined;
  isHidden: () => boolean;
}): Promise<Front> {
  const notFound = json({ title: "Not Found", status: 404 }, 404);
  return startFront(async (asked) => {
    const [, batch, what, streamId, level, index] = BATCH.exec(asked.path) ?? [];
    const told = Number(batch) === number ? lie() : undefined;
    if (told === undefined) return handOn(archive, asked);
    // Whoever may not read the archive may not read its lies.
    const honest = await handOn(archive, asked);
    if (honest.status === 401) return honest;
    if (isHidden()) return notFound;
    if (what === "directory") return json(encodeDirectory({ number, entries: told.entries }));
    const tree = told.trees.find((it) => toHex(it.streamId) === streamId);
    return tree === undefined ? honest : nodeOf(tree, { level: Number(level), index: Number(index) });
  });

  function nodeOf(tree: ForgedTree, { level, index }: { level: number; index: number }) {
    const node = tree.node(level, index);
    return node === undefined ? notFound : json(encodeNode(node));
  }
}
