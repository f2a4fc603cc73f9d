import { AbiCoder, keccak256 } from "ethers";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { challengeData } from "../../../ledger/challenges.ts";
import { type AnchoredStream, readTree } from "../../../protocol/anchored-tree.ts";
import { concatBytes, fromHex, toHex, uintWord } from "../../../protocol/bytes.ts";
import { findConviction } from "../../../protocol/challenges.ts";
import type { CaseCode, Conviction, ShownEntry } from "../../../protocol/conviction.ts";
import { keccak, sha256 } from "../../../protocol/hash.ts";
import { frameIn } from "../../../protocol/leaf-rules.ts";
import { heightOf, occupancy } from "../../../protocol/tree.ts";
import { forgeStream } from "../protocol/forged-stream.ts";
import { type AnchoredBatch, anchorStream, convict, inBatch, signedPositions } from "./convict.ts";
import { installProbe, type Probe, pondId, probeOf } from "./probes.ts";
import { refusal } from "./reverts.ts";
import { createWorld, type World } from "./world.ts";

const RUNS = process.env.POND_DEEP === undefined ? 12 : 300;
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SALT = sha256(new TextEncoder().encode("salt"));

describe("against an honest batch", () => {
  let world: World;
  let probe: Probe;
  let startMs: number;
  let snapshot: { restore(): Promise<void> };

  beforeAll(async () => {
    world = await createWorld();
    probe = probeOf(world, 0);
    await installProbe(world, probe, pondId("pond"));
    startMs = ((await world.time.latest()) - 86_400) * 1000;
  });
  beforeEach(async () => {
    snapshot = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  const grown = async (size: number, earlierSize: number, holes: readonly number[]) => {
    const positions = signedPositions({ probe, size, startMs, holes });
    const { streamId } = probe;
    const was = forgeStream({ streamId, positions: positions.slice(0, earlierSize) });
    const is = forgeStream({ streamId, positions });
    const first = await anchorStream(world, was);
    const second = await anchorStream(world, is);
    return { first, second, was: inBatch(was, first), is: inBatch(is, second) };
  };

  /** A challenge as it would be sent if it had been committed to in an earlier block. */
  const attempt = async (data: Uint8Array, gas?: number) => {
    const { stranger } = world.accounts;
    const evidence = keccak(data.subarray(0, 4), data.subarray(36));
    const coder = AbiCoder.defaultAbiCoder();
    const words = ["address", "bytes32", "bytes32"];
    const commitment = keccak256(coder.encode(words, [stranger.address, data.slice(4, 36), evidence]));
    const slot = keccak256(coder.encode(["bytes32", "uint256"], [commitment, 0]));
    await world.networkHelpers.setStorageAt(world.addresses.challenges, slot, 1);
    const call = { to: world.addresses.challenges, data: toHex(data) };
    return stranger.call(gas === undefined ? call : { ...call, gasLimit: gas });
  };
  const dataOf = (conviction: Conviction) => fromHex(challengeData({ conviction, salt: SALT }));

  it("every case says that nothing is wrong, whatever of it is shown", async () => {
    const shown = new Set<CaseCode>();
    for (const [size, earlierSize, holes] of [
      [1, 1, []],
      [6, 3, [1]],
      [11, 8, [0, 4, 5]],
      [13, 13, [12]],
    ] as const) {
      for (const evidence of await everything(await grown(size, earlierSize, holes))) {
        const challenges = world.contracts.challenges;
        expect(await refusal(attempt(dataOf(evidence)), challenges)).toBe("NothingWrong");
        shown.add(evidence.code);
      }
      await snapshot.restore();
    }
    expect([...shown].sort()).toEqual([
      "BadChain",
      "BadCombine",
      "BadDirectory",
      "BadInside",
      "BadOccupancy",
      "BadSignature",
      "Equivocation",
      "FromTheFuture",
      "Rewritten",
      "Shrunk",
    ]);
  });

  it("no evidence altered in any byte convicts", async () => {
    const all = await everything(await grown(7, 5, [2]));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(all.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 }),
        async (which, edits) => {
          const data = dataOf(all[which]!);
          for (const [offset, by] of edits) data[4 + (offset % (data.length - 4))]! ^= by;
          await expect(attempt(data)).rejects.toThrow();
        },
      ),
      { numRuns: 20 * RUNS, seed: 41 },
    );
  });

  it("no case convicts, however little gas it is given", async () => {
    const all = await everything(await grown(6, 4, [2]));
    const perCase = [...new Map(all.map((evidence) => [evidence.code, evidence])).values()];
    for (const evidence of perCase) {
      const data = dataOf(evidence);
      for (let gas = 30_000; gas < 260_000; gas += gas < 180_000 ? 1_500 : 20_000)
        await expect(attempt(data, gas)).rejects.toThrow();
    }
  });

  it("a bad signature is convicted, or the call reverts, at any gas", async () => {
    const positions = signedPositions({ probe, size: 5, startMs });
    const frame = (positions[3] as { frame: Uint8Array }).frame.slice();
    frame[159]! ^= 1;
    const stream = forgeStream({
      streamId: probe.streamId,
      positions: positions.with(3, { kind: "reading", frame }),
    });
    const batch = await anchorStream(world, stream);
    const { publicKey } = probe;
    const finding = await findConviction({
      anchored: inBatch(stream, batch),
      publicKey,
      anchoredAtMs: batch.anchoredAtMs,
    });
    if (finding.kind !== "convicted") throw new Error(finding.kind);
    const data = dataOf(finding.conviction);
    let least = Number.POSITIVE_INFINITY;
    for (let gas = 30_000; gas < 400_000; gas += 2_500) {
      const went = await attempt(data, gas).then(
        () => true,
        () => false,
      );
      if (went) least = Math.min(least, gas);
      else expect(gas).toBeLessThan(least);
    }
    expect(least).toBeLessThan(300_000);
    expect((await convict(world, finding.conviction)).code).toBe("BadSignature");
  });

  it("the other form of a signature opens no leaf, and is no second record", async () => {
    const { is } = await grown(3, 2, []);
    const tree = readTree(is);
    const node = await tree.node({ level: 0, index: 1 });
    const low = frameIn(1, node!.below!)!;
    const s = BigInt(toHex(low.subarray(128)));
    const high = concatBytes(low.subarray(0, 128), uintWord(ORDER - s));
    const leaf = await tree.open({ level: 0, index: 1 }, "body");
    const { streamId } = probe;
    const { challenges } = world.contracts;
    const shown: Conviction = { code: "BadSignature", streamId, leaf, frame: high };
    expect(await refusal(attempt(dataOf(shown)), challenges)).toBe("NotOpened");
    const twice: Conviction = { code: "Equivocation", streamId, oneFrame: low, otherFrame: high };
    expect(await refusal(attempt(dataOf(twice)), challenges)).toBe("NothingWrong");
  });

  it("a leaf that holds the other form of a signature is no lie: every verifier takes it", async () => {
    const positions = signedPositions({ probe, size: 2, startMs });
    const low = (positions[1] as { frame: Uint8Array }).frame;
    const frame = concatBytes(low.subarray(0, 128), uintWord(ORDER - BigInt(toHex(low.subarray(128)))));
    const stream = forgeStream({
      streamId: probe.streamId,
      positions: positions.with(1, { kind: "reading", frame }),
    });
    const anchored = inBatch(stream, await anchorStream(world, stream));
    const leaf = await readTree(anchored).open({ level: 0, index: 1 }, "body");
    const shown: Conviction = { code: "BadSignature", streamId: probe.streamId, leaf, frame };
    expect(await refusal(attempt(dataOf(shown)), world.contracts.challenges)).toBe("NothingWrong");
  });

  it("the search finds nothing in any signed stream with holes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.nat(19), { maxLength: 6 }),
        async (size, holes) => {
          const stream = forgeStream({
            streamId: probe.streamId,
            positions: signedPositions({ probe, size, startMs, holes }),
          });
          const batch = await anchorStream(world, stream);
          const anchored = inBatch(stream, batch);
          const { publicKey } = probe;
          const finding = await findConviction({ anchored, publicKey, anchoredAtMs: batch.anchoredAtMs });
          expect(finding).toEqual({ kind: "sound" });
        },
      ),
      { numRuns: RUNS, seed: 43 },
    );
  });
});

/** All that can be shown of two honest batches, as evidence for whatever case would look at it. */
async function everything(batches: {
  first: AnchoredBatch;
  second: AnchoredBatch;
  was: AnchoredStream;
  is: AnchoredStream;
}): Promise<Conviction[]> {
  const { first, second, was, is } = batches;
  const { streamId, size } = is;
  const [tree, before] = [readTree(is), readTree(was)];
  const shown: Conviction[] = [];
  const frames: (Uint8Array | undefined)[] = [];

  for (let level = 0; level <= heightOf(size); level++) {
    for (let index = 0; index * 2 ** level < size; index++) {
      const place = { level, index };
      const node = (await tree.node(place))!;
      const opened = await tree.open(place, "body");
      shown.push({ code: "BadOccupancy", streamId, node: opened });
      shown.push({ code: "BadOccupancy", streamId, node: await tree.open(place, "digest") });
      shown.push({ code: "FromTheFuture", streamId, node: opened });
      shown.push({ code: "BadInside", streamId, node: opened, below: node.below! });
      if (level > 0) shown.push({ code: "BadCombine", streamId, fork: await tree.forkAt(place) });
      const frame = level === 0 ? frameIn(index, node.below!) : undefined;
      if (level === 0) frames.push(frame);
      if (frame !== undefined) shown.push({ code: "BadSignature", streamId, leaf: opened, frame });
      if (occupancy(was.size, level, index) === 2 ** level) {
        const earlier = await before.open(place, "digest");
        const later = await tree.open(place, "digest");
        shown.push({ code: "Rewritten", streamId, earlier, later });
      }
    }
  }
  for (let index = 1; index < size; index++) {
    const [earlierFrame, laterFrame] = [frames[index - 1], frames[index]];
    if (earlierFrame === undefined || laterFrame === undefined) continue;
    const fork = await tree.forkBefore(index);
    shown.push({ code: "BadChain", streamId, fork, earlierFrame, laterFrame });
    shown.push({ code: "Equivocation", streamId, oneFrame: earlierFrame, otherFrame: laterFrame });
    shown.push({ code: "Equivocation", streamId, oneFrame: laterFrame, otherFrame: laterFrame.slice() });
  }
  return [...shown, ...entriesOf(first, second)];
}

function entriesOf(first: AnchoredBatch, second: AnchoredBatch): Conviction[] {
  const entry = ({ directory }: AnchoredBatch, i: number): ShownEntry => ({
    ...directory.entries[i]!,
    ...directory.proveAt(i),
  });
  const common = { earlierBatch: first.batch, laterBatch: second.batch };
  return second.directory.entries.flatMap(({ streamId }, i) => {
    const shrunk = (...laterEntries: ShownEntry[]): Conviction => ({
      code: "Shrunk",
      streamId,
      earlierEntry: entry(first, i),
      laterEntries,
      ...common,
    });
    const neighbours = [i - 1, i + 1].filter((at) => at >= 0 && at < second.directory.entries.length);
    return [
      shrunk(entry(second, i)),
      shrunk(),
      shrunk(...neighbours.map((at) => entry(second, at))),
      ...neighbours.map((at) => shrunk(entry(second, at))),
      ...neighbours.map((at) => shrunk(entry(second, i), entry(second, at))),
      ...second.directory.entries.map(
        (_, at): Conviction => ({
          code: "BadDirectory",
          batch: second.batch,
          first: entry(second, Math.min(i, at)),
          second: entry(second, Math.max(i, at)),
        }),
      ),
    ];
  });
}
