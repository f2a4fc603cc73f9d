import fc from "fast-check";
import { expect, test } from "vitest";
import { toHex } from "../../../protocol/bytes.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { pairDevice, readFeed, startGateway } from "./harness.ts";

const keys = [makeKey("alpha"), makeKey("beta")];
const chains = keys.map((key) => makeChain({ key, count: 8, periodMs: 1_000 }));

/** Every frame of one chain at least once, in any order, some of them again, cut into messages. */
const delivery = fc
  .record({
    order: fc.shuffledSubarray([...chains[0]!.keys()], { minLength: 8 }),
    again: fc.array(fc.record({ seq: fc.nat({ max: 7 }), at: fc.nat({ max: 7 }) }), { maxLength: 6 }),
    perMessage: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ order, again, perMessage }) => {
    const seqs = [...order];
    for (const { seq, at } of again) seqs.splice(at, 0, seq);
    return { seqs, perMessage };
  });

test("however good frames are repeated, reordered and interleaved, every stream's feed is the same", async () => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(delivery, delivery), async (deliveries) => {
      await using site = await startGateway();
      await using first = await pairDevice(site, keys[0]!);
      await using second = await pairDevice(site, keys[1]!);
      await Promise.all(
        [first, second].map(async (device, i) => {
          const { seqs, perMessage } = deliveries[i]!;
          await device.send(
            seqs.map((seq) => chains[i]![seq]!),
            perMessage,
          );
          await device.ack(({ contiguous }) => contiguous === 7);
        }),
      );
      const feed = await readFeed(site.gateway);
      keys.forEach(({ device }, i) => {
        const frames = feed.flatMap((item) =>
          item.device === device && item.kind === "reading" ? [item.frame] : [],
        );
        expect(frames.map(toHex)).toEqual(chains[i]!.map(toHex));
      });
      expect(feed.map(({ cursor }) => cursor)).toEqual(
        [...new Set(feed.map(({ cursor }) => cursor))].sort((a, b) => a - b),
      );
      expect(site.gateway.stats().held).toBe(0);
    }),
    { numRuns: 25 },
  );
});
