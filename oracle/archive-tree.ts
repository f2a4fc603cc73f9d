import type { FastifyInstance } from "fastify";
import { type ArchivedNode, encodeDirectory, encodeNode } from "../protocol/archive.ts";
import { compareBytes, fromHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { belowHole, belowPair, belowReading } from "../protocol/leaf-rules.ts";
import { occupancy } from "../protocol/tree.ts";
import { BATCH, hexOf, INDEX, LEVEL } from "./route-schemas.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream-store.ts";

/**
 * Two routes by which anybody looks into the trees behind a batch: its directory, and one node with what hangs below
 * it. Without them a false tree could be seen and not shown.
 */
export function addTreeRoutes(app: FastifyInstance, { store }: { store: Store }): void {
  app.get<{ Params: { number: number } }>(
    "/api/v1/batches/:number/directory",
    { schema: { params: { type: "object", properties: { number: BATCH } } } },
    ({ params: { number } }) => {
      if (store.batches.find(number) === undefined) throw new PondproofError("UNKNOWN_BATCH", { number });
      const entries = store.batches.entriesAt(number);
      return encodeDirectory({
        number,
        entries: entries.sort((a, b) => compareBytes(a.streamId, b.streamId)),
      });
    },
  );

  app.get<{ Params: { number: number; streamId: string; level: number; index: number } }>(
    "/api/v1/batches/:number/streams/:streamId/nodes/:level/:index",
    {
      schema: {
        params: {
          type: "object",
          properties: { number: BATCH, streamId: hexOf(32), level: LEVEL, index: INDEX },
        },
      },
    },
    ({ params: { number, streamId, level, index } }) => {
      if (store.batches.find(number) === undefined) throw new PondproofError("UNKNOWN_BATCH", { number });
      const stream = store.streams.find(fromHex(streamId, 32));
      if (stream === undefined) throw new PondproofError("UNKNOWN_STREAM", { streamId });
      const size = store.batches.sizeAt(stream.device, number);
      return encodeNode(nodeOf({ store, stream, size, level, index }));
    },
  );
}

function nodeOf({
  store,
  stream,
  size,
  level,
  index,
}: {
  store: Store;
  stream: Stream;
  size: number;
  level: number;
  index: number;
}): ArchivedNode {
  if (occupancy(size, level, index) === 0) throw new PondproofError("UNKNOWN_NODE", { level, index, size });
  const tree = store.streams.tree(stream);
  return { body: tree.node(level, index, size).body, below: level === 0 ? belowLeaf() : belowNode() };

  function belowNode(): Uint8Array {
    const child = (side: 0 | 1) => tree.node(level - 1, 2 * index + side, size).digest;
    return belowPair({ level, index }, { left: child(0), right: child(1) });
  }

  function belowLeaf(): Uint8Array {
    const position = store.streams.positions(stream.device, { from: index, to: index })[0]!;
    return position.kind === "reading"
      ? belowReading(index, position.frame)
      : belowHole(stream.streamId, index, position.reason);
  }
}
