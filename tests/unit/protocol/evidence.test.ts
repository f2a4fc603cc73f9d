import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { concatBytes } from "../../../protocol/bytes.ts";
import { createDirectory } from "../../../protocol/directory.ts";
import {
  checkEvidence,
  decodeEvidence,
  type Evidence,
  type EvidenceChecks,
  type EvidenceStep,
  encodeEvidence,
  evidenceRange,
  type Position,
} from "../../../protocol/evidence.ts";
import { HOLE_REASONS, holeLeaf, readingLeaf, streamIdOf } from "../../../protocol/node.ts";
import { FRAME_BYTES, type Reading } from "../../../protocol/record.ts";
import { createNodeMemory, createStreamTree, type StreamTree } from "../../../protocol/tree.ts";
import { proveWindow } from "../../../protocol/window.ts";
import { createProbe, FIRST_MS, opensslVerifies, PERIOD_MS, signedPositions } from "./signed-stream.ts";

const SIZE = 23;
const BATCH = 4;
const ledger = { chainId: 31337, deviceRegistry: `0x${"aa".repeat(20)}` };
const probe = createProbe();
const idOf = (publicKey: Uint8Array) => streamIdOf({ ...ledger, publicKey });

type Case = { evidence: Evidence; checks: EvidenceChecks };

/** Evidence of minutes 5 to 14 of a stream of 23, as an oracle would hand it over, and the ledger it rests on. */
function makeCase({
  holes = [3, 9, 16],
  positions = signedPositions({ probe, size: SIZE, holes }),
  fromSeq = 5,
  toSeq = 14,
}: {
  holes?: number[];
  positions?: Position[];
  fromSeq?: number;
  toSeq?: number;
} = {}): Case & { tree: StreamTree } {
  const streamId = idOf(probe.publicKey);
  const tree = createStreamTree({ streamId, store: createNodeMemory() });
  positions.forEach((position, seq) => {
    tree.append(
      position.kind === "reading"
        ? readingLeaf(streamId, seq, position.frame)
        : holeLeaf(streamId, seq, position.reason),
    );
  });
  const root = tree.root().digest;
  const other = (byte: number) => ({
    streamId: new Uint8Array(32).fill(byte),
    size: 7,
    root: new Uint8Array(32).fill(byte),
  });
  const directory = createDirectory([other(1), { streamId, size: tree.size, root }, other(0xfe)]);
  const window = { fromMs: FIRST_MS + fromSeq * PERIOD_MS, toMs: FIRST_MS + toSeq * PERIOD_MS };
  const walk = proveWindow(tree, { ...window, showBefore: true });
  const { from, to } = evidenceRange({ ...window, size: tree.size, walk });
  return {
    tree,
    evidence: {
      ...window,
      streamId,
      publicKey: probe.publicKey,
      batch: BATCH,
      size: tree.size,
      root,
      directory: directory.prove(streamId),
      walk,
      firstSeq: from,
      positions: positions.slice(from, to + 1),
    },
    checks: {
      anchoredBatch: async (number) =>
        number === BATCH ? { directoryRoot: directory.root, streamCount: 3 } : undefined,
      streamIdOf: idOf,
      verifySignature: opensslVerifies,
    },
  };
}

/** The step at which a check fails, with what it says; `undefined` when all are ok. */
async function failureOf({ evidence, checks }: Case) {
  const { steps, ok, window } = await checkEvidence(evidence, checks);
  const last = steps.at(-1)!;
  expect(ok).toBe(last.ok);
  expect(window !== undefined).toBe(ok);
  expect(steps.slice(0, -1).every((step) => step.ok)).toBe(true);
  return last.ok ? undefined : last;
}

const flip = (bytes: Uint8Array, at: number, mask = 1) => bytes.with(at, bytes[at]! ^ mask);

describe("evidence", () => {
  let honest: Case;
  beforeAll(() => {
    honest = makeCase();
  });

  const changed = (change: Partial<Evidence>): Case => ({
    ...honest,
    evidence: { ...honest.evidence, ...change },
  });
  const withFrame = (at: number, change: (frame: Uint8Array) => Uint8Array): Case =>
    changed({
      positions: honest.evidence.positions.map((position, i) =>
        i === at && position.kind === "reading" ? { ...position, frame: change(position.frame) } : position,
      ),
    });
  const failsAt = async (step: EvidenceStep, cases: Case[]) => {
    for (const [i, entry] of cases.entries())
      expect({ i, step: (await failureOf(entry))?.step }).toEqual({ i, step });
  };

  it("of an honest window passes every step, says what was counted and gives the window", async () => {
    const { steps, ok, window } = await checkEvidence(honest.evidence, honest.checks);
    const readings = honest.evidence.positions.filter(({ kind }) => kind === "reading").length;
    expect(ok).toBe(true);
    expect(steps).toEqual([
      { step: "ledger", ok: true, checked: 1 },
      { step: "window", ok: true, checked: 9 },
      { step: "tree", ok: true, checked: honest.evidence.positions.length },
      { step: "signatures", ok: true, checked: readings },
      { step: "chain", ok: true, checked: readings - 2 },
    ]);
    expect(window).toMatchObject({ count: 9, missing: 1, maxGapMs: 2 * PERIOD_MS });
  });

  it("passes wherever the holes and the window lie", async () => {
    const places = fc.record({
      holes: fc.uniqueArray(fc.integer({ min: 0, max: SIZE - 1 }), { maxLength: 8 }),
      fromSeq: fc.integer({ min: 1, max: SIZE - 2 }),
      length: fc.nat(SIZE),
    });
    await fc.assert(
      fc.asyncProperty(places, async ({ holes, fromSeq, length }) => {
        const toSeq = Math.min(fromSeq + length, SIZE - 2);
        const isReading = (seq: number) => !holes.includes(seq);
        const seqs = [...Array(SIZE).keys()].filter(isReading);
        fc.pre(seqs.some((seq) => seq < fromSeq) && seqs.some((seq) => seq > toSeq));
        fc.pre(seqs.some((seq) => seq >= fromSeq && seq <= toSeq));
        const entry = makeCase({ holes, fromSeq, toSeq });
        expect(await failureOf(entry)).toBeUndefined();
        const again = decodeEvidence(JSON.parse(JSON.stringify(encodeEvidence(entry.evidence))));
        expect(again).toEqual(entry.evidence);
        expect(entry.evidence.firstSeq).toBe(seqs.findLast((seq) => seq < fromSeq));
      }),
      { numRuns: 60 },
    );
  });

  it("fails at the ledger when its key, stream, size, root, batch or place is not the anchored one", async () => {
    const { directory, root, streamId, size } = honest.evidence;
    await failsAt("ledger", [
      changed({ publicKey: createProbe().publicKey }),
      changed({ streamId: flip(streamId, 31) }),
      changed({ size: size + 1 }),
      changed({ batch: BATCH + 1 }),
      ...[...root.keys()].map((at) => changed({ root: flip(root, at) })),
      changed({ directory: { ...directory, index: directory.index === 0 ? 1 : 0 } }),
      changed({ directory: { ...directory, siblings: directory.siblings.slice(1) } }),
      ...directory.siblings.map((sibling, level) =>
        changed({ directory: { ...directory, siblings: directory.siblings.with(level, flip(sibling, 7)) } }),
      ),
    ]);
  });

  it("fails at the window when any byte of the walk is another, or the walk is cut or extended", async () => {
    const { walk, toMs, fromMs } = honest.evidence;
    await failsAt("window", [
      ...[...walk.keys()].map((at) => changed({ walk: flip(walk, at, 1 << (at % 8)) })),
      changed({ walk: walk.subarray(1) }),
      changed({ walk: walk.subarray(0, -1) }),
      changed({ walk: concatBytes(walk, new Uint8Array(1)) }),
      changed({ walk: new Uint8Array() }),
      changed({ toMs: toMs + SIZE * PERIOD_MS }),
      changed({ fromMs: FIRST_MS }),
      changed({ fromMs: toMs + 1, toMs: fromMs }),
    ]);
  });

  it("fails at the tree when any byte of any frame is another", async () => {
    const { positions } = honest.evidence;
    const frames = [...positions.keys()].filter((i) => positions[i]!.kind === "reading");
    const everyByte = Array.from({ length: FRAME_BYTES }, (_, at) =>
      withFrame(frames[at % frames.length]!, (frame) => flip(frame, at, 1 << (at % 8))),
    );
    await failsAt("tree", everyByte);
  });

  it("fails at the tree when positions are left out, added, swapped, cut, or called holes", async () => {
    const { positions, firstSeq } = honest.evidence;
    const hole = positions.findIndex(({ kind }) => kind === "hole");
    const reading = positions.findIndex(({ kind }) => kind === "reading");
    const lost = { kind: "hole", reason: HOLE_REASONS["lost-at-reader"] } as const;
    await failsAt("tree", [
      changed({ positions: positions.slice(1) }),
      changed({ positions: positions.slice(0, -1) }),
      changed({ positions: positions.slice(1), firstSeq: firstSeq + 1 }),
      changed({ positions: [] }),
      changed({ positions: [...positions, lost] }),
      changed({ positions: [lost, ...positions], firstSeq: firstSeq - 1 }),
      changed({ positions: [positions[1]!, positions[0]!, ...positions.slice(2)] }),
      changed({ positions: positions.with(hole, lost) }),
      changed({ positions: positions.with(hole, positions[reading]!) }),
      changed({ positions: positions.with(reading, lost) }),
      withFrame(reading, (frame) => frame.subarray(0, FRAME_BYTES - 1)),
      withFrame(reading, (frame) => concatBytes(frame, new Uint8Array(1))),
    ]);
  });

  it("fails at the tree when the walk does not show the reading before the window", async () => {
    const { tree, evidence, checks } = makeCase({ holes: [], fromSeq: 8 });
    const unshown = { ...evidence, walk: proveWindow(tree, evidence) };
    const problem = "the reading before the window is not shown";
    expect(() => evidenceRange(unshown)).toThrow(problem);
    expect(await failureOf({ evidence: unshown, checks })).toEqual({ step: "tree", ok: false, problem });
  });

  const lyingOracle = (change: (seq: number) => Partial<Reading>) =>
    makeCase({ positions: signedPositions({ probe, size: SIZE, change }) });

  it("fails at the signatures when the anchored tree holds what the probe did not sign", async () => {
    const positions = signedPositions({ probe, size: SIZE });
    const forged = positions.map((position, seq): Position => {
      if (position.kind === "hole" || seq !== 8) return position;
      return { ...position, frame: flip(position.frame, FRAME_BYTES - 1) };
    });
    expect(await failureOf(makeCase({ positions: forged }))).toEqual({
      step: "signatures",
      ok: false,
      problem: "the probe did not sign this",
      seq: 8,
    });
  });

  it("fails at the signatures when a signed record is of another probe or number", async () => {
    const foreign = { device: createProbe().device };
    for (const change of [foreign, { seq: 900, timeMs: FIRST_MS + 8 * PERIOD_MS }]) {
      const failure = await failureOf(lyingOracle((seq) => (seq === 8 ? change : {})));
      expect(failure).toMatchObject({ step: "signatures", seq: 8 });
    }
  });

  it("fails at the signatures when a signed record is malformed", async () => {
    const positions = signedPositions({ probe, size: SIZE }).map((position, seq): Position => {
      if (position.kind === "hole" || seq !== 8) return position;
      return { ...position, frame: probe.frameOf(position.frame.slice(0, 96).with(3, 0x20)) };
    });
    const failure = await failureOf(makeCase({ positions }));
    expect(failure).toMatchObject({ step: "signatures", seq: 8, problem: "undefined flags" });
  });

  it("fails at the chain when a signed record does not continue the one before it", async () => {
    const broken = lyingOracle((seq) => (seq === 8 ? { prev: new Uint8Array(32).fill(1) } : {}));
    expect(await failureOf(broken)).toMatchObject({ step: "chain", seq: 8 });
  });

  it("reports its progress, and lets an error that is not the evidence's own through", async () => {
    const seen: string[] = [];
    const checks: EvidenceChecks = {
      ...honest.checks,
      onProgress: ({ step, done, of }) => seen.push(`${step} ${done}/${of}`),
    };
    await checkEvidence(honest.evidence, checks);
    expect(seen.filter((line) => line.endsWith(" 0/1"))).toHaveLength(5);
    const { length } = honest.evidence.positions;
    expect(seen).toContain(`signatures ${length}/${length}`);
    const offline = { ...honest.checks, anchoredBatch: () => Promise.reject(new Error("offline")) };
    await expect(checkEvidence(honest.evidence, offline)).rejects.toThrow("offline");
  });

  it("is refused as JSON when a field is lacking, of another kind, or contradicts another", () => {
    const json = encodeEvidence(honest.evidence);
    const bad: unknown[] = [
      null,
      undefined,
      5,
      "text",
      [],
      {},
      ...Object.keys(json).flatMap((field) =>
        [undefined, null, -1, 0.5, {}, "0xzz"].map((value) => ({ ...json, [field]: value })),
      ),
      { ...json, streamId: `${json.streamId}00` },
      { ...json, publicKey: json.publicKey.slice(0, -2) },
      { ...json, frames: json.frames.slice(0, -2) },
      { ...json, holes: [[json.firstSeq + 1, 0]] },
      { ...json, holes: [[json.firstSeq + 1, 8]] },
      { ...json, holes: [[json.firstSeq - 1, 2]] },
      { ...json, holes: [[json.firstSeq + 999, 2]] },
      { ...json, holes: [["5", 2]] },
      { ...json, holes: [null] },
      { ...json, directory: { index: 0 } },
      { ...json, directory: { index: -1, siblings: [] } },
      { ...json, directory: { index: 0, siblings: ["0x00"] } },
      { ...json, size: 2 ** 53 },
    ];
    for (const value of bad)
      expect(() => decodeEvidence(value), JSON.stringify(value)?.slice(0, 80)).toThrow("MALFORMED_MESSAGE");
  });

  it("is refused with its own error, whatever JSON comes", () => {
    const json = encodeEvidence(honest.evidence);
    const field = fc.constantFrom(...Object.keys(json));
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.tuple(field, fc.jsonValue()).map(([name, value]) => ({ ...json, [name]: value })),
    );
    fc.assert(
      fc.property(anything, (value) => {
        try {
          const evidence = decodeEvidence(value);
          expect(decodeEvidence(encodeEvidence(evidence))).toEqual(evidence);
        } catch (error) {
          expect(String(error)).toContain("MALFORMED_MESSAGE");
        }
      }),
      { numRuns: 500 },
    );
  });
});
