import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ForgedTree } from "../../../../demo/liar/forged-tree.ts";
import { anchorTransaction } from "../../../../ledger/batches.ts";
import { encodeDirectory, encodeNode } from "../../../../protocol/archive.ts";
import { compareBytes, concatBytes, toHex } from "../../../../protocol/bytes.ts";
import { type DirectoryEntry, directoryOf } from "../../../../protocol/directory.ts";
import type { Position } from "../../../../protocol/evidence.ts";
import { sha256 } from "../../../../protocol/hash.ts";
import { encodeManifest } from "../../../../protocol/manifest.ts";
import type { TestChain } from "../../ledger/chain.ts";

export const TOKEN = "token-of-the-lying-archive";

/** One stream of a batch: the tree behind its entry, and what the manifest says of it; by default the same. */
export type AnchoredLie = { tree: ForgedTree; from?: number; told?: readonly Position[] };

/** An operator who anchors whatever he is told to, and an archive that shows it, or refuses to. */
export type LyingOperator = AsyncDisposable & {
  url: string;
  /** Anchors the next batch; streams that are not named are absent from it, and not in the manifest. */
  anchor(
    streams: readonly AnchoredLie[],
    change?: { order?: (entries: DirectoryEntry[]) => DirectoryEntry[] },
  ): Promise<number>;
  /** Answers 404 to paths that match. */
  withhold(pattern: RegExp | undefined): void;
  /** Blobs by their SHA-256 in hex: whoever changes one damages the archive. */
  blobs: Map<string, Uint8Array>;
};

export async function startLyingOperator(chain: TestChain): Promise<LyingOperator> {
  const ledger = await chain.connect("operator");
  const manifests = new Map<number, Uint8Array>();
  const blobs = new Map<string, Uint8Array>();
  const batches = new Map<number, { entries: DirectoryEntry[]; trees: Map<string, ForgedTree> }>();
  let withheld: RegExp | undefined;
  let number = Number(await ledger.contracts.BatchLedger.lastBatch());

  const answer = (path: string): Uint8Array | object | undefined => {
    const [, , , what, id, kind, streamId, , level, index] = path.split("/");
    if (what === "deployment") return chain.deployment;
    if (what === "streams") return [];
    if (what === "segments") return blobs.get(id!);
    const batch = batches.get(Number(id));
    if (what !== "batches" || batch === undefined) return undefined;
    if (kind === "manifest") return manifests.get(Number(id));
    if (kind === "directory") return encodeDirectory({ number: Number(id), entries: batch.entries });
    const node = batch.trees.get(streamId!)?.node(Number(level), Number(index));
    return node && encodeNode(node);
  };
  const server = createServer((request, response) => {
    const body = withheld?.test(request.url!) ? undefined : answer(request.url!);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) response.writeHead(401).end();
    else if (body === undefined) response.writeHead(404).end();
    else response.end(body instanceof Uint8Array ? body : JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    blobs,
    withhold(pattern) {
      withheld = pattern;
    },
    async anchor(streams, { order = (entries: DirectoryEntry[]) => entries } = {}) {
      number++;
      const sorted = [...streams].sort((a, b) => compareBytes(a.tree.streamId, b.tree.streamId));
      const entries = order(sorted.map(({ tree: { streamId, size, root } }) => ({ streamId, size, root })));
      const manifest = encodeManifest({
        number,
        streams: sorted.flatMap(({ tree, from = 0, told = tree.positions }) => {
          if (from >= told.length) return [];
          const added = told.slice(from);
          const frames = concatBytes(...added.flatMap((it) => (it.kind === "reading" ? [it.frame] : [])));
          blobs.set(toHex(sha256(frames)).slice(2), frames);
          const holes = added.flatMap((it, i) =>
            it.kind === "hole" ? [{ seq: from + i, reason: it.reason }] : [],
          );
          return [{ streamId: tree.streamId, from, to: told.length - 1, holes, frames: sha256(frames) }];
        }),
      });
      manifests.set(number, manifest);
      batches.set(number, {
        entries,
        trees: new Map(sorted.map(({ tree }) => [toHex(tree.streamId), tree])),
      });
      const transaction = await anchorTransaction(ledger, {
        number,
        directoryRoot: directoryOf(entries).root,
        streamCount: entries.length,
        readings: sorted.reduce((sum, { tree }) => sum + tree.size, 0),
        manifest: sha256(manifest),
      });
      await ledger.account.submit(transaction, new AbortController().signal);
      return number;
    },
    async [Symbol.asyncDispose]() {
      ledger.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
