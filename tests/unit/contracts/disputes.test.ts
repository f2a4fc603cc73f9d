import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEMAND_BOND, DISPUTE_BOND } from "../../../ignition/modules/Pondproof.ts";
import { GROUND, STATE } from "./claim-states.ts";
import { contestOf, REASON, readyForDisputes } from "./contested-pond.ts";
import {
  anchorAndProve,
  anchorAt,
  type CoveredPond,
  coveredWorld,
  evidenceOf,
  prove,
  SAMPLE_MS,
  type Span,
  sampleNight,
} from "./covered-pond.ts";
import { frameOf } from "./probes.ts";
import { DAY, HOUR, HOUR_MS } from "./quotes.ts";
import { refusal } from "./reverts.ts";
import type { Account } from "./world.ts";

const BONDS = { dispute: DISPUTE_BOND, demand: DEMAND_BOND };

describe("a claim that somebody stands against", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };

  beforeAll(async () => {
    covered = await coveredWorld();
    await readyForDisputes(covered.world);
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
    contest.forget();
  });
  afterEach(() => snapshot.restore());

  const contest = contestOf(() => covered);
  const { claims, disputes, stateOf, credit, reserved, night, part, dispute, demand, rule } = contest;
  const { rawEvidence, correct, voidStream, fillBond } = contest;

  describe("disputed", () => {
    let window: Span;
    beforeEach(async () => {
      window = night();
      await anchorAndProve(covered, window);
    });

    it("is upheld, and the bond goes to the other side and to the policyholders", async () => {
      await dispute("insurer", GROUND.cause);
      expect(await stateOf()).toMatchObject({ state: STATE.disputed, ground: GROUND.cause });
      await rule(1_000_000n, 1_000_000n);
      expect(await stateOf()).toMatchObject({ state: STATE.payable, amount: 1_000_000n });
      expect(await credit("farmer")).toBe(BONDS.dispute / 2n);
      expect(await credit("insurer")).toBe(0n);
      const { policyholdersFund, token } = covered.world.contracts;
      expect((await policyholdersFund.creditOf(1)).amount).toBe(BONDS.dispute / 2n);
      const farmer = covered.world.accounts.farmer.address;
      const before = await token.balanceOf(farmer);
      await disputes().withdraw(farmer);
      await policyholdersFund.take(1, covered.policy, covered.terms);
      expect((await token.balanceOf(farmer)) - before).toBe(BONDS.dispute);
      expect(await disputes().held()).toBe(0n);
    });

    it("is rejected, reserves nothing any more, and cannot be made again", async () => {
      await dispute("insurer", GROUND.cause);
      await rule(1_000_000n, 0n);
      expect(await stateOf()).toMatchObject({ state: STATE.rejected, amount: 0n });
      expect(await reserved()).toBe(0n);
      expect(await credit("insurer")).toBe(BONDS.dispute);
      expect(await refusal(anchorAndProve(covered, window), claims())).toBe("RuledByTheArbiter");
      expect(await refusal(rule(0n, 0n), claims())).toBe("WrongClaimState");
    });

    it("is set to any amount up to the highest tier's", async () => {
      await dispute("insurer", GROUND.place);
      expect(await refusal(rule(1_000_000n, 1_000_001n), claims())).toBe("TooMuch");
      await rule(1_000_000n, 250_000n);
      expect(await stateOf()).toMatchObject({ state: STATE.payable, amount: 250_000n, ground: GROUND.ruled });
      expect(await reserved()).toBe(250_000n);
      await claims().collect(1);
      expect(await stateOf()).toMatchObject({ state: STATE.paid });
    });

    it("stands when the arbiter is late, and bonds go back", async () => {
      await dispute("insurer", GROUND.source);
      expect(await refusal(disputes().timeOut(1, covered.terms), claims())).toBe("StillTime");
      await covered.world.time.increase(7 * DAY + 1);
      expect(await refusal(rule(1_000_000n, 0n), claims())).toBe("TimeIsOver");
      await disputes().timeOut(1, covered.terms);
      expect(await stateOf()).toMatchObject({ state: STATE.payable, amount: 1_000_000n });
      expect(await credit("insurer")).toBe(BONDS.dispute);
    });

    it("is not free for who disputes himself", async () => {
      await dispute("farmer", GROUND.cause);
      await rule(1_000_000n, 1_000_000n);
      expect(await credit("farmer")).toBe(0n);
      expect(await credit("insurer")).toBe(BONDS.dispute / 2n);
    });

    it("is decided by nobody who is a side, and disputed by nobody else", async () => {
      const { accessManager } = covered.world.contracts;
      const { accounts } = covered.world;
      expect(await refusal(dispute("stranger", GROUND.cause), disputes())).toBe("NotAParty");
      for (const ground of [GROUND.none, GROUND.late, GROUND.suspect, GROUND.ruled, GROUND.audit])
        expect(await refusal(dispute("insurer", ground), disputes())).toBe("NotAGround");
      await dispute("claimsOfficer", GROUND.cause);
      await accessManager.connect(accounts.governor).grantRole(5, accounts.farmer.address, 0);
      expect(await refusal(rule(1_000_000n, 1_000_000n, { who: "farmer" }), disputes())).toBe(
        "ArbiterIsAParty",
      );
      expect(await refusal(rule(1_000_000n, 0n, { who: "insurer" }), disputes())).toBe(
        "AccessManagedUnauthorized",
      );
    });

    it("is disputed once by each side for a tier, and in time", async () => {
      await dispute("insurer", GROUND.numbers);
      await correct(await rawEvidence(window));
      expect(await stateOf()).toMatchObject({ state: STATE.evaluated, amount: 1_000_000n });
      expect(await refusal(dispute("claimsOfficer", GROUND.cause), disputes())).toBe("SpokenBefore");
      await covered.world.time.increase(DAY);
      expect(await refusal(dispute("farmer", GROUND.cause), claims())).toBe("TimeIsOver");
    });

    it("about numbers is ended by a raw proof, at the cost of who was wrong", async () => {
      await dispute("insurer", GROUND.numbers);
      await correct(await rawEvidence(window));
      expect(await stateOf()).toMatchObject({ state: STATE.evaluated, ground: GROUND.none });
      expect(await credit("farmer")).toBe(BONDS.dispute / 2n);
      await covered.world.time.increase(DAY);
      await claims().finalize(1, covered.terms);
      expect(await stateOf()).toMatchObject({ state: STATE.payable });
    });

    it("about the cause is not ended by a stranger's raw proof", async () => {
      await dispute("insurer", GROUND.cause);
      await correct(await rawEvidence(window));
      expect(await stateOf()).toMatchObject({ state: STATE.disputed, ground: GROUND.cause });
      expect((await disputes().disputeOf(1)).by).toBe(covered.world.accounts.insurer.address);
    });

    it("is not bettered by leaving readings out, nor without the reading before", async () => {
      await dispute("insurer", GROUND.numbers);
      const fewer = await rawEvidence(window, (_, i) => i !== 20);
      expect(await refusal(correct(fewer), claims())).toBe("NoBetterEvidence");
      const whole = await rawEvidence(window);
      expect(await refusal(correct(whole.map((it) => ({ ...it, before: "0x" }))), claims())).toBe(
        "MustShowTheReadingBefore",
      );
    });

    it("cannot be approved by one side", async () => {
      await dispute("farmer", GROUND.numbers);
      const officer = claims().connect(covered.world.accounts.claimsOfficer);
      expect(await refusal(officer.approve(1, covered.terms, 1_000_000n), claims())).toBe("WrongClaimState");
    });
  });

  it("is topped up while it is disputed, and the ruling names the amount it was made on", async () => {
    const whole = night();
    await anchorAndProve(covered, part(whole, 2));
    await dispute("insurer", GROUND.cause);
    await covered.world.time.increase(3 * DAY);
    const batch = await anchorAt(covered, 0);
    expect(batch.number).toBe(2);
    await prove(covered, whole, evidenceOf(covered, batch, whole));
    // Anchored days later, and yet before the same arbiter: a dispute does not run out the clock.
    expect(await stateOf()).toMatchObject({
      state: STATE.disputed,
      ground: GROUND.cause,
      amount: 1_000_000n,
    });
    expect(await refusal(rule(100_000n, 0n), claims())).toBe("AmountChanged");
    await rule(1_000_000n, 1_000_000n);
    expect(await stateOf()).toMatchObject({ state: STATE.payable, amount: 1_000_000n });
  });

  it("opened by the insurer as a short slice first is topped up by the farmer to the whole night", async () => {
    const whole = night();
    const batch = await anchorAt(covered, whole.toMs + SAMPLE_MS);
    const slice = part(whole, 2);
    const insurer = claims().connect(covered.world.accounts.insurer);
    const late = evidenceOf(covered, batch, slice);
    await insurer.prove(covered.policy, covered.terms, 0, slice.fromMs, slice.toMs, late);
    expect(await stateOf()).toMatchObject({ state: STATE.disputed, ground: GROUND.late });
    await prove(covered, whole, evidenceOf(covered, batch, whole));
    expect(await stateOf()).toMatchObject({
      state: STATE.evaluated,
      ground: GROUND.none,
      amount: 1_000_000n,
    });
  });

  it("of one night cut into slices pays the night once", async () => {
    const whole = night();
    for (const hours of [2, 4, 6, 8]) await anchorAndProve(covered, part(whole, hours));
    const rest = { fromMs: whole.fromMs + 2 * HOUR_MS, toMs: whole.toMs };
    expect(await refusal(anchorAndProve(covered, rest), claims())).toBe("EventMustBeginInsideCover");
    expect(await stateOf()).toMatchObject({ amount: 1_000_000n });
    expect(await reserved()).toBe(1_000_000n);
  });

  it("that was anchored late is not final by time alone, and the insurer may approve it", async () => {
    const window = night(2);
    const batch = await anchorAt(covered, window.toMs + HOUR * 1000 + 1000);
    await prove(covered, window, evidenceOf(covered, batch, window));
    expect(await refusal(claims().finalize(1, covered.terms), claims())).toBe("WrongClaimState");
    await claims().connect(covered.world.accounts.claimsOfficer).approve(1, covered.terms, 100_000n);
    expect(await stateOf()).toMatchObject({ state: STATE.payable });
  });

  describe("whose data is demanded", () => {
    let window: Span;
    beforeEach(async () => {
      window = night(4);
      await anchorAndProve(covered, window);
    });

    it("is not final before it is shown, and a raw proof of anybody answers for half the bond", async () => {
      await demand("insurer");
      await covered.world.time.increase(DAY - 10);
      const evidence = await rawEvidence(window);
      await correct(evidence);
      expect(await credit("stranger")).toBe(BONDS.demand / 2n);
      expect(await stateOf()).toMatchObject({ state: STATE.evaluated, amount: 400_000n });
      expect((await claims().claim(1)).basis.demandUntil).toBe(0n);
      expect(await refusal(demand("farmer"), claims())).toBe("AlreadyRaw");
    });

    it("is rejected when nobody shows it, and can be made again by raw proof alone", async () => {
      await demand("insurer");
      expect(await refusal(demand("insurer"), disputes())).toBe("AlreadyDemanded");
      expect(await refusal(disputes().rejectUnanswered(1), claims())).toBe("StillTime");
      await covered.world.time.increase(DAY + 1);
      expect(await refusal(claims().finalize(1, covered.terms), claims())).toBe("DataDemanded");
      await disputes().rejectUnanswered(1);
      expect(await stateOf()).toMatchObject({ state: STATE.rejected, amount: 0n });
      expect(await credit("insurer")).toBe(BONDS.demand);
      expect(await reserved()).toBe(0n);
      expect(await refusal(anchorAndProve(covered, window), claims())).toBe("NeedsRawProof");
      await prove(covered, window, await rawEvidence(window));
      expect(await stateOf(2)).toMatchObject({
        state: STATE.disputed,
        ground: GROUND.late,
        amount: 400_000n,
      });
      expect(await claims().claimsOf(covered.policy, 0)).toEqual([2n]);
    });

    it("is demanded by the sides only, in time", async () => {
      expect(await refusal(demand("stranger"), disputes())).toBe("NotAParty");
      expect(await refusal(disputes().rejectUnanswered(1), claims())).toBe("NoDataDemanded");
      await covered.world.time.increase(DAY);
      expect(await refusal(demand("insurer"), claims())).toBe("TimeIsOver");
    });
  });

  describe("whose stream became void", () => {
    let window: Span;
    beforeEach(async () => {
      window = night(4);
      await anchorAndProve(covered, window);
    });

    it("is not payable on it, is reopened, and is proven again by an earlier batch's time", async () => {
      expect(await refusal(claims().reopen(1, covered.terms), claims())).toBe("EvidenceStands");
      const first = { ...(await anchorAt(covered, 0)) };
      await voidStream(covered.streams[0]!);
      await covered.world.time.increase(DAY);
      expect(await refusal(claims().finalize(1, covered.terms), claims())).toBe("EvidenceIsVoid");
      await claims().reopen(1, covered.terms);
      expect(await stateOf()).toMatchObject({ state: STATE.reopened, amount: 400_000n });
      await fillBond();
      const again = await anchorAt(covered, 0);
      expect(await refusal(prove(covered, window, evidenceOf(covered, first, window)), claims())).toBe(
        "NotUsable",
      );
      const earlier = evidenceOf(covered, first, window, { shownBy: [] });
      const shown = evidenceOf(covered, again, window).map((it, i) => ({
        ...it,
        earlier: earlier[i]!.window,
      }));
      await prove(covered, window, shown);
      expect(await stateOf()).toMatchObject({
        state: STATE.evaluated,
        ground: GROUND.none,
        amount: 400_000n,
      });
    });

    it("is rejected when nobody proves it again, and its reserve is free", async () => {
      await voidStream(covered.streams[1]!);
      await claims().reopen(1, covered.terms);
      expect(await refusal(claims().abandon(1), claims())).toBe("StillTime");
      await covered.world.time.increase(7 * DAY + 1);
      await claims().abandon(1);
      expect(await stateOf()).toMatchObject({ state: STATE.rejected, amount: 0n });
      expect(await reserved()).toBe(0n);
    });

    it("gives bonds back that stood against it", async () => {
      await dispute("insurer", GROUND.cause);
      await demand("farmer");
      await voidStream(covered.streams[0]!);
      await claims().reopen(1, covered.terms);
      expect(await credit("insurer")).toBe(BONDS.dispute);
      expect(await credit("farmer")).toBe(BONDS.demand);
    });

    it("is untouched once it is payable", async () => {
      await claims().connect(covered.world.accounts.claimsOfficer).approve(1, covered.terms, 400_000n);
      await voidStream(covered.streams[0]!);
      expect(await refusal(claims().reopen(1, covered.terms), claims())).toBe("WrongClaimState");
      await claims().collect(1);
      expect(await stateOf()).toMatchObject({ state: STATE.paid });
    });
  });

  it("of a probe that contradicted itself goes to the arbiter", async () => {
    const window = night(4);
    await anchorAndProve(covered, window);
    const { probe, frames } = covered.streams[0]!;
    const seq = 15;
    const other = frameOf(probe, seq, { timeMs: window.fromMs + HOUR_MS, oxygenMgPerL: 9 });
    await covered.world.contracts.challenges.equivocation(probe.streamId, frames[seq]!, other);
    await covered.world.time.increase(DAY);
    expect(await refusal(claims().finalize(1, covered.terms), claims())).toBe("EvidenceIsSuspect");
    await claims().reopen(1, covered.terms);
    expect(await stateOf()).toMatchObject({ state: STATE.disputed, ground: GROUND.suspect });
    await rule(400_000n, 400_000n);
    expect(await stateOf()).toMatchObject({ state: STATE.payable, amount: 400_000n });
  });

  describe("that the index did not see", () => {
    const audit = (amount: bigint, who: Account = "farmer") =>
      disputes(who).openAudit(covered.policy, covered.terms, amount, REASON);

    beforeEach(async () => {
      await covered.world.time.increaseTo(covered.coverFromMs / 1000 + DAY);
    });

    it("is paid what the arbiter gives within the sublimit", async () => {
      expect(await refusal(audit(1n, "stranger"), disputes())).toBe("NotTheHolder");
      expect(await refusal(audit(100_001n), claims())).toBe("TooMuch");
      await audit(90_000n);
      expect(await stateOf()).toMatchObject({ state: STATE.disputed, ground: GROUND.audit, amount: 90_000n });
      expect(await reserved()).toBe(90_000n);
      expect(await refusal(rule(90_000n, 90_001n), claims())).toBe("TooMuch");
      await rule(90_000n, 60_000n);
      expect(await reserved()).toBe(60_000n);
      await claims().collect(1);
      expect(await stateOf()).toMatchObject({ state: STATE.paid, amount: 60_000n });
    });

    it("pays nothing when the arbiter is late", async () => {
      await audit(90_000n);
      await covered.world.time.increase(7 * DAY + 1);
      await disputes().timeOut(1, covered.terms);
      expect(await stateOf()).toMatchObject({ state: STATE.rejected });
      expect(await reserved()).toBe(0n);
    });
  });

  it("cannot be opened while new claims are paused, is topped up all the same, and run-off moves", async () => {
    const { pauses, policies } = covered.world.contracts;
    const { guardian, secondGuardian } = covered.world.accounts;
    const { endsAt, runOffSeconds } = covered.terms;
    // The last night of the season, and the readings of the next one are for after run-off.
    const whole = sampleNight(covered, (endsAt - DAY) * 1000, { hours: 4 });
    const next = sampleNight(covered, whole.toMs + 11 * HOUR_MS, { hours: 2 });
    const batch = await anchorAt(covered, part(whole, 2).toMs + SAMPLE_MS);
    await prove(covered, part(whole, 2), evidenceOf(covered, batch, part(whole, 2)));
    const ofWhole = await anchorAt(covered, whole.toMs + SAMPLE_MS);
    const ofNext = await anchorAt(covered, next.toMs + SAMPLE_MS);

    await covered.world.time.increaseTo(endsAt + runOffSeconds - DAY);
    await pauses.connect(guardian).pause(1);
    await pauses.connect(secondGuardian).pause(1);
    await prove(covered, whole, evidenceOf(covered, ofWhole, whole));
    expect(await stateOf()).toMatchObject({ amount: 400_000n });
    expect(await refusal(prove(covered, next, evidenceOf(covered, ofNext, next)), pauses)).toBe("ActPaused");

    await covered.world.time.increaseTo(endsAt + runOffSeconds + DAY);
    await pauses.connect(guardian).resume(1);
    expect(await policies.claimableUntil(covered.policy)).toBeGreaterThan(endsAt + runOffSeconds + DAY);
    await prove(covered, next, evidenceOf(covered, ofNext, next));
    expect(await stateOf(2)).toMatchObject({ state: STATE.evaluated, amount: 100_000n });
  });
});
