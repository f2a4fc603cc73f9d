import { beforeAll, expect, it } from "vitest";
import { anchorAndProve, type CoveredPond, coveredWorld, sampleNight } from "./covered-pond.ts";

let covered: CoveredPond;
beforeAll(async () => {
  covered = await coveredWorld();
});

it("a policy that is cancelled during cover gives nothing of the season back once something is claimed", async () => {
  const { accounts, contracts, networkHelpers } = covered.world;
  const refundOfCancelling = async () => {
    await contracts.policies.connect(accounts.farmer).cancel(covered.policy);
    return (await contracts.policies.policy(covered.policy)).cancelRefund;
  };
  const night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
  await covered.world.time.increaseTo(night.toMs / 1000);
  const unclaimed = await networkHelpers.takeSnapshot();
  expect(await refundOfCancelling()).toBeGreaterThan(0n);
  await unclaimed.restore();
  await anchorAndProve(covered, night);
  expect(await refundOfCancelling()).toBe(0n);
});
