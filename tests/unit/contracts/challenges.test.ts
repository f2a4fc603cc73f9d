import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findConviction } from "../../../protocol/challenges.ts";
import { findBadDirectory, findRewritten, findShrunk } from "../../../protocol/compare-batches.ts";
import type { CaseCode, Conviction } from "../../../protocol/conviction.ts";
import type { Position } from "../../../protocol/evidence.ts";
import { HOLE_REASONS } from "../../../protocol/node.ts";
import { chainHash } from "../../../protocol/signature.ts";
import { heightOf, occupancy } from "../../../protocol/tree.ts";
import { type ForgedStream, forgeStream, type Lie } from "../protocol/forged-stream.ts";
import {
  anchorEntries,
  anchorStream,
  bystander,
  convict,
  frameSigned,
  inBatch,
  PERIOD_MS,
  signedPositions,
} from "./convict.ts";
import { installProbe, type Probe, pondId, probeOf } from "./probes.ts";
import { refusal } from "./reverts.ts";
import { createWorld, type World } from "./world.ts";

const RUNS = process.env.POND_DEEP === undefined ? 60 : 2_000;

describe("a challenge", () => {
  let world: World;
  let probe: Probe;
  let startMs: number;
  let snapshot: { restore(): Promise<void> };

  beforeAll(async () => {
    world = await createWorld();
    probe = probeOf(world, 0);
    await installProbe(world, probe, pondId("pond"));
    startMs = ((await world.time.latest()) - 7 * 86_400) * 1000;
  });
  beforeEach(async () => {
    snapshot = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  const positionsOf = (size: number, options: Partial<Parameters<typeof signedPositions>[0]> = {}) =>
    signedPositions({ probe, size, startMs, ...options });
  const forge = (positions: readonly Position[], lies: readonly Lie[] = []) =>
    forgeStream({ streamId: probe.streamId, positions, lies });

  /** Anchors a stream and looks for what convicts it. */
  const search = async (stream: ForgedStream, honest?: ForgedStream) => {
    const batch = await anchorStream(world, stream);
    const anchored = inBatch(stream, batch);
    const finding = await findConviction({
      anchored,
      publicKey: probe.publicKey,
      anchoredAtMs: batch.anchoredAtMs,
      ...(honest === undefined ? {} : { honestDigest: honest.digest }),
    });
    return { finding, batch };
  };

  const convicts = async (stream: ForgedStream, honest?: ForgedStream): Promise<CaseCode> => {
    const { finding, batch } = await search(stream, honest);
    if (finding.kind !== "convicted") throw new Error(`not convicted: ${finding.kind}`);
    const { challenges } = world.contracts;
    expect(await challenges.isUsable(probe.streamId, batch.batch)).toBe(true);
    const verdict = await convict(world, finding.conviction);
    expect(verdict).toMatchObject({ code: finding.conviction.code, batch: batch.batch });
    expect(await challenges.isUsable(probe.streamId, batch.batch)).toBe(false);
    return finding.conviction.code;
  };

  describe("against a probe's owner and an operator who lie together", () => {
    const cases: [string, CaseCode, () => readonly Position[]][] = [
      [
        "a broken hash chain",
        "BadChain",
        () => positionsOf(9, { change: (seq) => (seq === 4 ? { prev: new Uint8Array(32).fill(7) } : {}) }),
      ],
      [
        "a first record that follows something",
        "BadInside",
        () => positionsOf(9, { change: (seq) => (seq === 0 ? { prev: new Uint8Array(32).fill(7) } : {}) }),
      ],
      [
        "another record's number",
        "BadInside",
        () => positionsOf(9, { change: (seq) => (seq === 4 ? { seq: 5 } : {}) }),
      ],
      [
        "another probe's id",
        "BadInside",
        () => positionsOf(9, { change: (seq) => (seq === 4 ? { device: new Uint8Array(8) } : {}) }),
      ],
      [
        "a time that does not increase",
        "BadCombine",
        () => positionsOf(9, { change: (seq) => (seq === 4 ? { timeMs: startMs + 3 * PERIOD_MS } : {}) }),
      ],
      [
        "a time in the future",
        "FromTheFuture",
        () => positionsOf(9, { change: (seq) => (seq === 8 ? { timeMs: startMs + 30 * 86_400_000 } : {}) }),
      ],
    ];
    for (const [name, code, positions] of cases) {
      it(`convicts ${name} by ${code}`, async () => {
        expect(await convicts(forge(positions()))).toBe(code);
      });
    }

    /** Bytes of the record that no rule leaves free, and what makes of them another schema, flag or slot. */
    const edits: [string, (record: Uint8Array) => void][] = [
      ["another schema", (record) => record.set([0, 2], 0)],
      ["an undefined flag", (record) => record.set([record[2]!, 0x20], 2)],
      ["a slot that contradicts its flag", (record) => record.set([0, 0, 0, 0], 32)],
      ["a flag that contradicts its slot", (record) => record.set([0], 2)],
    ];
    for (const [name, edit] of edits) {
      it(`convicts ${name} by BadInside`, async () => {
        const positions = positionsOf(5);
        const last = positions[4] as { frame: Uint8Array };
        const record = last.frame.slice(0, 96);
        edit(record);
        const forged = positions.with(4, { kind: "reading", frame: frameSigned(probe, record) });
        expect(await convicts(forge(forged))).toBe("BadInside");
      });
    }
  });

  it("convicts a hole of no reason, and one of another stream, by BadInside", async () => {
    const positions = positionsOf(6, { holes: [3] });
    for (const edit of [
      { at: 95, byte: 8 },
      { at: 95, byte: 0 },
      { at: 40, byte: 1 },
    ]) {
      const lie: Lie = {
        place: { level: 0, index: 3 },
        tell: ({ below }) => ({ below: below.with(edit.at, edit.byte) }),
      };
      expect(await convicts(forge(positions, [lie]))).toBe("BadInside");
      await snapshot.restore();
    }
  });

  it("convicts something that stands beyond the stream's end, and nothing that stands inside it", async () => {
    const positions = positionsOf(5);
    const beyond: Lie = { place: { level: 0, index: 5 }, tell: () => ({}) };
    expect(await convicts(forge(positions, [beyond]))).toBe("BadOccupancy");
    await snapshot.restore();
    const nothing: Lie = { place: { level: 1, index: 1 }, tell: () => ({ digest: new Uint8Array(32) }) };
    expect(await convicts(forge(positions, [nothing]))).toBe("BadOccupancy");
    await snapshot.restore();
    const none: Lie = { place: { level: 3, index: 0 }, tell: () => ({ digest: new Uint8Array(32) }) };
    expect(await convicts(forge(positions, [none]))).toBe("BadOccupancy");
  });

  it("convicts a size that no tree has", async () => {
    const stream = forge(positionsOf(5));
    for (const size of [0, 2 ** 32 + 1, 2 ** 40]) {
      expect(await convicts({ ...stream, size })).toBe("BadOccupancy");
      await snapshot.restore();
    }
  });

  it("convicts any single lie about any node of an otherwise consistent tree, or finds data missing", async () => {
    const seen = new Map<string, number>();
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 1, max: 13 }),
          holes: fc.array(fc.nat(12), { maxLength: 3 }),
          level: fc.nat(4),
          index: fc.nat(15),
          part: fc.constantFrom("body", "body", "below", "frame", "digest"),
          offset: fc.nat(),
          by: bytes.filter(([byte]) => byte! > 0),
          withHonest: fc.boolean(),
        }),
        async ({ size, holes, level: anyLevel, index: anyIndex, part, offset, by, withHonest }) => {
          const positions = positionsOf(size, { holes });
          const honest = forge(positions);
          const level = anyLevel % (heightOf(size) + 1);
          const index = anyIndex % Math.ceil(size / 2 ** level);
          const edit = (raw: Uint8Array, length = raw.length) =>
            raw.map((byte, i) => (i === offset % length ? byte ^ by[0]! : byte));
          const lie: Lie = {
            place: { level, index },
            tell: ({ body, below }) => {
              if (part === "body") return { body: edit(body, 96) };
              if (part === "digest") return { digest: edit(new Uint8Array(32)) };
              return { below: edit(below) };
            },
          };
          const frameAt = positions[index];
          const stream =
            part === "frame" && frameAt?.kind === "reading"
              ? forge(positions.with(index, { kind: "reading", frame: edit(frameAt.frame) }))
              : forge(positions, [lie]);
          const { finding } = await search(stream, withHonest ? honest : undefined);
          const outcome = finding.kind === "convicted" ? finding.conviction.code : finding.kind;
          seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
          expect(finding.kind).not.toBe("sound");
          if (finding.kind === "convicted")
            expect(await convict(world, finding.conviction)).toMatchObject({ code: outcome });
          await snapshot.restore();
        },
      ),
      { numRuns: RUNS, seed: 31 },
    );
    for (const code of ["BadInside", "BadCombine", "BadOccupancy", "BadSignature", "missing"])
      expect([...seen.keys()]).toContain(code);
  });

  it("convicts any other size than the tree's, or finds data missing", async () => {
    const outcomes = new Set<string>();
    for (let size = 1; size <= 10; size++) {
      const stream = forge(positionsOf(size));
      for (let said = 1; said <= 17; said++) {
        if (said === size) continue;
        const { finding } = await search({ ...stream, size: said });
        expect({ size, said, kind: finding.kind }).not.toMatchObject({ kind: "sound" });
        outcomes.add(finding.kind);
        if (finding.kind === "convicted") await convict(world, finding.conviction);
        await snapshot.restore();
      }
    }
    expect([...outcomes].sort()).toEqual(["convicted", "missing"]);
  });

  describe("of two batches", () => {
    const anchorBoth = async (earlier: ForgedStream, later: ForgedStream) => {
      const first = await anchorStream(world, earlier);
      const second = await anchorStream(world, later);
      return { first, second, was: inBatch(earlier, first), is: inBatch(later, second) };
    };
    const accept = async (conviction: Conviction | undefined, code: CaseCode) => {
      expect(await convict(world, conviction!)).toMatchObject({ code });
    };

    it("convicts any position that was rewritten, by its highest complete node", async () => {
      for (const [size, longer] of [
        [1, 1],
        [5, 5],
        [5, 9],
        [8, 13],
        [11, 12],
      ] as const) {
        for (let position = 0; position < size; position++) {
          const before = positionsOf(longer);
          const after = before.with(position, { kind: "hole", reason: HOLE_REASONS["lost-at-reader"] });
          const { was, is, first, second } = await anchorBoth(forge(before.slice(0, size)), forge(after));
          await accept(await findRewritten(was, is), "Rewritten");
          const { challenges } = world.contracts;
          expect(await challenges.isUsable(probe.streamId, first.batch)).toBe(true);
          expect(await challenges.isUsable(probe.streamId, second.batch)).toBe(false);
          await snapshot.restore();
        }
      }
    });

    it("finds nothing rewritten in a stream that grew", async () => {
      const positions = positionsOf(13, { holes: [2, 7] });
      for (let size = 1; size <= 13; size++) {
        const { was, is } = await anchorBoth(forge(positions.slice(0, size)), forge(positions));
        expect(await findRewritten(was, is)).toBeUndefined();
        await snapshot.restore();
      }
    });

    it("convicts a stream that became smaller", async () => {
      const positions = positionsOf(6);
      const { first, second } = await anchorBoth(forge(positions), forge(positions.slice(0, 5)));
      await accept(findShrunk(first, second), "Shrunk");
      expect(await world.contracts.challenges.isUsable(probe.streamId, first.batch)).toBe(true);
      expect(await world.contracts.challenges.isUsable(probe.streamId, second.batch)).toBe(false);
    });

    it("convicts the absence of any stream: the first, the last, one between, the only one", async () => {
      const streams = [1, 2, 3, 4].map(bystander).sort((a, b) => Buffer.compare(a.streamId, b.streamId));
      const alone = [bystander(9)];
      for (const [before, after] of [
        ...streams.map((absent) => [streams, streams.filter((stream) => stream !== absent)] as const),
        [streams.slice(0, 1), alone] as const,
      ]) {
        const first = await anchorEntries(world, before);
        const second = await anchorEntries(world, after);
        await accept(findShrunk(first, second), "Shrunk");
        await snapshot.restore();
      }
    });

    it("convicts a directory with equal entries, or any two out of order", async () => {
      const sorted = [1, 2, 3, 4, 5].map(bystander).sort((a, b) => Buffer.compare(a.streamId, b.streamId));
      for (let i = 1; i < sorted.length; i++) {
        for (const entries of [sorted.with(i, sorted[i - 1]!), sorted.with(i, sorted[0]!)]) {
          const anchored = await anchorEntries(world, entries);
          await accept(findBadDirectory(anchored), "BadDirectory");
          expect(await world.contracts.challenges.isVoid(anchored.batch)).toBe(true);
          expect(await world.contracts.challenges.isUsable(probe.streamId, anchored.batch)).toBe(false);
          await snapshot.restore();
        }
      }
    });
  });

  describe("of a probe that contradicts itself", () => {
    const framesAt = (timeMs: number, otherMs: number) => {
      const [one, other] = [timeMs, otherMs].map(
        (at) => positionsOf(3, { change: (seq) => (seq === 2 ? { timeMs: at } : {}) })[2],
      ) as { frame: Uint8Array }[];
      return { oneFrame: one!.frame, otherFrame: other!.frame };
    };
    const equivocation = (frames: { oneFrame: Uint8Array; otherFrame: Uint8Array }): Conviction => ({
      code: "Equivocation",
      streamId: probe.streamId,
      ...frames,
    });

    it("makes the stream suspect from the earlier of the two times, and slashes nobody", async () => {
      const { challenges, operatorBond } = world.contracts;
      expect(await challenges.suspectFromMs(probe.streamId)).toBe(2n ** 48n - 1n);
      const { operator } = world.accounts;
      const { bond } = await operatorBond.stake(operator.address);
      const verdict = await convict(world, equivocation(framesAt(startMs + 7_000, startMs + 5_000)));
      expect(verdict).toEqual({ code: "Equivocation", batch: 0, level: 0, index: 2 });
      expect(await challenges.suspectFromMs(probe.streamId)).toBe(BigInt(startMs + 5_000));
      await convict(world, equivocation(framesAt(startMs + 3_000, startMs + 9_000)));
      expect(await challenges.suspectFromMs(probe.streamId)).toBe(BigInt(startMs + 3_000));
      expect((await operatorBond.stake(operator.address)).bond).toBe(bond);
    });

    it("compares records, never signatures", async () => {
      const { oneFrame } = framesAt(startMs, startMs + 1);
      const again = frameSigned(probe, oneFrame.slice(0, 96));
      const chain = chainHash(oneFrame.subarray(0, 96));
      expect(chainHash(again.subarray(0, 96))).toEqual(chain);
      const convicting = convict(world, equivocation({ oneFrame, otherFrame: again }));
      expect(await refusal(convicting, world.contracts.challenges)).toBe("NothingWrong");
    });
  });

  it("leaves a reading that the operator left out to be shown: no single batch is false for it", async () => {
    const positions = positionsOf(7);
    const honest = forge(positions);
    const hole: Position = { kind: "hole", reason: HOLE_REASONS["not-received"] };
    const { finding } = await search(forge(positions.with(3, hole)), honest);
    expect(finding.kind).toBe("sound");
    expect(occupancy(7, 0, 3)).toBe(1);
  });
});
