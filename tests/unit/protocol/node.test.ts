import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import {
  aggregateOf,
  EMPTY,
  gapMs,
  HOLE_REASONS,
  holeLeaf,
  pairNode,
  streamIdOf,
  word,
} from "../../../protocol/node.ts";
import { verifyWindow } from "../../../protocol/window.ts";
import { leafOf, madeReading } from "./random-streams.ts";

const streamId = new Uint8Array(32).fill(3);
const reading = (index: number, timeMs: number) =>
  leafOf(streamId, index, madeReading({ seq: index, timeMs, seed: index }));
const hole = (index: number) => holeLeaf(streamId, index, HOLE_REASONS["not-received"]);

describe("a node over two children", () => {
  it("wants the right side to begin after the left side has ended", () => {
    const pair = (leftMs: number, rightMs: number) =>
      pairNode(streamId, 1, 0, reading(0, leftMs), reading(1, rightMs));
    expect(aggregateOf(pair(1000, 1001).body)).toMatchObject({ firstMs: 1000, lastMs: 1001, maxGapMs: 1 });
    for (const rightMs of [1000, 999, 0]) expect(() => pair(1000, rightMs)).toThrow("OUT_OF_ORDER");
    expect(aggregateOf(pair(0, 1).body)).toMatchObject({ firstMs: 0, lastMs: 1 });
    expect(() => pair(0, 0)).toThrow("OUT_OF_ORDER");
  });

  it("wants no order of a side without readings", () => {
    const timed = reading(0, 5000);
    for (const [left, right] of [
      [timed, hole(1)],
      [hole(1), timed],
      [timed, EMPTY],
    ] as const) {
      const { firstMs, lastMs, maxGapMs, count } = aggregateOf(pairNode(streamId, 1, 0, left, right).body);
      expect({ firstMs, lastMs, maxGapMs, count }).toEqual({
        firstMs: 5000,
        lastMs: 5000,
        maxGapMs: 0,
        count: 1,
      });
    }
    const holes = pairNode(streamId, 1, 0, hole(0), hole(1));
    expect(aggregateOf(holes.body)).toEqual({ ...aggregateOf(EMPTY.body), missing: 2 });
  });

  it("is refused in a window proof when its children stand still in time, whoever hashed it", () => {
    const leaves = [1000, 2000, 2000, 3000].map((timeMs, index) => reading(index, timeMs));
    const walk = Uint8Array.from(
      [1, 1, 2, ...leaves[0]!.body, 2, ...leaves[1]!.body, 1].concat([
        2,
        ...leaves[2]!.body,
        2,
        ...leaves[3]!.body,
      ]),
    );
    const proof = { streamId, size: 4, root: new Uint8Array(32), fromMs: 1500, toMs: 2500, walk };
    expect(() => verifyWindow(proof)).toThrow("OUT_OF_ORDER");
  });

  it("has a gap of four bytes at most", () => {
    expect(gapMs(5, 5 + 2 ** 32 - 2)).toBe(2 ** 32 - 2);
    expect(gapMs(5, 5 + 2 ** 32 + 7)).toBe(2 ** 32 - 1);
    const far = pairNode(streamId, 1, 0, reading(0, 0), reading(1, 2 ** 47));
    expect(aggregateOf(far.body).maxGapMs).toBe(2 ** 32 - 1);
  });
});

describe("a hash's first word", () => {
  it("holds the tag, the level, and an index of up to 48 bits", () => {
    expect(toHex(word(1, 2, 3))).toBe(`0x0102${"00".repeat(29)}03`);
    expect(toHex(word(255, 32, 2 ** 48 - 1))).toBe(`0xff20${"00".repeat(24)}${"ff".repeat(6)}`);
    for (const index of [-1, 0.5, 2 ** 48]) expect(() => word(1, 0, index)).toThrow("INVALID_ARGUMENT");
  });
});

describe("a stream's id", () => {
  it("changes with the chain, the registry and the key, and takes the chain id in either form", () => {
    const publicKey = new Uint8Array(64).fill(1);
    const deviceRegistry = `0x${"aa".repeat(20)}`;
    const own = { chainId: 31337, deviceRegistry, publicKey };
    const id = toHex(streamIdOf(own));
    expect(toHex(streamIdOf({ ...own, chainId: 31337n }))).toBe(id);
    expect(
      toHex(streamIdOf({ ...own, deviceRegistry: deviceRegistry.toUpperCase().replace("X", "x") })),
    ).toBe(id);
    const others = [
      { ...own, chainId: 1 },
      { ...own, deviceRegistry: `0x${"ab".repeat(20)}` },
      { ...own, publicKey: fromHex("02".repeat(64)) },
    ];
    expect(new Set([id, ...others.map((other) => toHex(streamIdOf(other)))]).size).toBe(4);
  });
});
