import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BOND, DEMAND_BOND, DISPUTE_BOND } from "../../../ignition/modules/Pondproof.ts";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { openNode } from "../../../protocol/opening.ts";
import { GROUND, STATE } from "./claim-states.ts";
import { convict } from "./convict.ts";
import {
  anchorAndProve,
  anchorAt,
  type CoveredPond,
  coveredWorld,
  evidenceOf,
  NO_PROOF,
  prove,
  SAMPLE_MS,
  type Span,
  sampleNight,
} from "./covered-pond.ts";
import { createStream, frameOf, pondId, type Stream } from "./probes.ts";
import { DAY, HOUR, HOUR_MS } from "./quotes.ts";
import { refusal } from "./reverts.ts";
import type { Account } from "./world.ts";

const REASON = pondId("a statement");
const BONDS = { dispute: DISPUTE_BOND, demand: DEMAND_BOND };

describe("a claim that somebody stands against", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };
  let fresh: CoveredPond["streams"];

  beforeAll(async () => {
    covered = await coveredWorld();
    fresh = covered.streams;
    const { accounts, addresses, contracts } = covered.world;
    for (const who of ["farmer", "insurer", "claimsOfficer"] as const) {
      await contracts.token.connect(accounts.tokenOwner).mint(accounts[who].address, 1_000_000n);
      await contracts.token.connect(accounts[who]).approve(addresses.disputes, 1_000_000n);
    }
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
    covered.streams = fresh.map(({ probe }) => createStream(probe));
    lastRaw = 0;
  });
  afterEach(() => snapshot.restore());

  const claims = () => covered.world.contracts.claims;
  const disputes = (who: Account = "stranger") =>
    covered.world.contracts.disputes.connect(covered.world.accounts[who]);
  const stateOf = async (id = 1) => {
    const { state, amount, ground } = await claims().claim(id);
    return { state, amount, ground };
  };
  const credit = (who: Account) => disputes().creditOf(covered.world.accounts[who].address);
  const reserved = async () => (await covered.world.contracts.policies.policy(covered.policy)).reserved;
  const night = (hours = 8) => sampleNight(covered, covered.coverFromMs, { hours });
  const part = (window: Span, hours: number) => ({ ...window, toMs: window.fromMs + hours * HOUR_MS });
  const dispute = (who: Account, ground: bigint, id = 1) =>
    disputes(who).dispute(id, covered.terms, ground, REASON);
  const demand = (who: Account, id = 1) => disputes(who).demand(id, covered.terms);
  const rule = (on: bigint, amount: bigint, who: Account = "arbiter") =>
    disputes(who).rule(1, covered.terms, on, amount);

  /** Every probe's window shown by its signed frames; `keep` leaves some out. */
  const rawEvidence = async (window: Span, keep: (frame: Uint8Array, i: number) => boolean = () => true) => {
    const { rawWindows } = covered.world.contracts;
    const shown = evidenceOf(covered, await anchorAt(covered, 0), window);
    for (const it of shown) {
      const streamId = covered.terms.probes[it.probe]!;
      const stream = covered.streams.find(({ probe }) => toHex(probe.streamId) === streamId)!;
      await rawWindows.open(streamId, window.fromMs, window.toMs);
      lastRaw++;
      await rawWindows.extend(lastRaw, toHex(concatBytes(...stream.frames.filter(keep))));
      Object.assign(it, { raw: lastRaw, window: NO_PROOF });
    }
    return shown;
  };
  let lastRaw = 0;
  const correct = (evidence: ReturnType<typeof evidenceOf>) =>
    claims().connect(covered.world.accounts.stranger).correct(1, covered.terms, evidence);

  /** Anchors what the probes have, with readings of the future, and convicts the operator of one of them. */
  const voidStream = async (stream: Stream) => {
    const batch = await anchorAt(covered, 0);
    const size = batch.sizes.get(stream.tree)!;
    const { index, siblings } = batch.directory.prove(stream.probe.streamId);
    const view = {
      streamId: stream.probe.streamId,
      size,
      node: (level: number, at: number) => stream.tree.node(level, at, size),
    };
    const node = {
      ...openNode(view, { level: 0, index: size - 1 }),
      batch: batch.number,
      directory: { index, siblings },
    };
    await convict(covered.world, { code: "FromTheFuture", streamId: stream.probe.streamId, node });
  };

  /** What the slash took, so that the operator can anchor again. */
  const fillBond = async () => {
    const { accounts, addresses, contracts } = covered.world;
    const { operator, tokenOwner } = accounts;
    await contracts.token.connect(tokenOwner).mint(operator.address, BOND.slashed);
    await contracts.token.connect(operator).approve(addresses.operatorBond, BOND.slashed);
    await contracts.operatorBond.connect(operator).post(operator.address, BOND.slashed);
  };

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
      expect(await refusal(rule(1_000_000n, 1_000_000n, "farmer"), disputes())).toBe("ArbiterIsAParty");
      expect(await refusal(rule(1_000_000n, 0n, "insurer"), disputes())).toBe("AccessManagedUnauthorized");
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
    const { pauses } = covered.world.contracts;
    const { guardian, secondGuardian } = covered.world.accounts;
    const whole = night(4);
    const batch = await anchorAt(covered, part(whole, 2).toMs + SAMPLE_MS);
    await prove(covered, part(whole, 2), evidenceOf(covered, batch, part(whole, 2)));
    await pauses.connect(guardian).pause(1);
    await pauses.connect(secondGuardian).pause(1);
    await anchorAndProve(covered, whole);
    expect(await stateOf()).toMatchObject({ state: STATE.evaluated, amount: 400_000n });
    const next = sampleNight(covered, whole.toMs + 20 * HOUR_MS, { hours: 2 });
    expect(await refusal(anchorAndProve(covered, next), pauses)).toBe("ActPaused");
  });
});
