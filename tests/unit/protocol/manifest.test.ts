import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import {
  decodeManifest,
  encodeManifest,
  type Manifest,
  type ManifestStream,
  splitSegment,
} from "../../../protocol/manifest.ts";
import { HOLE_REASONS } from "../../../protocol/node.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 });
const reason = fc.constantFrom(...Object.values(HOLE_REASONS));

const stream: fc.Arbitrary<ManifestStream> = fc
  .record({
    streamId: hash,
    frames: hash,
    from: fc.nat(2 ** 31 - 1),
    spans: fc.array(fc.option(reason), { minLength: 1, maxLength: 20 }),
  })
  .map(({ streamId, frames, from, spans }) => ({
    streamId,
    from,
    to: from + spans.length - 1,
    holes: spans.flatMap((reason, i) => (reason === null ? [] : [{ seq: from + i, reason }])),
    frames,
  }));
const manifest: fc.Arbitrary<Manifest> = fc.record({
  number: fc.nat(),
  streams: fc.array(stream, { maxLength: 4 }),
});

const text = (json: unknown) =>
  new TextEncoder().encode(typeof json === "string" ? json : JSON.stringify(json));

describe("a batch's manifest", () => {
  it("comes back from its bytes, and its bytes from it", () => {
    fc.assert(
      fc.property(manifest, (original) => {
        const bytes = encodeManifest(original);
        expect(decodeManifest(bytes)).toEqual(original);
        expect(encodeManifest(decodeManifest(bytes))).toEqual(bytes);
      }),
    );
  });

  it("is the JSON that the protocol shows", () => {
    const streamId = new Uint8Array(32).fill(0xab);
    const frames = new Uint8Array(32).fill(0xcd);
    const holes = [{ seq: 73, reason: HOLE_REASONS["not-received"] }];
    const bytes = encodeManifest({ number: 12, streams: [{ streamId, from: 60, to: 119, holes, frames }] });
    expect(new TextDecoder().decode(bytes)).toBe(
      `{"number":12,"streams":[{"streamId":"0x${"ab".repeat(32)}","from":60,"to":119,"holes":[[73,2]],"frames":"${"cd".repeat(32)}"}]}`,
    );
  });

  it("is refused with anything in it that is not of its form", () => {
    const good = {
      streamId: toHex(new Uint8Array(32)),
      from: 10,
      to: 19,
      holes: [
        [12, 2],
        [13, 7],
      ],
      frames: "00".repeat(32),
    };
    const document = (change: object) => ({ number: 1, streams: [{ ...good, ...change }] });
    expect(decodeManifest(text(document({}))).streams).toHaveLength(1);
    const bad: unknown[] = [
      "",
      "{",
      "null",
      "5",
      '"text"',
      [],
      {},
      { number: 1 },
      { streams: [] },
      { number: -1, streams: [] },
      { number: 0.5, streams: [] },
      { number: "1", streams: [] },
      { number: 2 ** 53, streams: [] },
      { number: 1, streams: {} },
      { number: 1, streams: [null] },
      { number: 1, streams: [7] },
      document({ streamId: 5 }),
      document({ streamId: "0x" }),
      document({ streamId: `${good.streamId}00` }),
      document({ streamId: `0x${"zz".repeat(32)}` }),
      document({ frames: "ab" }),
      document({ frames: `${"00".repeat(31)}0g` }),
      document({ frames: null }),
      document({ from: -1 }),
      document({ from: 20 }),
      document({ from: 1.5 }),
      document({ to: "19" }),
      document({ holes: null }),
      document({ holes: [12] }),
      document({ holes: [[12]] }),
      document({ holes: [[12, 2, 3]] }),
      document({ holes: [[9, 2]] }),
      document({ holes: [[20, 2]] }),
      document({ holes: [[12, 0]] }),
      document({ holes: [[12, 8]] }),
      document({ holes: [[12, "2"]] }),
      document({
        holes: [
          [12, 2],
          [12, 2],
        ],
      }),
      document({
        holes: [
          [13, 2],
          [12, 2],
        ],
      }),
    ];
    for (const json of bad)
      expect(() => decodeManifest(text(json)), JSON.stringify(json)).toThrow("MALFORMED_MESSAGE");
    expect(() => decodeManifest(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("MALFORMED_MESSAGE");
  });

  it("is refused with its own error, or decoded into what encodes again, whatever JSON comes", () => {
    const field = fc.oneof(fc.jsonValue(), fc.nat(30), fc.constant([[1, 2]]));
    const nearly = fc.record({
      number: fc.oneof(fc.nat(), field),
      streams: fc.array(
        fc.record({
          streamId: fc.oneof(hash.map(toHex), field),
          from: fc.oneof(fc.nat(3), field),
          to: fc.oneof(fc.nat(30), field),
          holes: fc.oneof(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 3 }), field),
          frames: fc.oneof(
            hash.map((bytes) => toHex(bytes).slice(2)),
            field,
          ),
        }),
        { maxLength: 2 },
      ),
    });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.jsonValue()), (json) => {
        let decoded: Manifest;
        try {
          decoded = decodeManifest(text(JSON.stringify(json)));
        } catch (error) {
          expect(String(error)).toContain("MALFORMED_MESSAGE");
          return;
        }
        expect(decodeManifest(encodeManifest(decoded))).toEqual(decoded);
        for (const { from, to, holes } of decoded.streams) {
          expect(to).toBeGreaterThanOrEqual(from);
          for (const { seq } of holes) expect(seq >= from && seq <= to).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a segment", () => {
  const frames = [1, 2, 3].map((byte) => new Uint8Array(160).fill(byte));
  const segment = concatBytes(...frames);
  const described: ManifestStream = {
    streamId: new Uint8Array(32),
    from: 5,
    to: 8,
    holes: [{ seq: 6, reason: 2 }],
    frames: sha256(segment),
  };

  it("splits into its frames", () => {
    expect(splitSegment(segment, described)).toEqual(frames);
  });

  it("is refused when it is cut, extended, changed, or of another count than the manifest says", () => {
    const changed = segment.slice();
    changed[200] = 0xff;
    for (const other of [segment.subarray(1), concatBytes(segment, frames[0]!), changed, new Uint8Array()])
      expect(() => splitSegment(other, described)).toThrow("MALFORMED_MESSAGE");
    expect(() => splitSegment(segment, { ...described, holes: [] })).toThrow("MALFORMED_MESSAGE");
    expect(() => splitSegment(segment, { ...described, to: 2 ** 50 })).toThrow("MALFORMED_MESSAGE");
    const ragged = segment.subarray(0, 479);
    expect(() => splitSegment(ragged, { ...described, frames: sha256(ragged) })).toThrow("MALFORMED_MESSAGE");
  });

  it("may be empty where all positions are holes", () => {
    const empty = new Uint8Array();
    const holes = [{ seq: 5, reason: 1 as const }];
    expect(splitSegment(empty, { ...described, to: 5, holes, frames: sha256(empty) })).toEqual([]);
  });
});
