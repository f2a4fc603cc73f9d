import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMPARISON, type Peril, SOURCE } from "../../../protocol/terms.ts";
import { pondId } from "./probes.ts";
import { chargesTo, DAY, HOUR, HOUR_MS, hypoxia } from "./quotes.ts";
import { refusal, revertOf } from "./reverts.ts";
import { createWorld, type World } from "./world.ts";

const THRESHOLD = hypoxia().tiers[0]!.threshold;

describe("a product", () => {
  let world: World;
  let snapshot: { restore(): Promise<void> };
  beforeAll(async () => {
    world = await createWorld();
  });
  beforeEach(async () => {
    snapshot = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  const product = () => ({
    insurer: world.accounts.insurer.address,
    token: world.addresses.token,
    scheduleHash: pondId("ignored"),
    maxSumInsured: 1_000_000n,
    maxPerWaterBody: 2_000_000n,
    approvalLimit: 500_000n,
    maxTermSeconds: 200 * DAY,
    minChallengeSeconds: HOUR,
    maxChallengeSeconds: DAY,
    shortestStepSeconds: 0,
    approved: true,
  });
  const charges = (changes: object = {}) => ({ ...chargesTo(world.accounts.provider.address), ...changes });
  const publish = (changes: object = {}, perils: Peril[] = [hypoxia()], charged: object = {}) =>
    world.contracts.products
      .connect(world.accounts.insurer)
      .publish({ ...product(), ...changes }, charges(charged), perils, pondId("doc"));

  it("is published by the insurer and in force when the governor has approved it", async () => {
    const { products } = world.contracts;
    await publish();
    const published = await products.product(1);
    expect(published.approved).toBe(false);
    expect(published.scheduleHash).toBe(await products.scheduleHash([hypoxia()]));
    expect(published.maxSumInsured).toBe(1_000_000n);
    await products.connect(world.accounts.governor).approve(1);
    expect((await products.product(1)).approved).toBe(true);
    expect(await refusal(products.connect(world.accounts.governor).approve(1), products)).toBe(
      "ProductAlreadyApproved",
    );
  });

  it("is nobody else's to publish or approve", async () => {
    const { products } = world.contracts;
    const { farmer, insurer } = world.accounts;
    const foreign = products.connect(farmer).publish(product(), charges(), [hypoxia()], pondId("doc"));
    expect(await refusal(foreign, products)).toBe("AccessManagedUnauthorized");
    await publish();
    expect(await refusal(products.connect(insurer).approve(1), products)).toBe("AccessManagedUnauthorized");
    expect(await refusal(products.connect(world.accounts.governor).approve(2), products)).toBe(
      "UnknownProduct",
    );
    expect(await refusal(products.product(0), products)).toBe("UnknownProduct");
  });

  it("has a schedule that leaves each policy its own deductible and sublimit", async () => {
    const { products } = world.contracts;
    const hash = await products.scheduleHash([hypoxia()]);
    expect(await products.scheduleHash([hypoxia({ deductible: 7n, sublimit: 9n })])).toBe(hash);
    expect(await products.scheduleHash([hypoxia({ maxMissing: 4 })])).not.toBe(hash);
  });

  for (const [field, changes] of [
    ["insurer", { insurer: `0x${"00".repeat(20)}` }],
    ["token", { token: `0x${"00".repeat(20)}` }],
    ["maxSumInsured", { maxSumInsured: 0n }],
    ["maxPerWaterBody", { maxPerWaterBody: 0n }],
    ["maxTermSeconds", { maxTermSeconds: 0 }],
    ["minChallengeSeconds", { minChallengeSeconds: 0 }],
    ["maxChallengeSeconds", { maxChallengeSeconds: HOUR - 1 }],
  ] as const) {
    it(`is refused with a bad ${field}`, async () => {
      const { name, args } = await revertOf(publish(changes), world.contracts.products);
      expect({ name, args }).toEqual({ name: "BadProduct", args: [field] });
    });
  }

  for (const [field, charged] of [
    ["provider", { provider: `0x${"00".repeat(20)}` }],
    ["providerFeeBps", { providerFeeBps: 10_001 }],
    ["cancelRefundBps", { cancelRefundBps: 10_001 }],
    ["seasonWeights", { seasonWeights: [1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1] }],
  ] as const) {
    it(`is refused with a bad ${field}`, async () => {
      const { name, args } = await revertOf(publish({}, [hypoxia()], charged), world.contracts.products);
      expect({ name, args }).toEqual({ name: "BadProduct", args: [field] });
    });
  }

  it("covers one to four perils", async () => {
    const { products } = world.contracts;
    expect(await refusal(publish({}, []), products)).toBe("BadProduct");
    expect(
      await refusal(
        publish(
          {},
          Array.from({ length: 5 }, () => hypoxia()),
        ),
        products,
      ),
    ).toBe("BadProduct");
    await publish(
      {},
      Array.from({ length: 4 }, () => hypoxia()),
    );
  });

  const tier = { threshold: THRESHOLD, minDurationMs: 2 * HOUR_MS, payoutBps: 1000 };
  const perils: [string, string, Partial<Peril>][] = [
    [
      "second",
      "of a feed with a second condition",
      {
        source: SOURCE.feed,
        second: { present: true, metric: 1, comparison: COMPARISON.below, threshold: THRESHOLD },
      },
    ],
    ["metric", "on a metric that records do not have", { metric: 8 }],
    ["validMin", "whose values may be absent", { validMin: 0 }],
    ["validMax", "without any valid value", { validMin: 5, validMax: 4 }],
    ["maxGapMs", "that allows no gap", { maxGapMs: 0 }],
    ["separationSeconds", "without a separation", { separationSeconds: 0 }],
    ["tiers", "without tiers", { tiers: [] }],
    [
      "tiers",
      "with seven tiers",
      { tiers: Array.from({ length: 7 }, (_, i) => ({ ...tier, payoutBps: i + 1 })) },
    ],
    [
      "minDurationMs",
      "with a tier no longer than a gap",
      { tiers: [{ ...tier, minDurationMs: 30 * 60_000 }] },
    ],
    ["payoutBps", "that pays nothing", { tiers: [{ ...tier, payoutBps: 0 }] }],
    ["payoutBps", "that pays more than the sum insured", { tiers: [{ ...tier, payoutBps: 10_001 }] }],
    ["payoutBps", "with tiers out of order", { tiers: [tier, { ...tier, payoutBps: 1000 }] }],
    [
      "second",
      "with a second condition on no metric",
      { second: { present: true, metric: 8, comparison: COMPARISON.above, threshold: 1 } },
    ],
    [
      "second",
      "with half a second condition",
      { second: { present: false, metric: 0, comparison: COMPARISON.below, threshold: 1 } },
    ],
  ];
  for (const [field, words, changes] of perils) {
    it(`is refused for a peril ${words}`, async () => {
      const publishing = publish({}, [hypoxia(), hypoxia(changes)]);
      const { name, args } = await revertOf(publishing, world.contracts.products);
      expect({ name, args }).toEqual({ name: "BadPeril", args: [1n, field] });
    });
  }
});
