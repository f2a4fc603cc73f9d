import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../../protocol/bytes.ts";
import { isPondproofError } from "../../../protocol/errors.ts";
import { insideOf } from "../../../protocol/node.ts";
import type { StreamTree } from "../../../protocol/tree.ts";
import { frontierNodes, proveWindow, verifyWindow, type WindowResult } from "../../../protocol/window.ts";
import { naiveWindow } from "./naive.ts";
import { madeReading, plant, type RandomStream, randomStream, randomWindow } from "./random-streams.ts";
import { openedPlaces, placeKey, walkOpening } from "./walks.ts";

type Asked = { fromMs: number; toMs: number; size: number };

/** A window's aggregates without the node before it, in which accepted proofs may differ. */
function aggregates({ before, mins, maxs, ...rest }: WindowResult) {
  return { ...rest, mins: lanes(mins), maxs: lanes(maxs), beforeMs: before.lastMs };
}

function lanes(packed: Uint8Array): number[] {
  const view = new DataView(packed.buffer, packed.byteOffset);
  return Array.from({ length: 8 }, (_, lane) => view.getUint32(4 * lane));
}

function verify(tree: StreamTree, asked: Asked, walk: Uint8Array): WindowResult {
  return verifyWindow({ streamId: tree.streamId, root: tree.root(asked.size).digest, ...asked, walk });
}

/** True when the window was there to be proven, and was proven to be what a scan of the leaves says. */
function provesWhatAScanSees({ places }: RandomStream, tree: StreamTree, asked: Asked): boolean {
  const expected = naiveWindow(places, asked);
  if (expected === undefined) {
    expect(() => proveWindow(tree, asked)).toThrow("NO_READING_BESIDE_WINDOW");
    return false;
  }
  const { beforePosition, ...expectedAggregates } = expected;
  expect(aggregates(verify(tree, asked, proveWindow(tree, asked)))).toEqual(expectedAggregates);

  const shown = verify(tree, asked, proveWindow(tree, { ...asked, showBefore: true }));
  expect(aggregates(shown)).toEqual(expectedAggregates);
  expect(shown.before).toEqual({
    level: 0,
    index: beforePosition,
    inside: insideOf(tree.node(0, beforePosition).body),
    lastMs: expected.beforeMs,
  });
  return true;
}

describe("a window proof", () => {
  it("equals a scan of the leaves, for random streams, sizes of their past and windows", () => {
    let proven = 0;
    fc.assert(
      fc.property(
        randomStream(),
        fc.array(fc.tuple(randomWindow(), fc.nat()), { minLength: 2, maxLength: 2 }),
        (stream, asks) => {
          const tree = plant(stream);
          for (const [window, past] of asks) {
            const size = past % 3 === 0 ? 1 + (past % tree.size) : tree.size;
            if (provesWhatAScanSees(stream, tree, { ...window(stream), size })) proven++;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(proven).toBeGreaterThan(250);
  });

  it("equals a scan of the leaves at every size that the stream has had", () => {
    fc.assert(
      fc.property(randomStream({ maxSize: 40 }), randomWindow(), (stream, window) => {
        const tree = plant(stream);
        const { fromMs, toMs } = window(stream);
        for (let size = 1; size <= tree.size; size++)
          provesWhatAScanSees(stream, tree, { fromMs, toMs, size });
      }),
      { numRuns: 60 },
    );
  });

  it("gives the same aggregates however many more nodes a prover opens", () => {
    fc.assert(
      fc.property(
        randomStream({ maxSize: 120 }),
        randomWindow(),
        fc.infiniteStream(fc.nat(99)),
        (stream, window, rolls) => {
          const tree = plant(stream);
          const asked = { ...window(stream), size: tree.size };
          fc.pre(naiveWindow(stream.places, asked) !== undefined);
          const least = proveWindow(tree, asked);
          const needed = openedPlaces({ size: tree.size, walk: least });
          const expected = aggregates(verify(tree, asked, least));
          for (const percent of [10, 50, 100]) {
            const walk = walkOpening(
              tree,
              tree.size,
              (level, index) => needed.has(placeKey(level, index)) || rolls.next().value < percent,
            );
            expect(aggregates(verify(tree, asked, walk))).toEqual(expected);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("opens no node without need: a prover that leaves any of them closed is refused", () => {
    fc.assert(
      fc.property(randomStream({ maxSize: 120 }), randomWindow(), (stream, window) => {
        const tree = plant(stream);
        const asked = { ...window(stream), size: tree.size };
        fc.pre(naiveWindow(stream.places, asked) !== undefined);
        const needed = openedPlaces({ size: tree.size, walk: proveWindow(tree, asked) });
        for (const left of needed) {
          const walk = walkOpening(tree, tree.size, (level, index) => {
            const key = placeKey(level, index);
            return key !== left && needed.has(key);
          });
          expect(() => verify(tree, asked, walk)).toThrow(/MALFORMED_PROOF|NO_READING_BESIDE_WINDOW/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("covers the stream with its frontier, in order and without overlap", () => {
    fc.assert(
      fc.property(randomStream(), randomWindow(), (stream, window) => {
        const tree = plant(stream);
        const asked = { ...window(stream), size: tree.size };
        fc.pre(naiveWindow(stream.places, asked) !== undefined);
        let next = 0;
        for (const { level, index } of frontierNodes({ size: tree.size, walk: proveWindow(tree, asked) })) {
          expect(index * 2 ** level).toBe(next);
          next += 2 ** level;
        }
        expect(next).toBeGreaterThanOrEqual(tree.size);
      }),
    );
  });

  it("is not to be had where a reading before, inside or after the window is lacking", () => {
    const streamId = new Uint8Array(32);
    const places = [1000, 2000, 3000].map((timeMs, seq) => madeReading({ seq, timeMs, seed: seq }));
    const tree = plant({ streamId, places });
    const refused: [string, number, number][] = [
      ["before", 1000, 2000],
      ["inside", 2001, 2999],
      ["after", 2000, 3000],
      ["the window turned round", 2001, 2000],
    ];
    for (const [, fromMs, toMs] of refused)
      expect(() => proveWindow(tree, { fromMs, toMs })).toThrow("NO_READING_BESIDE_WINDOW");
    expect(() => proveWindow(tree, { fromMs: 1001, toMs: 2999 })).not.toThrow();
  });

  it("is refused as a whole tree that is opened to its leaves but lacks a side", () => {
    const streamId = new Uint8Array(32);
    const places = [1000, 2000, 3000].map((timeMs, seq) => madeReading({ seq, timeMs, seed: seq }));
    const tree = plant({ streamId, places });
    const walk = walkOpening(tree, 3, () => true);
    const windows = [
      { fromMs: 1000, toMs: 2000 },
      { fromMs: 2001, toMs: 2999 },
      { fromMs: 2000, toMs: 3000 },
    ];
    for (const window of windows)
      expect(() => verify(tree, { ...window, size: 3 }, walk)).toThrow("NO_READING_BESIDE_WINDOW");
    expect(() => verify(tree, { fromMs: 2000, toMs: 1999, size: 3 }, walk)).toThrow("MALFORMED_PROOF");
    expect(verify(tree, { fromMs: 2000, toMs: 2000, size: 3 }, walk).count).toBe(1);
  });

  it("is refused with a frontier node that lies about its form, even under the root that it gives", () => {
    const streamId = new Uint8Array(32);
    const lies: Record<string, string> = {
      "count + missing above the occupancy": meta({ count: 2, missing: 1 }),
      "count + missing below the occupancy": meta({ count: 1, missing: 0 }),
      "nothing at all": meta({ count: 0, missing: 0 }),
      "padding of meta": meta({ count: 2, missing: 0, padding: 1 }),
      "a node that ends before it begins": meta({ count: 2, missing: 0, firstMs: 2000, lastMs: 1000 }),
      "a time without readings": meta({ count: 0, missing: 2, lastMs: 1000 }),
      "a gap without readings": meta({ count: 0, missing: 2, maxGapMs: 1 }),
      "flags without readings": meta({ count: 0, missing: 2, flags: 1 }),
    };
    for (const [lie, forged] of Object.entries(lies)) {
      const body = fromHex(forged + "00".repeat(96));
      const walk = Uint8Array.of(2, ...body);
      const proof = { streamId, size: 2, root: streamId, fromMs: 1000, toMs: 2000, walk };
      const problem = problemOf(() => verifyWindow(proof));
      expect(problem, lie).not.toBe("another root");
      expect(problem, lie).toBeDefined();
    }
  });

  it("is refused for an impossible size", () => {
    for (const size of [0, -1, 0.5, 2 ** 32 + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const proof = { streamId: new Uint8Array(32), root: new Uint8Array(32), fromMs: 1, toMs: 2 };
      expect(problemOf(() => verifyWindow({ ...proof, size, walk: Uint8Array.of(0) }))).toBe(
        "impossible size",
      );
    }
  });
});

function problemOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (isPondproofError(error, "MALFORMED_PROOF")) return error.facts.problem;
    throw error;
  }
  return undefined;
}

function meta(fields: {
  firstMs?: number;
  lastMs?: number;
  maxGapMs?: number;
  count: number;
  missing: number;
  flags?: number;
  padding?: number;
}): string {
  const { firstMs = 0, lastMs = 0, maxGapMs = 0, count, missing, flags = 0, padding = 0 } = fields;
  const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, "0");
  return `${hex(firstMs, 6)}${hex(lastMs, 6)}${hex(maxGapMs, 4)}${hex(count, 4)}${hex(missing, 4)}${hex(flags, 2)}${hex(padding, 6)}`;
}
