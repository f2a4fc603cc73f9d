import { beforeAll, describe, expect, it } from "vitest";
import { challengeData, commitmentOf, needsCommitment } from "../../../ledger/challenges.ts";
import { concatBytes } from "../../../protocol/bytes.ts";
import { findBadDirectory, findShrunk } from "../../../protocol/compare-batches.ts";
import type { Conviction } from "../../../protocol/conviction.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { belowReading } from "../../../protocol/leaf-rules.ts";
import { pairInside, readingLeaf } from "../../../protocol/node.ts";
import {
  type BatchFork,
  type BatchOpening,
  climb,
  type NodeOpening,
  openNode,
  rootOfOpening,
} from "../../../protocol/opening.ts";
import type { Reading } from "../../../protocol/record.ts";
import type { StreamTree } from "../../../protocol/tree.ts";
import { anchorEntries, bystander, frameOf, PERIOD_MS } from "./convict.ts";
import { noteGas } from "./gas-book.ts";
import { gasOf, installProbe, type Probe, pondId, probeOf } from "./probes.ts";
import { syntheticTree } from "./synthetic.ts";
import { createWorld, type World } from "./world.ts";

const SIZE = 600_000;
const STREAMS = 1_000;
/** The tree's middle: its neighbour before hangs below the other half, so that nothing of their paths is shared. */
const MIDDLE = 2 ** 19;

/** protocol.md §7. */
const MOST = { anchor: 90_000, onePath: 200_000, twoPaths: 260_000 } as const;

describe("gas of challenges to a stream of 600,000 in a directory of 1,000", () => {
  let world: World;
  let probe: Probe;
  let tree: StreamTree;
  let startMs: number;
  let snapshot: { restore(): Promise<void> };
  const others = Array.from({ length: STREAMS - 1 }, (_, n) => bystander(n));

  beforeAll(async () => {
    world = await createWorld();
    probe = probeOf(world, 0);
    await installProbe(world, probe, pondId("pond"));
    const { streamId } = probe;
    startMs = ((await world.time.latest()) - 3_600) * 1000 - SIZE * PERIOD_MS;
    const edges = [MIDDLE - 1, MIDDLE, SIZE - 2, SIZE - 1];
    const oxygenOf = () => [0.213, 1.847] as const;
    tree = syntheticTree({ streamId, size: SIZE, startMs, periodMs: PERIOD_MS, edges, oxygenOf });
    // The second batch on this deployment: the first one pays for the counters.
    await anchorEntries(world, others);
    snapshot = await world.networkHelpers.takeSnapshot();
  });

  const frameAt = (seq: number, change: Partial<Reading> = {}) =>
    frameOf(probe, { seq, timeMs: startMs + seq * PERIOD_MS, ...change });

  /** Anchors whatever root an opening leads to, and completes the opening. */
  const anchored = async (opening: NodeOpening): Promise<BatchOpening> => {
    const root = rootOfOpening(probe.streamId, opening);
    const entries = [...others, { streamId: probe.streamId, size: opening.size, root }];
    const { batch, directory, gas } = await anchorEntries(
      world,
      entries.sort((a, b) => Buffer.compare(a.streamId, b.streamId)),
    );
    noteGas({ operation: "anchor a batch", gas, most: MOST.anchor });
    return { ...opening, batch, directory: directory.prove(probe.streamId) };
  };

  /** A leaf that says `body` where the tree has another. */
  const leafWith = (index: number, body: Uint8Array) =>
    anchored({ ...openNode(tree, { level: 0, index }), node: body });

  /** The two leaves before and at the middle, whose fork is the root. */
  const forkWith = async (left: Uint8Array, right: Uint8Array): Promise<BatchFork> => {
    const { streamId } = probe;
    const root = openNode(tree, { level: 20, index: 0 });
    const branch = (body: Uint8Array, index: number) => ({
      body,
      path: climb(tree, { level: 0, index }, 19),
    });
    const [one, other] = [branch(left, MIDDLE - 1), branch(right, MIDDLE)];
    const digests = [one, other].map(({ body, path }, i) =>
      rootOfOpening(streamId, { size: SIZE, level: 0, index: MIDDLE - 1 + i, node: body, path }),
    );
    const inside = pairInside(20, 0, digests[0]!, digests[1]!);
    const top = await anchored({ ...root, node: concatBytes(root.node.subarray(0, 96), inside) });
    return { top, left: one, right: other };
  };

  const measure = async (what: string, conviction: Conviction, most: number) => {
    const salt = sha256(new TextEncoder().encode(what));
    const { stranger } = world.accounts;
    if (needsCommitment(conviction)) {
      const committed = await world.contracts.challenges
        .connect(stranger)
        .commit(commitmentOf({ conviction, salt }, stranger.address));
      noteGas({ operation: "commit to a challenge", gas: await gasOf(committed) });
    }
    const data = challengeData({ conviction, salt });
    const gas = await gasOf(await stranger.sendTransaction({ to: world.addresses.challenges, data }));
    noteGas({ operation: `challenge ${what}`, gas, most });
    await snapshot.restore();
  };

  it("opens one path", async () => {
    const { streamId } = probe;
    const forged = frameAt(MIDDLE);
    forged.set(frameAt(MIDDLE + 1).subarray(96), 96);
    const signed = { streamId, leaf: await leafWith(MIDDLE, readingLeaf(streamId, MIDDLE, forged).body) };
    await measure("BadSignature", { code: "BadSignature", ...signed, frame: forged }, MOST.onePath);

    const foreign = frameAt(MIDDLE, { device: new Uint8Array(8) });
    const node = await leafWith(MIDDLE, readingLeaf(streamId, MIDDLE, foreign).body);
    const below = belowReading(MIDDLE, foreign);
    await measure("BadInside", { code: "BadInside", streamId, node, below }, MOST.onePath);

    const early = frameAt(MIDDLE, { timeMs: startMs + (SIZE + 3_000) * PERIOD_MS });
    const future = await leafWith(MIDDLE, readingLeaf(streamId, MIDDLE, early).body);
    await measure("FromTheFuture", { code: "FromTheFuture", streamId, node: future }, MOST.onePath);

    const two = openNode(tree, { level: 1, index: MIDDLE / 2 }).node;
    const twice = await leafWith(MIDDLE, two);
    await measure("BadOccupancy", { code: "BadOccupancy", streamId, node: twice }, MOST.onePath);
  });

  it("opens a node with its two children", async () => {
    const { streamId } = probe;
    const index = MIDDLE / 2;
    const [left, right] = [MIDDLE, MIDDLE + 1].map((at) => openNode(tree, { level: 0, index: at }).node);
    const digests = [MIDDLE, MIDDLE + 1].map((at) => tree.node(0, at).digest);
    const opened = openNode(tree, { level: 1, index });
    const lie = opened.node.slice();
    lie[40]! ^= 1;
    expect(lie.subarray(96)).toEqual(pairInside(1, index, digests[0]!, digests[1]!));
    const none = new Uint8Array(0);
    const fork = {
      top: await anchored({ ...opened, node: lie }),
      left: { body: left!, path: none },
      right: { body: right!, path: none },
    };
    await measure("BadCombine", { code: "BadCombine", streamId, fork }, MOST.onePath);
  });

  it("opens two paths", async () => {
    const { streamId } = probe;
    const [earlierFrame, laterFrame] = [frameAt(MIDDLE - 1), frameAt(MIDDLE)];
    const leaves = [earlierFrame, laterFrame].map(
      (frame, i) => readingLeaf(streamId, MIDDLE - 1 + i, frame).body,
    );
    const fork = await forkWith(leaves[0]!, leaves[1]!);
    await measure("BadChain", { code: "BadChain", streamId, fork, earlierFrame, laterFrame }, MOST.twoPaths);

    // The last leaf of a stream of odd size: no higher node above it is complete.
    const view = { streamId, size: SIZE - 1, node: (l: number, i: number) => tree.node(l, i, SIZE - 1) };
    const earlier = await anchored(openNode(view, { level: 0, index: SIZE - 2, digestOnly: true }));
    const opened = openNode(tree, { level: 0, index: SIZE - 2, digestOnly: true });
    const later = await anchored({ ...opened, node: sha256(opened.node) });
    await measure("Rewritten", { code: "Rewritten", streamId, earlier, later }, MOST.twoPaths);
  });

  it("opens entries of directories", async () => {
    const sorted = others.toSorted((a, b) => Buffer.compare(a.streamId, b.streamId));
    const before = await anchorEntries(world, sorted);
    const after = await anchorEntries(world, sorted.toSpliced(500, 1));
    await measure("Shrunk", findShrunk(before, after)!, MOST.onePath);

    const unsorted = await anchorEntries(world, sorted.with(501, sorted[500]!));
    await measure("BadDirectory", findBadDirectory(unsorted)!, MOST.onePath);
  });

  it("compares two frames", async () => {
    const [oneFrame, otherFrame] = [frameAt(7), frameAt(7, { calibration: 1 })];
    const { streamId } = probe;
    await measure("Equivocation", { code: "Equivocation", streamId, oneFrame, otherFrame }, MOST.onePath);
  });
});
