import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEMAND_BOND, DISPUTE_BOND } from "../../../ignition/modules/Pondproof.ts";
import { GROUND, STATE } from "./claim-states.ts";
import { contestOf, readyForDisputes } from "./contested-pond.ts";
import {
  anchorAndProve,
  anchorAt,
  type CoveredPond,
  coveredWorld,
  evidenceOf,
  prove,
  SAMPLE_MS,
  sampleNight,
} from "./covered-pond.ts";
import { DAY, HOUR_MS } from "./quotes.ts";
import { refusal } from "./reverts.ts";

describe("several claims of one season", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };
  const contest = contestOf(() => covered);
  const { claims, disputes, stateOf, credit, reserved, night, part, dispute, demand, rule } = contest;

  beforeAll(async () => {
    covered = await coveredWorld();
    await readyForDisputes(covered.world);
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
    contest.forget();
  });
  afterEach(() => snapshot.restore());

  describe("given two short nights, twelve hours apart, and one between that is near both", () => {
    /** Claims 1 and 2 on the outer nights; proves the middle one when it is called. */
    const twoNights = async () => {
      const first = night(2);
      const middle = sampleNight(covered, first.toMs + 2 * HOUR_MS + SAMPLE_MS, { hours: 4 });
      const last = sampleNight(covered, middle.toMs + 2 * HOUR_MS + SAMPLE_MS, { hours: 2 });
      await anchorAndProve(covered, first);
      const ofMiddle = await anchorAt(covered, middle.toMs + SAMPLE_MS);
      await anchorAndProve(covered, last);
      return () => prove(covered, middle, evidenceOf(covered, ofMiddle, middle));
    };

    it("merges both into the first, which pays the highest tier once", async () => {
      const join = await twoNights();
      expect(await reserved()).toBe(200_000n);
      await join();
      expect(await stateOf(1)).toMatchObject({ state: STATE.evaluated, amount: 400_000n });
      expect(await stateOf(2)).toMatchObject({ state: STATE.merged, amount: 0n });
      expect(await claims().claimsOf(covered.policy, 0)).toEqual([1n]);
      expect(await reserved()).toBe(400_000n);
    });

    it("goes on as the one that is disputed, whichever that is", async () => {
      const join = await twoNights();
      await dispute("insurer", GROUND.cause, 2);
      await join();
      expect(await stateOf(1)).toMatchObject({ state: STATE.merged });
      expect(await stateOf(2)).toMatchObject({ state: STATE.disputed, ground: GROUND.cause });
      expect((await disputes().disputeOf(2)).by).toBe(covered.world.accounts.insurer.address);
    });

    it("given both are disputed, goes on as the first, and the other's bonds go back", async () => {
      const join = await twoNights();
      await dispute("insurer", GROUND.place, 1);
      await dispute("claimsOfficer", GROUND.numbers, 2);
      await demand("farmer", 2);
      await join();
      expect(await stateOf(1)).toMatchObject({
        state: STATE.disputed,
        ground: GROUND.place,
        amount: 400_000n,
      });
      expect(await stateOf(2)).toMatchObject({ state: STATE.merged });
      expect(await credit("claimsOfficer")).toBe(DISPUTE_BOND);
      expect(await credit("farmer")).toBe(DEMAND_BOND);
      expect(await credit("insurer")).toBe(0n);
      await rule(400_000n, 0n);
      expect(await credit("insurer")).toBe(DISPUTE_BOND);
      expect(await reserved()).toBe(0n);
    });

    it("given one was paid, pays only the difference", async () => {
      const join = await twoNights();
      await claims("claimsOfficer").approve(1, covered.terms, 100_000n);
      await claims().collect(1);
      await join();
      const { amount, paid, settled } = await claims().claim(1);
      expect({ amount, paid, settled }).toEqual({ amount: 400_000n, paid: 100_000n, settled: 100_000n });
      expect(await reserved()).toBe(300_000n);
    });

    it("given the arbiter had set one, is his to set again", async () => {
      const join = await twoNights();
      await dispute("insurer", GROUND.cause, 2);
      await rule(100_000n, 50_000n, { id: 2 });
      await join();
      expect(await stateOf(1)).toMatchObject({ state: STATE.disputed, ground: GROUND.ruled });
      expect(await refusal(dispute("insurer", GROUND.cause, 1), claims())).toBe("WrongClaimState");
    });
  });

  describe("given the arbiter rules above the evaluation", () => {
    it("pays up to the highest tier, and gives the farmer's bond back", async () => {
      await anchorAndProve(covered, part(night(), 2));
      await dispute("farmer", GROUND.source);
      await rule(100_000n, 700_000n);
      expect(await stateOf()).toMatchObject({ state: STATE.payable, amount: 700_000n, ground: GROUND.ruled });
      expect(await credit("farmer")).toBe(DISPUTE_BOND);
      expect(await reserved()).toBe(700_000n);
    });

    it("pays no more for the rest of that night, which the ruling has judged", async () => {
      const whole = night();
      await anchorAndProve(covered, part(whole, 2));
      await dispute("farmer", GROUND.source);
      await rule(100_000n, 700_000n);
      const batch = await anchorAt(covered, whole.toMs + SAMPLE_MS);
      const rest = prove(covered, whole, evidenceOf(covered, batch, whole));
      expect(await refusal(rest, claims())).toBe("NothingMoreToPay");
    });

    it("pays what the aggregate limit has left beside the other claims", async () => {
      const first = night(4);
      await anchorAndProve(covered, first);
      const second = sampleNight(covered, first.toMs + 20 * HOUR_MS, { hours: 2 });
      await anchorAndProve(covered, second);
      await dispute("farmer", GROUND.source, 2);
      await rule(100_000n, 1_000_000n, { id: 2 });
      expect(await stateOf(2)).toMatchObject({ state: STATE.payable, amount: 600_000n });
      expect(await reserved()).toBe(1_000_000n);
    });
  });

  describe("given the farmer cancels in the middle of the season", () => {
    const cancel = () =>
      covered.world.contracts.policies.connect(covered.world.accounts.farmer).cancel(covered.policy);

    it("pays for a night that ended before, and forfeits the refund", async () => {
      const window = night(4);
      const batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
      await cancel();
      const { policies } = covered.world.contracts;
      expect((await policies.policy(covered.policy)).cancelRefund).toBeGreaterThan(0n);
      await prove(covered, window, evidenceOf(covered, batch, window));
      await covered.world.time.increase(DAY);
      await claims().finalize(1, covered.terms);
      await claims().collect(1);
      await covered.world.time.increaseTo((await policies.claimableUntil(covered.policy)) + 1n);
      await policies.close(covered.policy);
      expect((await policies.policy(covered.policy)).refund).toBe(0n);
    });

    it("pays nothing for a night that was not over, nor for one that came after", async () => {
      const window = night(4);
      const early = part(window, 2);
      const batch = await anchorAt(covered, early.toMs + SAMPLE_MS);
      await cancel();
      await prove(covered, early, evidenceOf(covered, batch, early));
      expect(await stateOf()).toMatchObject({ amount: 100_000n });
      expect(await refusal(anchorAndProve(covered, window), claims())).toBe("NotCovered");
      const later = sampleNight(covered, window.toMs + 20 * HOUR_MS, { hours: 4 });
      expect(await refusal(anchorAndProve(covered, later), claims())).toBe("NotCovered");
    });

    it("gives nothing back where a claim was open", async () => {
      await anchorAndProve(covered, night(2));
      await cancel();
      expect((await covered.world.contracts.policies.policy(covered.policy)).cancelRefund).toBe(0n);
    });
  });

  it("cannot be griefed by many tiny claims: none delays or shortens what the night pays", async () => {
    const whole = night();
    const early = part(whole, 2);
    const batch = await anchorAt(covered, early.toMs + SAMPLE_MS);
    await prove(covered, early, evidenceOf(covered, batch, early));
    const { payableFrom } = await claims().claim(1);
    for (let minutes = 120; minutes <= 230; minutes += 10) {
      const tiny = { ...whole, toMs: whole.fromMs + minutes * 60_000 };
      const shown = evidenceOf(covered, batch, tiny);
      expect(await refusal(prove(covered, tiny, shown), claims())).toBe("NothingMoreToPay");
    }
    expect((await claims().claim(1)).payableFrom).toBe(payableFrom);
    // Each of the four tiers restarts the time for challenges once at most.
    for (const hours of [4, 6, 8]) await anchorAndProve(covered, part(whole, hours));
    expect(await claims().claimsOf(covered.policy, 0)).toEqual([1n]);
    await covered.world.time.increase(DAY);
    await claims().finalize(1, covered.terms);
    expect(await stateOf()).toMatchObject({ state: STATE.payable, amount: 1_000_000n });
  });
});
