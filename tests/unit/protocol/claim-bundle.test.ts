import { describe, expect, it } from "vitest";
import { fromHex } from "../../../protocol/bytes.ts";
import { decodeBundledClaim, partsOf, rangeOfProof } from "../../../protocol/claim-bundle.ts";
import type { Manifest } from "../../../protocol/manifest.ts";

const streamId = `0x${"ab".repeat(32)}` as const;

/** Manifests of batches 1, 2, …: what each adds to the stream, if anything. */
function manifestsOf(...parts: ([from: number, to: number] | undefined)[]) {
  return async (number: number): Promise<Manifest> => {
    const part = parts[number - 1];
    const stream = part && {
      streamId: fromHex(streamId),
      from: part[0],
      to: part[1],
      holes: [],
      frames: new Uint8Array(32),
    };
    return { number, streams: stream === undefined ? [] : [stream] };
  };
}

describe("the batches that hold a range", () => {
  const covered = async (range: [number, number], ...parts: Parameters<typeof manifestsOf>) => {
    const [from, to] = range;
    const found = await partsOf({ streamId, from, to, batch: parts.length }, manifestsOf(...parts));
    return found.map(({ number, to: upTo }) => [number, upTo]);
  };

  it("are looked for from the proof's batch back, over those that add nothing", async () => {
    expect(await covered([12, 25], [0, 9], [10, 19], undefined, [20, 29], [30, 39])).toEqual([
      [4, 25],
      [2, 19],
    ]);
  });

  it("are the newer ones where a position was added again after a void", async () => {
    expect(await covered([5, 14], [0, 9], [10, 19], [8, 25])).toEqual([
      [3, 14],
      [1, 7],
    ]);
  });

  it("are refused when positions are missing", async () => {
    const malformed = { code: "MALFORMED_MESSAGE" };
    await expect(covered([5, 14], undefined, [10, 19])).rejects.toMatchObject(malformed);
    await expect(covered([5, 35], [0, 9], [10, 19])).rejects.toMatchObject(malformed);
    await expect(covered([5, 25], [0, 9], undefined, [20, 29])).rejects.toMatchObject(malformed);
  });
});

describe("a bundle's documents", () => {
  const claim = {
    claim: "1",
    policy: "2",
    evaluation: { fromMs: 1, toMs: 2, batch: null, streamIds: [streamId] },
  };

  it("are taken where they have the form", () => {
    expect(decodeBundledClaim({ ...claim, more: true })).toEqual(claim);
    const range = { streamId, firstSeq: 3, lastSeq: 5, batch: 7 };
    expect(rangeOfProof(range)).toEqual({ streamId, from: 3, to: 5, batch: 7 });
  });

  it.each([
    undefined,
    [],
    { ...claim, claim: "../1" },
    { ...claim, evaluation: { ...claim.evaluation, streamIds: ["../../keys"] } },
    { ...claim, evaluation: { ...claim.evaluation, fromMs: -1 } },
    { streamId, firstSeq: 5, lastSeq: 3, batch: 7 },
    { streamId: "../x", firstSeq: 3, lastSeq: 5, batch: 7 },
  ])("are refused where they have not: %j", (json) => {
    for (const decode of [decodeBundledClaim, rangeOfProof])
      expect(() => decode(json)).toThrow(expect.objectContaining({ code: "MALFORMED_MESSAGE" }));
  });
});
