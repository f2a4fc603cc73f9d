import { readFileSync } from "node:fs";
import { fromHex } from "../../protocol/bytes.ts";
import type { TreeNode } from "../../protocol/node.ts";

type HexNode = { meta: string; mins: string; maxs: string; inside: string; digest: string };

type Vectors = {
  key: { private: string; x: string; y: string; device: string };
  chainId: number;
  deviceRegistry: string;
  streamId: string;
  prefix: string;
  records: ({ seq: number; record: string; signature: string } | { seq: number; hole: 2 })[];
  highS: { record: string; signature: string; valid: boolean };
  tree: { size: number; height: number; root: string; levels: HexNode[][] };
  directory: { entries: { streamId: string; size: number; root: string }[]; rows: string[][]; root: string };
  windows: {
    from: number;
    to: number;
    proof: string;
    result: {
      count: number;
      missing: number;
      maxGapMs: number;
      firstMs: number;
      lastMs: number;
      flags: number;
      mins: string;
      maxs: string;
    };
  }[];
  single: { leaf: HexNode; treeRoot: string; directoryRoot: string };
  register: { owner: string; payload: string; signedBytes: string; signature: string };
};

/** The normative examples of the protocol, byte by byte. */
export const vectors = JSON.parse(
  readFileSync(new URL("./vectors.json", import.meta.url), "utf8"),
) as Vectors;

/** A node of the vectors in the form of the code. */
export function vectorNode({ meta, mins, maxs, inside, digest }: HexNode): TreeNode {
  return { body: fromHex([meta, mins, maxs, inside].map((word) => word.slice(2)).join("")), digest: fromHex(digest) };
}
