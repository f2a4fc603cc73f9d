import { describe, expect, it } from "vitest";
import {
  type Below,
  decodeDirectory,
  decodeNode,
  decodeStreams,
  encodeDirectory,
  encodeNode,
  holeBelow,
  isPreimage,
} from "../../../protocol/archive.ts";
import { createDirectory, rootOfEntries } from "../../../protocol/directory.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { HOLE_REASONS, holeLeaf, pairNode, readingLeaf } from "../../../protocol/node.ts";
import { makeFrame, makeKey } from "../../factories.ts";

const key = makeKey("archive");
const streamId = sha256(key.publicKey);
const frame = makeFrame(key);
const reading = readingLeaf(streamId, 0, frame);
const hole = holeLeaf(streamId, 1, HOLE_REASONS.malformed);
const pair = pairNode(streamId, 1, 0, reading, hole);
const wire = <T>(json: T): unknown => JSON.parse(JSON.stringify(json));

describe("a node of an archive", () => {
  const nodes: { level: number; index: number; leaf: typeof pair; below: Below }[] = [
    { level: 0, index: 0, leaf: reading, below: { kind: "reading", frame } },
    { level: 0, index: 1, leaf: hole, below: holeBelow(HOLE_REASONS.malformed) },
    { level: 1, index: 0, leaf: pair, below: { kind: "pair", left: reading.digest, right: hole.digest } },
  ];

  it.each(nodes)("at level $level, index $index is read back, and is the preimage of its digest", (it) => {
    const { level, index, leaf, below } = it;
    const node = decodeNode(wire(encodeNode({ body: leaf.body, below })));
    expect(node).toEqual({ body: leaf.body, below });
    expect(isPreimage({ streamId, level, index, digest: leaf.digest, node })).toBe(true);
  });

  it("is none where any byte of it, or its place, is another", () => {
    for (const { level, index, leaf, below } of nodes) {
      const json = JSON.stringify(encodeNode({ body: leaf.body, below }));
      for (let at = json.indexOf("0x"); at >= 0; at = json.indexOf("0x", at + 1)) {
        const other = json[at + 9] === "0" ? "1" : "0";
        const node = decodeNode(JSON.parse(json.slice(0, at + 9) + other + json.slice(at + 10)));
        expect(isPreimage({ streamId, level, index, digest: leaf.digest, node })).toBe(false);
      }
      const place = { streamId, level, index: index + 1, digest: leaf.digest };
      expect(isPreimage({ ...place, node: { body: leaf.body, below } })).toBe(false);
    }
  });

  it.each([
    null,
    [],
    { ...encodeNode({ body: pair.body, below: holeBelow(2) }), meta: "0x00" },
    { ...encodeNode({ body: pair.body, below: holeBelow(2) }), below: { kind: "leaf" } },
    { ...encodeNode({ body: pair.body, below: holeBelow(2) }), below: { kind: "reading", frame: "0x12" } },
  ])("that is none is refused (%#)", (json) => {
    expect(() => decodeNode(json)).toThrow("MALFORMED_MESSAGE");
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
    expect(rootOfEntries(decoded.entries)).toEqual(sorted.root);
    expect(rootOfEntries([...sorted.entries].reverse())).not.toEqual(sorted.root);
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
