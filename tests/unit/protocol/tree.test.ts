import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toHex } from "../../../protocol/bytes.ts";
import { EMPTY, HOLE_REASONS, holeLeaf, type TreeNode } from "../../../protocol/node.ts";
import {
  buildNode,
  createNodeMemory,
  createStreamTree,
  heightOf,
  type NodeStore,
  occupancy,
} from "../../../protocol/tree.ts";
import { naiveDigest, naiveRoot } from "./naive.ts";
import { leafOf, madeReading, type Place, plant, type RandomStream, randomStream } from "./random-streams.ts";

/** A store on whose every write and read somebody counts. */
function countingStore(): NodeStore & { reads: number; writes: Map<string, number> } {
  const memory = createNodeMemory();
  const writes = new Map<string, number>();
  return {
    reads: 0,
    writes,
    get(level, index) {
      this.reads++;
      return memory.get(level, index);
    },
    set(level, index, node) {
      const key = `${level}:${index}`;
      writes.set(key, (writes.get(key) ?? 0) + 1);
      memory.set(level, index, node);
    },
  };
}

/** Readings a minute apart with a hole at every seventh position. */
function steadyStream(size: number): RandomStream {
  const places = Array.from({ length: size }, (_, seq): Place => {
    const hole = { kind: "hole", reason: HOLE_REASONS["not-received"] } as const;
    return seq % 7 === 3 ? hole : madeReading({ seq, timeMs: 60_000 * (seq + 1), seed: seq });
  });
  return { streamId: new Uint8Array(32).fill(5), places };
}

describe("a stream's tree", () => {
  it("has the root of the plain recursive definition at every size from 1 to 130, while it grows and later", () => {
    const stream = steadyStream(130);
    const tree = createStreamTree({ streamId: stream.streamId, store: createNodeMemory() });
    const roots = stream.places.map((place, i) => {
      tree.append(leafOf(stream.streamId, i, place));
      return toHex(tree.root().digest);
    });
    roots.forEach((root, i) => {
      expect(root).toBe(toHex(naiveRoot(stream, i + 1)));
      expect(toHex(tree.root(i + 1).digest)).toBe(root);
    });
  });

  it("has the nodes of the plain definition everywhere, as of any size, and nothing beyond", () => {
    fc.assert(
      fc.property(randomStream({ maxSize: 40 }), fc.nat(), (stream, past) => {
        const tree = plant(stream);
        const size = 1 + (past % tree.size);
        for (let level = 0; level <= heightOf(size) + 1; level++) {
          const behind = Math.ceil(size / 2 ** level);
          for (let index = 0; index < behind; index++) {
            const node = tree.node(level, index, size);
            expect(toHex(node.digest)).toBe(`0x${naiveDigest(stream, size, level, index)}`);
          }
          expect(tree.node(level, behind, size)).toBe(EMPTY);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("is built the same from the leaves alone", () => {
    fc.assert(
      fc.property(randomStream({ maxSize: 60 }), (stream) => {
        const { streamId, places } = stream;
        const size = places.length;
        const root = buildNode({
          streamId,
          size,
          level: heightOf(size),
          index: 0,
          leaf: (position) => leafOf(streamId, position, places[position]!),
        });
        expect(root).toEqual(plant(stream).root());
      }),
      { numRuns: 60 },
    );
  });

  it("goes on from its store and its size as if it had never stopped", () => {
    const { streamId, places } = steadyStream(70);
    for (let stop = 0; stop <= places.length; stop++) {
      const store = createNodeMemory();
      const before = createStreamTree({ streamId, store });
      for (let i = 0; i < stop; i++) before.append(leafOf(streamId, i, places[i]!));
      const after = createStreamTree({ streamId, store, size: stop });
      expect(after.lastReadingMs()).toBe(before.lastReadingMs());
      for (let i = stop; i < places.length; i++) after.append(leafOf(streamId, i, places[i]!));
      expect(toHex(after.root().digest)).toBe(toHex(naiveRoot({ streamId, places }, places.length)));
    }
  });

  it("survives nodes that were written behind the size before a crash, even of another reading", () => {
    const { streamId, places } = steadyStream(41);
    const store = createNodeMemory();
    const crashed = createStreamTree({ streamId, store });
    for (let i = 0; i < 40; i++) crashed.append(leafOf(streamId, i, places[i]!));
    for (let size = 31; size < 40; size++) {
      const again = createStreamTree({ streamId, store, size });
      again.append(holeLeaf(streamId, size, HOLE_REASONS["lost-at-reader"]));
      expect(again.size).toBe(size + 1);
      const recovered = createStreamTree({ streamId, store, size });
      for (let i = size; i < places.length; i++) recovered.append(leafOf(streamId, i, places[i]!));
      expect(toHex(recovered.root().digest)).toBe(toHex(naiveRoot({ streamId, places }, places.length)));
    }
  });

  it("writes every complete node once, reads and writes O(log n) nodes an append", () => {
    const { streamId, places } = steadyStream(1025);
    const store = countingStore();
    const tree = createStreamTree({ streamId, store });
    places.forEach((place, i) => {
      const leaf = leafOf(streamId, i, place);
      const writesBefore = store.writes.size;
      store.reads = 0;
      tree.append(leaf);
      const height = heightOf(i + 1);
      expect(store.writes.size - writesBefore).toBeLessThanOrEqual(height + 1);
      expect(store.reads).toBeLessThanOrEqual(2 * height + 1);
    });
    expect([...store.writes.values()].every((times) => times === 1)).toBe(true);
    const completeNodes = [...Array(11).keys()].reduce(
      (sum, level) => sum + Math.floor(places.length / 2 ** level),
      0,
    );
    expect(store.writes.size).toBe(completeNodes);
  });

  it("reads O(log n) nodes for a root of any size, past or present", () => {
    const { streamId, places } = steadyStream(1000);
    const store = countingStore();
    const tree = createStreamTree({ streamId, store });
    places.forEach((place, i) => {
      tree.append(leafOf(streamId, i, place));
    });
    for (const size of [1, 2, 3, 511, 512, 513, 767, 999, 1000]) {
      store.reads = 0;
      tree.root(size);
      expect(store.reads).toBeLessThanOrEqual(heightOf(size) + 1);
    }
  });

  it("knows the time of its last reading through any number of holes, and 0 without one", () => {
    fc.assert(
      fc.property(randomStream({ maxSize: 60 }), (stream) => {
        const tree = createStreamTree({ streamId: stream.streamId, store: createNodeMemory() });
        let lastMs = 0;
        expect(tree.lastReadingMs()).toBe(0);
        stream.places.forEach((place, i) => {
          tree.append(leafOf(stream.streamId, i, place));
          if (place.kind === "reading") lastMs = place.timeMs;
          expect(tree.lastReadingMs()).toBe(lastMs);
        });
      }),
    );
  });

  it("refuses a reading that is not later than the last one, over holes too, and stays as it was", () => {
    const { streamId } = steadyStream(0);
    for (const firstMs of [0, 5_000]) {
      for (let holes = 0; holes < 9; holes++) {
        const tree = createStreamTree({ streamId, store: createNodeMemory() });
        tree.append(leafOf(streamId, 0, madeReading({ seq: 0, timeMs: firstMs, seed: 1 })));
        for (let i = 1; i <= holes; i++) tree.append(holeLeaf(streamId, i, HOLE_REASONS["not-received"]));
        const root = toHex(tree.root().digest);
        const next = (timeMs: number) =>
          leafOf(streamId, tree.size, madeReading({ seq: tree.size, timeMs, seed: 2 }));
        for (const timeMs of [firstMs, Math.max(firstMs - 1, 0)])
          expect(() => tree.append(next(timeMs))).toThrow("OUT_OF_ORDER");
        expect(tree.size).toBe(holes + 1);
        expect(toHex(tree.root().digest)).toBe(root);
        tree.append(next(firstMs + 1));
        expect(tree.lastReadingMs()).toBe(firstMs + 1);
      }
    }
  });

  it("says so when it is asked beyond its size, for no size, or its store lost a node", () => {
    const stream = steadyStream(5);
    const tree = plant(stream);
    expect(() => tree.root(6)).toThrow("UNKNOWN_NODE");
    expect(() => tree.root(0)).toThrow("UNKNOWN_NODE");
    expect(() => tree.node(0, 0, 6)).toThrow("UNKNOWN_NODE");
    expect(() => tree.node(33, 0)).toThrow("UNKNOWN_NODE");
    const lost = createStreamTree({ streamId: stream.streamId, store: createNodeMemory(), size: 5 });
    expect(() => lost.root()).toThrow("UNKNOWN_NODE");
    const empty = createStreamTree({ streamId: stream.streamId, store: createNodeMemory() });
    expect(() => empty.root()).toThrow("UNKNOWN_NODE");
  });

  it("has the least height that holds its leaves, and counts what lies below a node", () => {
    expect([1, 2, 3, 4, 5, 8, 9, 2 ** 20, 2 ** 20 + 1, 2 ** 32].map(heightOf)).toEqual([
      0, 1, 2, 2, 3, 3, 4, 20, 21, 32,
    ]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(9), fc.nat(300), (size, level, index) => {
        const positions = Array.from({ length: 2 ** level }, (_, i) => index * 2 ** level + i);
        expect(occupancy(size, level, index)).toBe(positions.filter((position) => position < size).length);
      }),
    );
  });

  it("keeps the nodes of its memory apart by level and index", () => {
    const store = createNodeMemory();
    const node = (byte: number): TreeNode => ({ body: EMPTY.body, digest: Uint8Array.of(byte) });
    store.set(0, 1, node(1));
    store.set(1, 0, node(2));
    expect(store.get(0, 1)).toEqual(node(1));
    expect(store.get(1, 0)).toEqual(node(2));
    expect(store.get(0, 0)).toBeUndefined();
    expect(store.get(2, 0)).toBeUndefined();
  });
});
