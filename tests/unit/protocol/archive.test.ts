import { describe, expect, it } from "vitest";
import {
  decodeDirectory,
  decodeNode,
  decodeStreams,
  encodeDirectory,
  encodeNode,
} from "../../../protocol/archive.ts";
import { createDirectory, directoryOf } from "../../../protocol/directory.ts";
import { keccak, sha256 } from "../../../protocol/hash.ts";
import { belowHole, belowPair, belowReading } from "../../../protocol/leaf-rules.ts";
import { HOLE_REASONS, holeLeaf, insideOf, pairNode, readingLeaf } from "../../../protocol/node.ts";
import { makeFrame, makeKey } from "../../factories.ts";

const key = makeKey("archive");
const streamId = sha256(key.publicKey);
const frame = makeFrame(key);
const reading = readingLeaf(streamId, 0, frame);
const hole = holeLeaf(streamId, 1, HOLE_REASONS.malformed);
const pair = pairNode(streamId, 1, 0, reading, hole);
const wire = <T>(json: T): unknown => JSON.parse(JSON.stringify(json));

describe("a node of an archive", () => {
  const nodes = [
    { name: "reading", leaf: reading, below: belowReading(0, frame) },
    { name: "hole", leaf: hole, below: belowHole(streamId, 1, HOLE_REASONS.malformed) },
    {
      name: "pair",
      leaf: pair,
      below: belowPair({ level: 1, index: 0 }, { left: reading.digest, right: hole.digest }),
    },
  ];

  it.each(nodes)("that is a $name is read back with what hangs below it", ({ leaf: { body }, below }) => {
    expect(decodeNode(wire(encodeNode({ body, below })))).toEqual({ body, below });
    expect(keccak(below)).toEqual(insideOf(body));
  });

  const json = encodeNode({ body: pair.body, below: nodes[2]!.below });
  it.each([
    null,
    [],
    { ...json, meta: "0x00" },
    { ...json, below: "0x12" },
    { ...json, below: undefined },
    { ...json, below: `0x${"zz".repeat(96)}` },
  ])("that is none is refused (%#)", (broken) => {
    expect(() => decodeNode(broken)).toThrow("MALFORMED_MESSAGE");
  });
});

describe("a directory of an archive", () => {
  const entries = [5, 3, 9].map((size) => ({
    streamId: sha256(Uint8Array.of(size)),
    size,
    root: new Uint8Array(32).fill(size),
  }));

  it("is read back in its own order, which its root commits to", () => {
    const sorted = createDirectory(entries);
    const decoded = decodeDirectory(wire(encodeDirectory({ number: 4, entries: sorted.entries })));
    expect(decoded).toEqual({ number: 4, entries: sorted.entries });
    expect(directoryOf(decoded.entries).root).toEqual(sorted.root);
    expect(directoryOf([...sorted.entries].reverse()).root).not.toEqual(sorted.root);
  });

  it.each([
    { number: 4 },
    { number: -1, entries: [] },
    { number: 4, entries: [{ streamId: "0x00", size: 1, root: "0x00" }] },
    { number: 4, entries: [{ ...encodeDirectory({ number: 4, entries }).entries[0], size: 2 ** 33 }] },
  ])("that is none is refused (%#)", (json) => {
    expect(() => decodeDirectory(json)).toThrow("MALFORMED_MESSAGE");
  });
});

it("probes are read with their keys, and refused without", () => {
  const [x, y] = [`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`];
  const stream = { streamId: `0x${"03".repeat(32)}`, device: "ab", x, y, pond: null };
  const publicKey = new Uint8Array(64).fill(1, 0, 32).fill(2, 32);
  expect(decodeStreams([stream])).toEqual([{ streamId: new Uint8Array(32).fill(3), publicKey, pond: null }]);
  for (const json of [{}, [{}], [{ ...stream, x: "0x" }], [{ ...stream, pond: 3 }]])
    expect(() => decodeStreams(json)).toThrow("MALFORMED_MESSAGE");
});
