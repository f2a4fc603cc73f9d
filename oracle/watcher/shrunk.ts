import { toHex } from "../../protocol/bytes.ts";
import { type AnchoredDirectory, findShrunk } from "../../protocol/compare-batches.ts";
import type { Conviction } from "../../protocol/conviction.ts";
import { directoryOf } from "../../protocol/directory.ts";
import type { Book } from "./book.ts";

/** All streams that are smaller than in the batch before, or gone, where neither batch is void for them. */
export async function findShrunkStreams({
  book,
  anchored,
  isUsable,
}: {
  book: Book;
  anchored: AnchoredDirectory;
  isUsable: (streamId: Uint8Array, batch: number) => Promise<boolean>;
}): Promise<Conviction[]> {
  const number = anchored.batch - 1;
  const entries = book.entriesAt(number);
  if (entries.length === 0) return [];
  const sizes = new Map(anchored.directory.entries.map(({ streamId, size }) => [toHex(streamId), size]));
  const before = directoryOf(entries);
  const convictions: Conviction[] = [];
  for (const [index, entry] of entries.entries()) {
    if ((sizes.get(toHex(entry.streamId)) ?? 0) >= entry.size) continue;
    if (!(await isUsable(entry.streamId, anchored.batch)) || !(await isUsable(entry.streamId, number)))
      continue;
    // One at a time, since some may be void already.
    const only = { ...before, entries: [entry], proveAt: () => before.proveAt(index) };
    const found = findShrunk({ batch: number, directory: only }, anchored);
    if (found !== undefined) convictions.push(found);
  }
  return convictions;
}
