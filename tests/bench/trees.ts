import { keccak_256 } from "@noble/hashes/sha3.js";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import { MerkleTree } from "merkletreejs";
import { toHex } from "../../protocol/bytes.ts";
import { readingLeaf } from "../../protocol/node.ts";
import { createNodeMemory, createStreamTree } from "../../protocol/tree.ts";
import { madeReading } from "../unit/protocol/random-streams.ts";
import { compare, type Measurement, quickestMs } from "./measurement.ts";

const LEAVES = 16_384;
const ROUNDS = 5;
const STREAM_ID = new Uint8Array(32).fill(7);

/** The stream's tree beside the hashing that it cannot do without, and beside two well-known Merkle trees. */
export function benchTrees(): Measurement[] {
  const frames = Array.from({ length: LEAVES }, (_, seq) => frameOf(seq));
  const ourMs = quickestMs(ROUNDS, () => buildTree(frames));
  const hashMs = quickestMs(ROUNDS, () => hashAsOften(LEAVES));
  const openZeppelinMs = quickestMs(ROUNDS, () => {
    StandardMerkleTree.of(
      frames.map((frame) => [toHex(frame)]),
      ["bytes"],
    );
  });
  const merkletreejsMs = quickestMs(ROUNDS, () => {
    new MerkleTree(
      frames.map((frame) => Buffer.from(frame)),
      (data: Uint8Array) => Buffer.from(keccak_256(data)),
      { hashLeaves: true },
    ).getRoot();
  });
  const perSecond = (ms: number) => (1000 * LEAVES) / ms;
  const beside = (name: string, ms: number) =>
    compare({
      name: `a tree of ${LEAVES} signed readings, with aggregates`,
      value: ourMs,
      unit: "ms",
      comparedTo: { name: `${name}, without aggregates, ms`, value: ms },
    });
  return [
    compare({
      name: "tree append",
      value: perSecond(ourMs),
      unit: "readings/s",
      comparedTo: {
        name: "the same number of keccaks of the same lengths, readings/s",
        value: perSecond(hashMs),
      },
    }),
    beside("@openzeppelin/merkle-tree", openZeppelinMs),
    beside("merkletreejs", merkletreejsMs),
  ];
}

function frameOf(seq: number): Uint8Array {
  const reading = madeReading({ seq, timeMs: 60_000 * (seq + 1), seed: seq });
  if (reading.kind === "hole") throw new TypeError("a made reading is a reading");
  return reading.frame;
}

function buildTree(frames: readonly Uint8Array[]): void {
  const tree = createStreamTree({ streamId: STREAM_ID, store: createNodeMemory() });
  frames.forEach((frame, seq) => {
    tree.append(readingLeaf(STREAM_ID, seq, frame));
  });
  tree.root();
}

/** What protocol §3 hashes for `leaves` readings: two hashes a leaf, two a pair. */
function hashAsOften(leaves: number): void {
  const pair = new Uint8Array(32 + 2 * 32);
  const frame = new Uint8Array(32 + 160);
  const node = new Uint8Array(32 + 32 + 128);
  for (let i = 0; i < leaves; i++) {
    keccak_256(frame);
    keccak_256(node);
    if (i === 0) continue;
    keccak_256(pair);
    keccak_256(node);
  }
}
