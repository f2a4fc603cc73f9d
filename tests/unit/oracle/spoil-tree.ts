import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fromHex } from "../../../protocol/bytes.ts";
import { nodeDigest } from "../../../protocol/node.ts";
import type { TestKey } from "../../factories.ts";

/** What an intruder does to the store of an oracle that is stopped: one inner node says something else, and everything above it follows that is made later. */
export function spoilTree(
  dir: string,
  { device }: TestKey,
  streamId: string,
  { level, index } = { level: 3, index: 0 },
): void {
  const database = new DatabaseSync(join(dir, "oracle.db"));
  const where = "device = (SELECT id FROM devices WHERE name = ?) AND level = ? AND idx = ?";
  const { node } = database.prepare(`SELECT node FROM nodes WHERE ${where}`).get(device, level, index) as {
    node: Uint8Array;
  };
  node[35]! ^= 1;
  node.set(nodeDigest(fromHex(streamId), level, index, node.subarray(0, 128)), 128);
  database.prepare(`UPDATE nodes SET node = ? WHERE ${where}`).run(node, device, level, index);
  database.close();
}
