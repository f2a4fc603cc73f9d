import { describe, expect, it } from "vitest";
import { type AnchoredStream, knownStream } from "../../../protocol/anchored-tree.ts";
import { findConviction } from "../../../protocol/challenges.ts";
import type { Place } from "../../../protocol/leaf-rules.ts";
import { HOLE_REASONS, holeLeaf, readingLeaf } from "../../../protocol/node.ts";
import { rootOfOpening } from "../../../protocol/opening.ts";
import { createNodeMemory, createStreamTree } from "../../../protocol/tree.ts";
import { forgeStream, type Lie } from "./forged-stream.ts";
import { createProbe, FIRST_MS, opensslVerifies, PERIOD_MS, signedPositions } from "./signed-stream.ts";

const SIZE = 300;
const probe = createProbe();
const streamId = new Uint8Array(32).fill(3);
const positions = signedPositions({ probe, size: SIZE, holes: [7, 8, 200] });
const honest = forgeStream({ streamId, positions });
const anchoredAtMs = FIRST_MS + SIZE * PERIOD_MS;
const lying = (lies: readonly Lie[]) => forgeStream({ streamId, positions, lies });
const wider: Lie = { place: { level: 0, index: 123 }, tell: ({ body }) => ({ body: body.with(70, 0xee) }) };

const search = (stream: Omit<AnchoredStream, "batch" | "directory">, change: object = {}) =>
  findConviction({
    anchored: { ...stream, batch: 4, directory: { index: 0, siblings: [] } },
    publicKey: probe.publicKey,
    anchoredAtMs,
    verify: (record, signature) => opensslVerifies(record, signature, probe.publicKey),
    ...change,
  });

describe("the search for a conviction", () => {
  it("descends through the nodes that differ from the honest ones, and asks for little beside them", async () => {
    const asked: Place[] = [];
    const stream = lying([wider]);
    const body = (place: Place) => {
      asked.push(place);
      return stream.body(place);
    };
    const finding = await search({ ...stream, body }, { honestDigest: honest.digest });
    expect(finding).toMatchObject({ kind: "convicted", conviction: { code: "BadInside" } });
    expect(asked.length).toBeLessThan(4 * 9);
  });

  it("gives evidence that leads to the root", async () => {
    const stream = lying([wider]);
    const finding = await search(stream);
    if (finding.kind !== "convicted" || finding.conviction.code !== "BadInside")
      throw new Error(finding.kind);
    expect(rootOfOpening(streamId, finding.conviction.node)).toEqual(stream.root);
    expect(finding.conviction.node).toMatchObject({ batch: 4, size: SIZE, level: 0, index: 123 });
  });

  it("reads a source that answers later", async () => {
    const stream = lying([wider]);
    const finding = await search({
      ...stream,
      body: async (place) => stream.body(place),
      below: async (place) => stream.below(place),
    });
    expect(finding).toMatchObject({ kind: "convicted", conviction: { code: "BadInside" } });
  });

  it("finds nothing in what is honest", async () => {
    expect(await search(honest)).toEqual({ kind: "sound" });
  });

  it("finds nothing in a tree that a store keeps, as of any size", async () => {
    const tree = createStreamTree({ streamId, store: createNodeMemory() });
    for (const [i, position] of positions.slice(0, 40).entries())
      tree.append(
        position.kind === "hole"
          ? holeLeaf(streamId, i, position.reason)
          : readingLeaf(streamId, i, position.frame),
      );
    for (const size of [1, 2, 9, 33, 40]) {
      const known = knownStream({
        tree,
        size,
        positionAt: (i) => positions[i]!,
        batch: 1,
        directory: { index: 0, siblings: [] },
      });
      expect(await search(known)).toEqual({ kind: "sound" });
    }
  });

  it("says which nodes nobody has, and believes no source that answers with others", async () => {
    const place = { level: 3, index: 5 };
    const isThere = ({ level, index }: Place) => level === place.level && index === place.index;
    for (const answer of [undefined, new Uint8Array(128), new Uint8Array(5)]) {
      const withheld = {
        ...honest,
        body: (at: Place) => (isThere(at) ? answer : honest.body(at)),
      };
      expect(await search(withheld)).toEqual({ kind: "missing", places: [place] });
      const emptied = { ...honest, below: (at: Place) => (isThere(at) ? answer : honest.below(at)) };
      expect(await search(emptied)).toEqual({ kind: "missing", places: [place] });
    }
  });

  it("convicts although other data is missing", async () => {
    const stream = lying([wider]);
    const withheld = {
      ...stream,
      body: (at: Place) => (at.level === 4 && at.index === 0 ? undefined : stream.body(at)),
    };
    expect(await search(withheld)).toMatchObject({ kind: "convicted" });
  });

  it("takes a reading that was left out for no lie of one batch", async () => {
    const hole = { kind: "hole", reason: HOLE_REASONS["not-received"] } as const;
    const stream = forgeStream({ streamId, positions: positions.with(50, hole) });
    expect(await search(stream, { honestDigest: honest.digest })).toEqual({ kind: "sound" });
  });

  it("stops when it is told to", async () => {
    await expect(search(honest, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});
