import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import { isPondproofError } from "../../../protocol/errors.ts";
import { sha256 } from "../../../protocol/hash.ts";
import type { StreamTree } from "../../../protocol/tree.ts";
import { proveWindow, verifyWindow } from "../../../protocol/window.ts";
import { vectors } from "../../vectors/vectors.ts";
import { naiveWindow } from "../protocol/naive.ts";
import { plant, randomStream, randomWindow } from "../protocol/random-streams.ts";
import { walkOpening } from "../protocol/walks.ts";
import { anchor, type Batch } from "./probes.ts";
import { refusal, revertOf } from "./reverts.ts";
import { comparable, word } from "./windows.ts";
import { createWorld, type World } from "./world.ts";

const RUNS = process.env.POND_DEEP === undefined ? 120 : 2_000;

const TREES = 2_000;
const STREAMS_IN_A_BATCH = 100;

describe("the window verifier", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });

  const verify = (
    tree: StreamTree,
    batch: Batch,
    window: { fromMs: number; toMs: number },
    walk: Uint8Array,
  ) => {
    const { index, siblings } = batch.directory.prove(tree.streamId);
    const proof = {
      batch: batch.number,
      index,
      siblings: siblings.map(toHex),
      size: tree.size,
      walk: toHex(walk),
    };
    return world.contracts.windowVerifier.verify(tree.streamId, window.fromMs, window.toMs, proof);
  };

  /** What the contract says of a walk, in the form of the TypeScript verifier; undefined where it refuses. */
  const onLedger = async (...[tree, batch, window, walk]: Parameters<typeof verify>) => {
    try {
      return comparable(await verify(tree, batch, window, walk));
    } catch (error) {
      await refusal(Promise.reject(error), world.contracts.windowVerifier);
      return undefined;
    }
  };

  const inTypeScript = (tree: StreamTree, window: { fromMs: number; toMs: number }, walk: Uint8Array) => {
    try {
      const { streamId, size } = tree;
      return comparable(verifyWindow({ streamId, size, root: tree.root().digest, ...window, walk }));
    } catch (error) {
      if (!isPondproofError(error)) throw error;
      return undefined;
    }
  };

  it(`is right about ${TREES} random trees: as the TypeScript verifier, and as a scan of the readings`, async () => {
    const samples = fc.sample(fc.tuple(randomStream({ maxSize: 40 }), randomWindow()), {
      numRuns: 3 * TREES,
      seed: 7,
    });
    const asked = samples.flatMap(([{ places }, pick], n) => {
      const stream = { streamId: sha256(Buffer.from(`stream ${n}`)), places };
      const window = pick(stream);
      const scanned = naiveWindow(places, { ...window, size: places.length });
      return scanned === undefined ? [] : [{ stream, window, scanned, showBefore: n % 2 === 0 }];
    });
    expect(asked.length).toBeGreaterThanOrEqual(TREES);
    for (let from = 0; from < TREES; from += STREAMS_IN_A_BATCH) {
      const some = asked
        .slice(from, Math.min(from + STREAMS_IN_A_BATCH, TREES))
        .map((one) => ({ ...one, tree: plant(one.stream) }));
      const batch = await anchor(
        world,
        some.map(({ tree }) => tree),
      );
      for (const { tree, window, scanned, showBefore } of some) {
        const walk = proveWindow(tree, { ...window, showBefore });
        const result = await onLedger(tree, batch, window, walk);
        expect(result).toEqual(inTypeScript(tree, window, walk));
        const { firstMs, lastMs, maxGapMs, count, missing, flags, mins, maxs } = scanned;
        const packed = { mins: packedWord(mins), maxs: packedWord(maxs) };
        expect(result).toMatchObject({ firstMs, lastMs, maxGapMs, count, missing, flags, ...packed });
      }
    }
  }, 120_000);

  it("agrees on walks that open too much, too little, or just anything", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomStream({ maxSize: 40 }),
        randomWindow(),
        fc.infiniteStream(fc.boolean()),
        async (stream, pick, coins) => {
          const tree = plant(stream);
          const window = pick(stream);
          const batch = await anchor(world, [tree]);
          const walk = walkOpening(tree, tree.size, () => coins.next().value);
          expect(await onLedger(tree, batch, window, walk)).toEqual(inTypeScript(tree, window, walk));
        },
      ),
      { numRuns: RUNS, seed: 8 },
    );
  });

  it("refuses an honest proof with a byte changed, cut off or put behind", async () => {
    const edit = fc.tuple(
      fc.constantFrom("change", "cut", "extend"),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
    );
    await fc.assert(
      fc.asyncProperty(
        randomStream({ maxSize: 40 }),
        randomWindow(),
        edit,
        async (stream, pick, [how, at, by]) => {
          const tree = plant(stream);
          const window = pick(stream);
          const walk = proofOf(tree, window);
          if (walk === undefined) return;
          const batch = await anchor(world, [tree]);
          const altered = alter(walk, { how, at, by });
          expect(await onLedger(tree, batch, window, altered)).toBeUndefined();
          expect(inTypeScript(tree, window, altered)).toBeUndefined();
        },
      ),
      { numRuns: RUNS, seed: 9 },
    );
  });

  describe("with the published vectors", () => {
    let number: number;
    const siblings = [
      vectors.directory.rows[0]![3] ?? `0x${"00".repeat(32)}`,
      vectors.directory.rows[1]![0]!,
    ];
    const proofWith = (walk: string, changes: object = {}) => ({
      batch: number,
      index: 2,
      siblings,
      size: vectors.tree.size,
      walk,
      ...changes,
    });

    beforeAll(async () => {
      const ledger = world.contracts.batchLedger.connect(world.accounts.operator);
      number = Number(await ledger.lastBatch()) + 1;
      const manifest = vectors.directory.root;
      await ledger.anchor(number, vectors.directory.root, vectors.directory.entries.length, 17, manifest);
    });

    for (const [i, { from, to, proof, result }] of vectors.windows.entries()) {
      it(`finds in window ${i} what they say`, async () => {
        const window = await world.contracts.windowVerifier.verify(
          vectors.streamId,
          from,
          to,
          proofWith(proof),
        );
        expect({
          count: Number(window.count),
          missing: Number(window.missing),
          maxGapMs: Number(window.maxGapMs),
          firstMs: Number(window.firstMs),
          lastMs: Number(window.lastMs),
          flags: Number(window.flags),
          mins: word(window.mins),
          maxs: word(window.maxs),
        }).toEqual(result);
      });
    }

    const first = vectors.windows[0]!;
    const refusals: [string, Parameters<typeof verifyWith>[0]][] = [
      ["UnknownBatch", { changes: { batch: 1_000_000 } }],
      ["WindowBackwards", { to: first.from - 1 }],
      ["ImpossibleSize", { changes: { size: 0 } }],
      ["ImpossibleSize", { changes: { size: 2 ** 32 + 1 } }],
      ["NotInDirectory", { changes: { index: 1 } }],
      ["NotInDirectory", { changes: { index: 3 } }],
      ["NotInDirectory", { changes: { siblings: siblings.slice(1) } }],
      ["NotInDirectory", { streamId: `0x${"11".repeat(32)}` }],
      ["MalformedProof", { walk: `${first.proof}00` }],
      ["MalformedProof", { walk: first.proof.slice(0, -2) }],
      ["MalformedProof", { walk: `0x03${first.proof.slice(4)}` }],
      ["WrongOccupancy", { walk: "0x00" }],
      ["WrongOccupancy", { changes: { size: 12 } }],
      ["Straddles", { from: first.from + 600_000 }],
      // The node over positions 4 … 7, of which 6 is a hole, ends just before; 8 and 9 are inside.
      ["HolesBesideTheWindow", { from: 0x019b_771a_be42, to: 0x019b_772d_0dc0 }],
      ["NoReadingAfter", { to: first.to + 100_000_000 }],
      ["NoReadingBefore", { from: first.result.firstMs - 10_000_000, to: first.result.firstMs - 9_000_000 }],
      ["NoReadingInside", { from: first.result.lastMs + 1, to: first.result.lastMs + 2 }],
    ];

    const verifyWith = (options: {
      streamId?: string;
      from?: number;
      to?: number;
      walk?: string | undefined;
      changes?: object;
    }) => {
      const {
        streamId = vectors.streamId,
        from = first.from,
        to = first.to,
        walk = first.proof,
        changes,
      } = options;
      return world.contracts.windowVerifier.verify(streamId, from, to, proofWith(walk, changes));
    };

    for (const [error, options] of refusals) {
      it(`refuses with ${error}: ${JSON.stringify(options).slice(0, 60)}`, async () => {
        expect(await refusal(verifyWith(options), world.contracts.windowVerifier)).toBe(error);
      });
    }

    it("says where a proof is malformed", async () => {
      const { name, args } = await revertOf(
        verifyWith({ walk: `${first.proof}00` }),
        world.contracts.windowVerifier,
      );
      expect({ name, args }).toEqual({ name: "MalformedProof", args: [BigInt(fromHex(first.proof).length)] });
    });
  });
});

function proofOf(tree: StreamTree, options: Parameters<typeof proveWindow>[1]): Uint8Array | undefined {
  try {
    return proveWindow(tree, options);
  } catch (error) {
    if (isPondproofError(error, "NO_READING_BESIDE_WINDOW")) return undefined;
    throw error;
  }
}

function alter(walk: Uint8Array, { how, at, by }: { how: string; at: number; by: number }): Uint8Array {
  const place = at % walk.length;
  if (how === "cut") return walk.slice(0, place);
  if (how === "extend") return Uint8Array.from([...walk, by]);
  return walk.map((byte, i) => (i === place ? byte ^ by : byte));
}

function packedWord(lanes: readonly number[]): string {
  return `0x${lanes.map((lane) => lane.toString(16).padStart(8, "0")).join("")}`;
}
