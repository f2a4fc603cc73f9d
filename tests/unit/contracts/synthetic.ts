import { writeUint } from "../../../protocol/bytes.ts";
import { BODY_BYTES, nodeDigest, pairNode, readingLeaf, type TreeNode } from "../../../protocol/node.ts";
import { encodeValue } from "../../../protocol/record.ts";
import { createStreamTree, type StreamTree } from "../../../protocol/tree.ts";
import { fillRandomly } from "../protocol/random-streams.ts";

/**
 * A long stream without the work of hashing it: complete nodes that no proof opens are made up, with the aggregates
 * that readings at equal distances would give them. A node is made of its children where it holds one of `edges`, or
 * the frame of one of `frames`.
 */
export function syntheticTree({
  streamId,
  size,
  startMs,
  periodMs,
  edges,
  frames = new Map(),
  oxygenOf,
}: {
  streamId: Uint8Array;
  size: number;
  startMs: number;
  periodMs: number;
  /** Positions whose leaf is there with everything above it. */
  edges: readonly number[];
  frames?: ReadonlyMap<number, Uint8Array>;
  /** Lowest and highest oxygen, in mg/L, in the positions from … to. */
  oxygenOf: (from: number, to: number) => readonly [min: number, max: number];
}): StreamTree {
  const made = new Map<string, TreeNode>();
  const opened = new Set(
    [...edges, ...frames.keys()].flatMap((position) =>
      Array.from({ length: 33 }, (_, level) => `${level}:${Math.floor(position / 2 ** level)}`),
    ),
  );

  const make = (level: number, index: number): TreeNode => {
    const frame = level === 0 ? frames.get(index) : undefined;
    if (frame !== undefined) return readingLeaf(streamId, index, frame);
    if (level > 0 && opened.has(`${level}:${index}`)) {
      return pairNode(streamId, level, index, get(level - 1, 2 * index), get(level - 1, 2 * index + 1));
    }
    const body = new Uint8Array(BODY_BYTES);
    fillRandomly(body.subarray(96), level * 1_000_003 + index);
    const from = index * 2 ** level;
    const to = from + 2 ** level - 1;
    writeUint(body, 0, 6, startMs + from * periodMs);
    writeUint(body, 6, 6, startMs + to * periodMs);
    writeUint(body, 12, 4, level === 0 ? 0 : periodMs);
    writeUint(body, 16, 4, 2 ** level);
    writeRanges(body, [oxygenOf(from, to), ...rangesOf(level, index)]);
    return { body, digest: nodeDigest(streamId, level, index, body) };
  };

  const get = (level: number, index: number): TreeNode => {
    const key = `${level}:${index}`;
    const node = made.get(key) ?? make(level, index);
    made.set(key, node);
    return node;
  };

  return createStreamTree({ streamId, size, store: { get, set: () => {} } });
}

/** Ranges of the other seven metrics, wider the higher the node; conductivity is not measured. */
function rangesOf(level: number, index: number): (readonly [min: number, max: number] | undefined)[] {
  const spread = (level + (index % 3)) / 10;
  return [
    [27 - spread, 28 + spread],
    [7.2 - spread / 10, 7.6 + spread / 10],
    undefined,
    [28 - spread, 31 + spread],
    [0.55 - spread / 10, 0.6 + spread / 10],
    [3.1 - spread, 3.3 + spread],
    [0, spread],
  ];
}

function writeRanges(body: Uint8Array, ranges: (readonly [number, number] | undefined)[]): void {
  ranges.forEach((range, slot) => {
    writeUint(body, 32 + 4 * slot, 4, range === undefined ? 0 : encodeValue(range[0]));
    writeUint(body, 64 + 4 * slot, 4, range === undefined ? 2 ** 32 - 1 : encodeValue(range[1]));
  });
}
