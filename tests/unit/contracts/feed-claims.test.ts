import { beforeEach, describe, expect, it } from "vitest";
import { toHex, writeUint } from "../../../protocol/bytes.ts";
import { encodeValue } from "../../../protocol/record.ts";
import { COMPARISON, type Peril } from "../../../protocol/terms.ts";
import { weatherSlot } from "../../../protocol/weather.ts";
import { type CoveredPond, coverPond, NO_PROOF } from "./covered-pond.ts";
import { DAY_MS, defineFeed, feedOf, heat, midnightFrom, postDay } from "./feeds.ts";
import { noteGas } from "./gas-book.ts";
import { gasOf } from "./probes.ts";
import { DAY, hypoxia, openForBusiness } from "./quotes.ts";
import { refusal } from "./reverts.ts";
import { createWorld, type World } from "./world.ts";

const rain: Peril = heat({
  metric: weatherSlot("rain"),
  tiers: [{ threshold: encodeValue(50), minDurationMs: DAY_MS, payoutBps: 3_000 }],
  maxGapMs: 1,
  maxMissing: 0,
});
const cold: Peril = heat({
  metric: weatherSlot("minTemperature"),
  comparison: COMPARISON.atOrBelow,
  tiers: [{ threshold: encodeValue(10), minDurationMs: 3 * DAY_MS, payoutBps: 2_000 }],
});

/** IClaims.State and IClaims.Ground. */
const [EVALUATED, PAID, DISPUTED] = [1, 3, 5];
const LATE = 1;
const SOURCE_GROUND = 5;

describe("a claim by weather", () => {
  let world: World;
  let covered: CoveredPond;
  /** The first end of a day a whole day after cover began. */
  let startMs: number;

  beforeEach(async () => {
    world = await createWorld();
    const perils = [heat(), rain, cold, hypoxia()];
    await openForBusiness(world, perils);
    for (const metric of ["maxTemperature", "minTemperature", "rain"] as const)
      await defineFeed(world, metric);
    covered = await coverWithFeeds(world, perils);
    startMs = midnightFrom(covered.coverFromMs + 1);
  });

  /** Daily maxima from the first whole day of cover on; undefined: nobody reported. */
  async function live(values: readonly (number | undefined)[], fromMs = startMs) {
    for (const [i, value] of values.entries())
      if (value !== undefined) await postDay(world, { atMs: fromMs + i * DAY_MS, value });
  }

  /** Days `first` to `last` after the start, proven with the observation of day `before` before them. */
  function prove(
    { first, last, before = first - 1 }: { first: number; last: number; before?: number },
    { peril = 0, feed = feedOf("maxTemperature") } = {},
  ) {
    const [fromMs, toMs] = [startMs + (first - 1) * DAY_MS, startMs + last * DAY_MS];
    const { claims } = world.contracts;
    const shown = evidence(covered, feed, startMs + before * DAY_MS);
    return claims
      .connect(world.accounts.stranger)
      .prove(covered.policy, covered.terms, peril, fromMs, toMs, shown);
  }

  const refusedBy = (sent: Promise<unknown>) => refusal(sent, world.contracts.claims);

  it("pays two hot days, is topped up by the third, and goes to the holder after its time", async () => {
    await live([35, 37, 38.5]);
    noteGas({
      operation: "claim: two days of heat",
      gas: await gasOf(await prove({ first: 1, last: 2 })),
      most: 700_000,
    });
    const { claims } = world.contracts;
    const { state, amount } = await claims.claim(1);
    expect([state, amount]).toEqual([BigInt(EVALUATED), 100_000n]);
    await live([37.1], startMs + 3 * DAY_MS);
    await prove({ first: 1, last: 3 });
    expect((await claims.claim(1)).amount).toBe(250_000n);
    expect(await refusedBy(prove({ first: 1, last: 2 }))).toBe("NothingMoreToPay");

    await world.time.increase(2 * DAY);
    await claims.finalize(1, covered.terms);
    await claims.collect(1);
    const end = await claims.claim(1);
    expect([end.state, end.paid]).toEqual([BigInt(PAID), 250_000n]);
  });

  it("posts what three reporters saw", async () => {
    await postDay(world, { atMs: startMs, value: 36 });
    const sent = await postDay(world, { atMs: startMs + DAY_MS, value: 36 });
    noteGas({ operation: "post an observation of three reporters", gas: await gasOf(sent) });
  });

  it("pays one day of heavy rain, and three days of cold, from their own feeds", async () => {
    await postDay(world, { metric: "rain", atMs: startMs, value: 0 });
    await postDay(world, { metric: "rain", atMs: startMs + DAY_MS, value: 50 });
    await prove({ first: 1, last: 1 }, { peril: 1, feed: feedOf("rain") });
    for (const [i, value] of [12, 10, 9, 8.5].entries())
      await postDay(world, { metric: "minTemperature", atMs: startMs + i * DAY_MS, value });
    await prove({ first: 1, last: 3 }, { peril: 2, feed: feedOf("minTemperature") });
    const { claims } = world.contracts;
    expect((await claims.claim(1)).amount).toBe(300_000n);
    expect((await claims.claim(2)).amount).toBe(200_000n);
  });

  it("takes no feed for a peril of another metric, nor for one of water, nor a stream for a feed", async () => {
    await live([35, 38, 38]);
    const days = { first: 1, last: 2 };
    expect(await refusedBy(prove(days, { peril: 1 }))).toBe("NotThatFeed");
    expect(await refusedBy(prove(days, { peril: 3 }))).toBe("TooFewSensors");
    const stream = covered.terms.probes.find(
      (id) => !["maxTemperature", "minTemperature", "rain"].some((it) => feedOf(it as "rain") === id),
    )!;
    expect(await refusedBy(prove(days, { feed: stream }))).toBe("NotThatFeed");
  });

  it("takes whole days only, and begins and ends with a known one", async () => {
    await live([35, undefined, 38, 38, undefined]);
    expect(await refusedBy(prove({ first: 1.5, last: 3 }))).toBe("NotWholePeriods");
    expect(await refusedBy(prove({ first: 3, last: 2 }))).toBe("NotWholePeriods");
    expect(await refusedBy(prove({ first: 1, last: 3, before: 0 }))).toBe("NotObserved");
    expect(await refusedBy(prove({ first: 2, last: 4, before: 0 }))).toBe("NotObserved");
    expect(await refusedBy(prove({ first: 3, last: 3, before: 0 }))).toBe("NotTheObservationBefore");
    expect(await refusedBy(prove({ first: 2, last: 3, before: 1 }))).toBe("NotObserved");
    await prove({ first: 2, last: 3, before: 0 });
  });

  it("forgives a day that nobody reported where the terms do, and no more", async () => {
    await live([35, 38, undefined, 38, undefined, 38]);
    await prove({ first: 1, last: 3 });
    expect((await world.contracts.claims.claim(1)).payoutBps).toBe(2_500n);
    expect(await refusedBy(prove({ first: 1, last: 5 }))).toBe("TooManyMissing");
  });

  it("pays nothing for a cool day between, nor for heat that began before cover", async () => {
    await live([38, 38, 35, 38, 36]);
    expect(await refusedBy(prove({ first: 1, last: 1, before: 0 }))).toBe("NoTierMet");
    expect(await refusedBy(prove({ first: 1, last: 3 }))).toBe("NoTierMet");
    // The day before cover was hot as well: nobody knows on which side the heat began.
    await live([38, 38, 38, 38], startMs + 5 * DAY_MS);
    expect(await refusedBy(prove({ first: 6, last: 8 }))).toBe("EventMustBeginInsideCover");
    expect(await refusedBy(prove({ first: 0, last: 1, before: -1 }))).toBe("NotCovered");
  });

  it("sends what was posted too late to the arbiter", async () => {
    await live([35, 38]);
    await world.time.increaseTo((startMs + 3 * DAY_MS) / 1000);
    await live([38], startMs + 2 * DAY_MS);
    await prove({ first: 1, last: 2 });
    const claim = await world.contracts.claims.claim(1);
    expect([claim.state, claim.ground]).toEqual([BigInt(DISPUTED), BigInt(LATE)]);
  });

  it("is disputed and ruled on like any other, and cannot be demanded the data of: the ledger has it", async () => {
    await live([35, 38, 38]);
    await prove({ first: 1, last: 2 });
    const { disputes, claims, token } = world.contracts;
    const { insurer, tokenOwner, arbiter } = world.accounts;
    await token.connect(tokenOwner).mint(insurer.address, 1_000_000n);
    await token.connect(insurer).approve(world.addresses.disputes, 1_000_000n);
    expect(await refusedBy(disputes.connect(insurer).demand(1, covered.terms))).toBe("AlreadyRaw");
    const reason = feedOf("rain");
    await disputes.connect(insurer).dispute(1, covered.terms, SOURCE_GROUND, reason);
    expect((await claims.claim(1)).state).toBe(BigInt(DISPUTED));
    await disputes.connect(arbiter).rule(1, covered.terms, 100_000n, 100_000n);
    await claims.collect(1);
    expect((await claims.claim(1)).paid).toBe(100_000n);
  });

  it("is corrected by a day that was reported late and was cool", async () => {
    await live([35, 38, undefined, 38]);
    await prove({ first: 1, last: 3 });
    await live([30], startMs + 2 * DAY_MS);
    const { claims } = world.contracts;
    const shown = evidence(covered, feedOf("maxTemperature"), startMs);
    await claims.connect(world.accounts.stranger).correct(1, covered.terms, shown);
    expect((await claims.claim(1)).amount).toBe(0n);
  });
});

/** A pond with two probes and the three feeds among what the terms name. */
async function coverWithFeeds(world: World, perils: Peril[]): Promise<CoveredPond> {
  const feeds = (["maxTemperature", "minTemperature", "rain"] as const).map(feedOf);
  return coverPond(world, { feeds, terms: { perils } });
}

function evidence({ terms }: CoveredPond, feed: string, beforeMs: number) {
  const before = new Uint8Array(5);
  writeUint(before, 0, 5, beforeMs / 1000);
  return [
    {
      probe: terms.probes.indexOf(feed as `0x${string}`),
      window: NO_PROOF,
      raw: 0,
      earlier: NO_PROOF,
      before: toHex(before),
      shown: [],
    },
  ];
}
