import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openNode, rootOfOpening } from "../../../protocol/opening.ts";
import { heightOf, occupancy } from "../../../protocol/tree.ts";
import { plant, randomStream } from "./random-streams.ts";

describe("an opening", () => {
  const place = fc.tuple(fc.nat(), fc.nat());
  /** A node of the stream, or the empty one beside its last. */
  const pick = (size: number, [a, b]: [number, number]) => {
    const level = a % (heightOf(size) + 1);
    const taken = Math.ceil(size / 2 ** level);
    return { level, index: b % (taken + (taken % 2 === 1 && level < heightOf(size) ? 1 : 0)) };
  };

  it("of any node of any stream leads to the stream's root, by body or by digest", () => {
    fc.assert(
      fc.property(randomStream({ maxSize: 70 }), place, (stream, any) => {
        const tree = plant(stream);
        const at = pick(tree.size, any);
        const root = tree.root().digest;
        expect(rootOfOpening(tree.streamId, openNode(tree, { ...at, digestOnly: true }))).toEqual(root);
        if (occupancy(tree.size, at.level, at.index) === 0) return;
        const opening = openNode(tree, at);
        expect(rootOfOpening(tree.streamId, opening)).toEqual(root);
        expect(opening.path.length).toBe(128 * (heightOf(tree.size) - at.level));
      }),
    );
  });

  it("leads elsewhere when any byte of it is altered", () => {
    fc.assert(
      fc.property(
        randomStream({ maxSize: 40 }),
        place,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (stream, any, offset, by) => {
          const tree = plant(stream);
          const opening = openNode(tree, { ...pick(tree.size, any), digestOnly: true });
          const { node, path } = opening;
          const bytes = Uint8Array.from([...node, ...path]);
          bytes[offset % bytes.length]! ^= by;
          const altered = { ...opening, node: bytes.slice(0, 32), path: bytes.slice(32) };
          expect(rootOfOpening(tree.streamId, altered)).not.toEqual(tree.root().digest);
        },
      ),
    );
  });
});
