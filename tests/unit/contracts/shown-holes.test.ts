import type { BaseContract, BaseContractMethod } from "ethers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { shownArgument } from "../../../ledger/claims.ts";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { HOLE_REASONS } from "../../../protocol/node.ts";
import { openNode } from "../../../protocol/opening.ts";
import { countShownHoles, type ShownHole, type ShownOutcome } from "../../../protocol/shown-holes.ts";
import { signRecord, verifyRecord } from "../../../protocol/signature.ts";
import type { StreamTree } from "../../../protocol/tree.ts";
import { proveWindow, verifyWindow, type Window } from "../../../protocol/window.ts";
import { naiveWindow } from "../protocol/naive.ts";
import { type Place, plant, randomStream, randomWindow } from "../protocol/random-streams.ts";
import { CHAIN_BEGIN_MS, CHAIN_STEP_MS, signedChain, signPlaces } from "../protocol/signed-places.ts";
import { anchor, type Batch, installProbe, type Probe, pondId, probeOf } from "./probes.ts";
import { refusal } from "./reverts.ts";
import { comparable } from "./windows.ts";
import { createWorld, type World } from "./world.ts";

const RUNS = process.env.POND_DEEP === undefined ? 60 : 1_000;

/** What the ledger calls each refusal. */
const ERRORS: Record<(ShownOutcome & { counted: false })["why"], RegExp> = {
  "not-in-the-window": /^NotInTheWindow$/,
  "other-batch": /^OtherBatch$/,
  "not-anchored": /^(NotInDirectory|NoSuchPath|BrokenPath|NotANode)$/,
  "not-a-hole": /^NotAHole$/,
  "not-its-record": /^NotItsRecord$/,
  "not-in-time": /^NotInTime$/,
};

describe("holes that are shown", () => {
  let world: World;
  let probe: Probe;
  let harness: BaseContract & { verify: BaseContractMethod };

  beforeAll(async () => {
    world = await createWorld();
    probe = probeOf(world, 0);
    await installProbe(world, probe, pondId("pond 1"));
    const { windowVerifier, batchLedger, deviceRegistry } = world.addresses;
    const deployed = await world.ethers.deployContract("ShownHolesHarness", [
      windowVerifier,
      batchLedger,
      deviceRegistry,
    ]);
    harness = deployed as unknown as typeof harness;
  });

  /** The window with the shown holes by the ledger and by TypeScript, which must agree; undefined where refused. */
  const both = async (tree: StreamTree, batch: Batch, window: Window, shown: readonly ShownHole[]) => {
    const walk = proveWindow(tree, window);
    const directory = batch.directory.prove(tree.streamId);
    const { streamId, size } = tree;
    const proven = verifyWindow({ streamId, size, root: tree.root().digest, walk, ...window });
    const outcome = countShownHoles(
      proven,
      {
        streamId,
        publicKey: probe.publicKey,
        batch: batch.number,
        streamCount: 1,
        directoryRoot: batch.directory.root,
        signatureIsValid: (record, signature) => verifyRecord(record, signature, probe.publicKey),
        ...window,
      },
      shown,
    );
    const siblings = directory.siblings.map(toHex);
    const proof = { batch: batch.number, index: directory.index, siblings, size, walk: toHex(walk) };
    const call = harness.verify(streamId, window.fromMs, window.toMs, proof, shown.map(shownArgument));
    if (!outcome.counted) {
      expect(await refusal(call, harness)).toMatch(ERRORS[outcome.why]);
      return { proven, refused: outcome.why };
    }
    expect(comparable((await call) as never)).toEqual(comparable(outcome.window));
    return { proven, window: outcome.window };
  };

  const openHole = (tree: StreamTree, batch: Batch, position: number, frame: Uint8Array): ShownHole => ({
    leaf: {
      ...openNode(tree, { level: 0, index: position }),
      batch: batch.number,
      directory: batch.directory.prove(tree.streamId),
    },
    frame,
  });

  it("count as a scan does that had them, whichever of them are shown", async () => {
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(
        randomStream({ maxSize: 24 }),
        randomWindow(),
        fc.infiniteStream(fc.nat(3)),
        fc.infiniteStream(fc.boolean()),
        async ({ places }, pick, lose, show) => {
          const whole = signPlaces(places, probe);
          const places_ = whole.places.map(
            (place): Place =>
              lose.next().value === 0 ? { kind: "hole", reason: HOLE_REASONS["not-received"] } : place,
          );
          const window = pick(whole);
          if (naiveWindow(places_, { ...window, size: places_.length }) === undefined) return;
          const tree = plant({ streamId: probe.streamId, places: places_ });
          const batch = await anchor(world, [tree]);
          const shown = whole.places.flatMap((place, position) =>
            place.kind === "reading" &&
            places_[position]!.kind === "hole" &&
            place.timeMs >= window.fromMs &&
            place.timeMs <= window.toMs &&
            show.next().value
              ? [openHole(tree, batch, position, place.frame)]
              : [],
          );
          const { window: result } = await both(tree, batch, window, shown);
          const known = places_.map((place, position) =>
            shown.some(({ leaf }) => leaf.index === position) ? whole.places[position]! : place,
          );
          const scanned = naiveWindow(known, { ...window, size: known.length })!;
          expect(lanes(result!.mins)).toEqual(scanned.mins);
          expect(lanes(result!.maxs)).toEqual(scanned.maxs);
          const { count, missing, flags } = scanned;
          expect(result).toMatchObject({ count, missing, flags });
          counted += shown.length;
        },
      ),
      { numRuns: 5 * RUNS, seed: 21 },
    );
    expect(counted).toBeGreaterThan(RUNS / 4);
  });

  describe("in a stream of twelve positions, of which 3, 5 and 9 are lost", () => {
    const window = {
      fromMs: CHAIN_BEGIN_MS + 2 * CHAIN_STEP_MS,
      toMs: CHAIN_BEGIN_MS + 8 * CHAIN_STEP_MS,
    };
    const lost = [3, 5, 9];
    let frames: Uint8Array[];
    let tree: StreamTree;
    let batch: Batch;

    beforeAll(async () => {
      frames = signedChain(probe, 12);
      const places = frames.map(
        (frame, seq): Place =>
          lost.includes(seq)
            ? { kind: "hole", reason: HOLE_REASONS["not-received"] }
            : { kind: "reading", timeMs: CHAIN_BEGIN_MS + seq * CHAIN_STEP_MS, flags: 0, slots: [], frame },
      );
      tree = plant({ streamId: probe.streamId, places });
      batch = await anchor(world, [tree]);
    });

    const hole = (position: number, frame = frames[position]!) => openHole(tree, batch, position, frame);
    const resigned = (position: number, edit: (record: Uint8Array) => void) => {
      const record = frames[position]!.slice(0, 96);
      edit(record);
      return hole(position, concatBytes(record, signRecord(record, probe.secretKey)));
    };
    const refused = async (shown: readonly ShownHole[]) => (await both(tree, batch, window, shown)).refused;

    it("make the window whole", async () => {
      const { proven, window: result } = await both(tree, batch, window, [hole(3), hole(5)]);
      expect(proven).toMatchObject({ count: 5, missing: 3 });
      // 9 lies behind the window's end in time, but no reading says so.
      expect(result).toMatchObject({
        count: 7,
        missing: 1,
        firstMs: proven.firstMs,
        maxGapMs: proven.maxGapMs,
      });
    });

    it("are refused out of order, twice, or outside of the window", async () => {
      expect(await refused([hole(5), hole(3)])).toBe("not-in-the-window");
      expect(await refused([hole(3), hole(3)])).toBe("not-in-the-window");
      expect(await refused([hole(9)])).toBe("not-in-time");
      expect(await refused([hole(1)])).toBe("not-in-the-window");
      expect(await refused([hole(11)])).toBe("not-in-the-window");
    });

    it("are refused where the tree has a reading, or another node is opened", async () => {
      expect(await refused([hole(4)])).toBe("not-a-hole");
      const inner = { ...hole(3), leaf: { ...hole(3).leaf, ...openNode(tree, { level: 1, index: 3 }) } };
      expect(await refused([inner])).toBe("not-a-hole");
      const { leaf, frame } = hole(3);
      expect(await refused([{ frame, leaf: { ...leaf, batch: batch.number + 1 } }])).toBe("other-batch");
      for (const forged of [
        { ...leaf, size: 13 },
        { ...leaf, size: 2 ** 33 },
        { ...leaf, node: leaf.node.with(5, 1) },
        { ...leaf, node: leaf.node.subarray(1) },
        { ...leaf, path: leaf.path.with(200, leaf.path[200]! ^ 1) },
        { ...leaf, path: leaf.path.subarray(1) },
        { ...leaf, path: leaf.path.subarray(128), level: 1 },
        { ...leaf, directory: { index: 1, siblings: [] } },
      ]) {
        expect(await refused([{ frame, leaf: forged }])).toBe("not-anchored");
      }
    });

    it("are refused with anything but the probe's own sound record of that position", async () => {
      expect(await refused([hole(3, frames[5])])).toBe("not-its-record");
      expect(await refused([hole(3, frames[3]!.subarray(1))])).toBe("not-its-record");
      expect(await refused([hole(3, frames[3]!.with(40, 9))])).toBe("not-its-record");
      expect(await refused([resigned(3, (record) => record.fill(0, 4, 8))])).toBe("not-its-record");
      expect(await refused([resigned(3, (record) => record.fill(0, 32, 36))])).toBe("not-its-record");
      expect(await refused([resigned(3, (record) => record.fill(0xff, 22, 23))])).toBe("not-in-time");
      expect(await refused([resigned(3, (record) => record.fill(0, 22, 23))])).toBe("not-in-time");
      expect(await refused([resigned(3, (record) => record.fill(0, 64, 96))])).toBeUndefined();
    });
  });
});

function lanes(packed: Uint8Array): number[] {
  const view = new DataView(packed.buffer, packed.byteOffset);
  return Array.from({ length: 8 }, (_, lane) => view.getUint32(4 * lane));
}
