import fc from "fast-check";
import { expect, it } from "vitest";
import { type ForgedTree, forgeTree } from "../../../../demo/liar/forged-tree.ts";
import { openDatabase } from "../../../../oracle/database.ts";
import { BOOK_SCHEMA, createBook, type WatchedBatch } from "../../../../oracle/watcher/book.ts";
import { judge } from "../../../../oracle/watcher/judge.ts";
import { takeBatch } from "../../../../oracle/watcher/take.ts";
import { compareBytes, concatBytes, equalBytes, toHex } from "../../../../protocol/bytes.ts";
import { type DirectoryEntry, directoryOf } from "../../../../protocol/directory.ts";
import type { Position } from "../../../../protocol/evidence.ts";
import { sha256 } from "../../../../protocol/hash.ts";
import { encodeManifest } from "../../../../protocol/manifest.ts";
import { HOLE_REASONS } from "../../../../protocol/node.ts";
import { heightOf } from "../../../../protocol/tree.ts";
import { makeChain, makeKey } from "../../../factories.ts";

const RUNS = process.env.POND_DEEP === undefined ? 60 : 1_000;
const { signal } = new AbortController();
const keys = [makeKey("judged"), makeKey("judged too")];
const streamIds = keys.map(({ publicKey }) => sha256(publicKey));
const FRAMES = keys.map((key) => makeChain({ key, count: 40, oxygen: (seq) => 3 + (seq % 7) }));
const META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;";

type Told = { tree: ForgedTree; from: number; told: readonly Position[] };

/** Two streams in two batches: sizes, and which positions are holes. */
const history = fc
  .record({
    sizes: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
    grown: fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })),
    holes: fc.uniqueArray(fc.nat(39), { maxLength: 8 }),
  })
  .map(({ sizes, grown, holes }) => ({ sizes, later: sizes.map((size, i) => size + grown[i]!), holes }));

/** One change to what the operator anchors in the second batch for the first stream. */
const lie = fc.oneof(
  fc.record({ kind: fc.constant("aggregate" as const), at: fc.nat(), byte: fc.nat(95), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("frame" as const), at: fc.nat(), byte: fc.nat(95), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("signature" as const), at: fc.nat(), byte: fc.nat(30), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("hole" as const), at: fc.nat() }),
  fc.record({ kind: fc.constant("size" as const), by: fc.constantFrom(-1, 1, 2 ** 31) }),
  fc.record({ kind: fc.constant("root" as const), byte: fc.nat(31), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("order" as const) }),
  fc.record({ kind: fc.constant("absent" as const) }),
  fc.record({ kind: fc.constant("twice" as const) }),
);
type Lie = typeof lie extends fc.Arbitrary<infer T> ? T : never;

function positionsOf(i: number, size: number, holes: readonly number[]): Position[] {
  return FRAMES[i]!.slice(0, size).map((frame, seq) =>
    // The first position is a reading, so that a tree has one.
    holes.includes(seq) && seq > 0
      ? { kind: "hole", reason: HOLE_REASONS["not-received"] }
      : { kind: "reading", frame },
  );
}

function flipped(bytes: Uint8Array, byte: number, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[byte]! ^= 1 << bit;
  return changed;
}

/** The first stream's tree with a lie in it. */
function lyingTree(positions: readonly Position[], it: Lie): ForgedTree {
  const streamId = streamIds[0]!;
  switch (it.kind) {
    case "aggregate": {
      const level = it.at % (heightOf(positions.length) + 1);
      const index = Math.floor(it.at / 7) % Math.ceil(positions.length / 2 ** level);
      return forgeTree({
        streamId,
        positions,
        lie: (place, aggregate) =>
          place.level === level && place.index === index ? flipped(aggregate, it.byte, it.bit) : aggregate,
      });
    }
    case "frame":
    case "signature": {
      const readings = positions.flatMap((position, seq) => (position.kind === "reading" ? [seq] : []));
      const at = readings[it.at % readings.length]!;
      // The first bytes of r: a signature is never the same with another one.
      const byte = it.kind === "frame" ? it.byte : 96 + it.byte;
      return forgeTree({
        streamId,
        positions: positions.map((position, seq) =>
          seq === at && position.kind === "reading"
            ? { kind: "reading", frame: flipped(position.frame, byte, it.bit) }
            : position,
        ),
      });
    }
    case "hole": {
      const at = it.at % positions.length;
      return forgeTree({
        streamId,
        positions: positions.map((position, seq) =>
          seq === at ? { kind: "hole", reason: HOLE_REASONS.malformed } : position,
        ),
      });
    }
    default:
      return forgeTree({ streamId, positions });
  }
}

function lyingEntries(entries: DirectoryEntry[], it: Lie | undefined): DirectoryEntry[] {
  const change = (entry: DirectoryEntry, to: Partial<DirectoryEntry>) =>
    entries.map((one) => (one === entry ? { ...one, ...to } : one));
  const ours = entries.find(({ streamId }) => equalBytes(streamId, streamIds[0]!))!;
  switch (it?.kind) {
    case "size":
      return change(ours, { size: ours.size + it.by });
    case "root":
      return change(ours, { root: flipped(ours.root, it.byte, it.bit) });
    case "order":
      return entries.toReversed();
    case "absent":
      return entries.filter((entry) => entry !== ours);
    case "twice":
      return [...entries, entries.at(-1)!];
    default:
      return entries;
  }
}

/** Judges batch after batch, as the watcher does, and returns what it says of each. */
async function watch(batches: { streams: Told[]; lie?: Lie }[]): Promise<string[]> {
  const database = openDatabase({ path: ":memory:", schema: META + BOOK_SCHEMA });
  const book = createBook(database);
  keys.forEach(({ publicKey }, i) => {
    book.register({ streamId: streamIds[i]!, publicKey });
  });
  const states: string[] = [];
  for (const [i, { streams, lie: told }] of batches.entries()) {
    const number = i + 1;
    const sorted = streams.toSorted((a, b) => compareBytes(a.tree.streamId, b.tree.streamId));
    const entries = lyingEntries(
      sorted.map(({ tree: { streamId, size, root } }) => ({ streamId, size, root })),
      told,
    );
    const blobs = new Map<string, Uint8Array>();
    const keep = (bytes: Uint8Array): Uint8Array => {
      blobs.set(toHex(sha256(bytes)), bytes);
      return sha256(bytes);
    };
    const manifest = keep(
      encodeManifest({
        number,
        streams: sorted.flatMap(({ tree, from, told: positions }) => {
          const added = positions.slice(from);
          if (added.length === 0) return [];
          const holes = added.flatMap((it, k) =>
            it.kind === "hole" ? [{ seq: from + k, reason: it.reason }] : [],
          );
          const frames = keep(
            concatBytes(...added.flatMap((it) => (it.kind === "reading" ? [it.frame] : []))),
          );
          return [{ streamId: tree.streamId, from, to: positions.length - 1, holes, frames }];
        }),
      }),
    );
    const batch: WatchedBatch = {
      number,
      directoryRoot: directoryOf(entries).root,
      streamCount: entries.length,
      readings: 0,
      manifest,
      anchoredAtS: 1_800_000_000,
      state: "behind",
      why: null,
    };
    book.addBatch(batch);
    const isUsable = async () => true;
    const source = {
      manifest: async () => blobs.get(toHex(manifest)),
      segment: async (hash: Uint8Array) => blobs.get(toHex(hash)),
    };
    const taken = await takeBatch({ book, batch, source, isUsable, signal });
    if (taken.kind === "absent") throw new Error(taken.sentence);
    const judgement = await judge({
      book,
      batch,
      ...taken,
      claimed: {
        directory: async () => entries,
        node: async ({ streamId, level, index }) =>
          sorted.find(({ tree }) => equalBytes(tree.streamId, streamId))?.tree.node(level, index),
      },
      isUsable,
      signal,
    });
    for (const growth of taken.rebuilt) book.grow(number, growth);
    book.markTaken(number);
    states.push(judgement.state);
  }
  database.close();
  return states;
}

function honestBatches({ sizes, later, holes }: { sizes: number[]; later: number[]; holes: number[] }) {
  const streamsAt = (now: readonly number[], before: readonly number[]): Told[] =>
    now.map((size, i) => {
      const positions = positionsOf(i, size, holes);
      return { tree: forgeTree({ streamId: streamIds[i]!, positions }), from: before[i]!, told: positions };
    });
  return [{ streams: streamsAt(sizes, [0, 0]) }, { streams: streamsAt(later, sizes) }];
}

it("random honest streams are verified", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (it) => {
      expect(await watch(honestBatches(it))).toEqual(["verified", "verified"]);
    }),
    { numRuns: RUNS },
  );
});

it("any single corruption is refuted with a case, or its data is missing; never verified", async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(history, lie, fc.boolean(), async (it, told, inManifest) => {
      const [first, second] = honestBatches(it) as [{ streams: Told[] }, { streams: Told[] }];
      const [own, other] = second.streams as [Told, Told];
      const tree = lyingTree(own.told, told);
      const isSame = equalBytes(tree.root, own.tree.root);
      fc.pre(!(isSame && ["aggregate", "frame", "signature", "hole"].includes(told.kind)));
      // A new position that is called a hole throughout is no contradiction: whoever has its frame shows it (§5).
      const isNew = told.kind === "hole" && told.at % own.told.length >= own.from;
      fc.pre(!(isNew && inManifest));
      // The manifest tells the truth, or the same lie as the tree.
      const positions = inManifest ? tree.positions : own.told;
      const lied = { streams: [{ ...own, tree, told: positions }, other], lie: told };
      const [before, state] = await watch([first, lied]);
      expect(before).toBe("verified");
      expect(["refuted", "missing"]).toContain(state);
      seen.set(state!, (seen.get(state!) ?? 0) + 1);
    }),
    { numRuns: 3 * RUNS },
  );
  // Most lies are convicted; what is not can hide only behind data that nobody shows.
  expect(seen.get("refuted")).toBeGreaterThan(seen.get("missing") ?? 0);
});
