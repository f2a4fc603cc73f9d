import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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
  sampleNight,
} from "./covered-pond.ts";
import { DAY, HOUR, HOUR_MS } from "./quotes.ts";
import { refusal, revertOf } from "./reverts.ts";

describe("what claims and disputes refuse", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };
  const contest = contestOf(() => covered);
  const { claims, disputes, stateOf, credit, reserved, night, part, dispute, demand, rule } = contest;
  const { rawEvidence, correct, voidStream, fillBond } = contest;

  beforeAll(async () => {
    covered = await coveredWorld();
    await readyForDisputes(covered.world);
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
    contest.forget();
  });
  afterEach(() => snapshot.restore());

  describe("prove", () => {
    it("given probes from different batches, is refused: one may be from before a void", async () => {
      const window = night(2);
      const first = evidenceOf(covered, await anchorAt(covered, window.toMs + SAMPLE_MS), window);
      const second = evidenceOf(covered, await anchorAt(covered, 0), window);
      const { name, args } = await revertOf(prove(covered, window, [first[0]!, second[1]!]), claims());
      expect({ name, args }).toEqual({ name: "NotOneBatch", args: [1n, 2n, 1n] });
    });

    it("given the proof of another probe's stream, or the same twice, is refused", async () => {
      const window = night(2);
      const [a, b] = evidenceOf(covered, await anchorAt(covered, window.toMs + SAMPLE_MS), window);
      const foreign = { ...b!, window: a!.window, before: "0x" as const };
      const verifier = covered.world.contracts.windowVerifier;
      expect(await refusal(prove(covered, window, [a!, foreign]), verifier)).toBe("NotInDirectory");
      expect(await refusal(prove(covered, window, [a!, a!]), claims())).toBe("ProbesNotAscending");
    });

    it("given a raw window that is another's, of another time, or not whole, is refused", async () => {
      const window = night(2);
      const other = { ...window, fromMs: window.fromMs - 1 };
      await anchorAt(covered, window.toMs + 3 * HOUR_MS);
      const [a, b] = await rawEvidence(window);
      const elsewhere = await rawEvidence(other);
      expect(await refusal(prove(covered, window, [a!, { ...b!, raw: a!.raw }]), claims())).toBe(
        "NotThatRawWindow",
      );
      expect(await refusal(prove(covered, window, elsewhere), claims())).toBe("NotThatRawWindow");
      const { rawWindows } = covered.world.contracts;
      const partly = await rawEvidence(window, (_, i) => i < 15);
      expect(await refusal(prove(covered, window, partly), rawWindows)).toBe("NotComplete");
    });

    it("given the window was anchored with other readings before, is not in time by that", async () => {
      const honest = covered.streams;
      const window = night(2);
      contest.forget();
      sampleNight(covered, covered.coverFromMs, { hours: 2, low: 1.6 });
      const first = await anchorAt(covered, window.toMs + SAMPLE_MS);
      const earlier = evidenceOf(covered, first, window, { shownBy: [] });
      covered.streams = honest;
      const late = evidenceOf(covered, await anchorAt(covered, window.toMs + 2 * HOUR_MS), window);
      const shown = late.map((it, i) => ({ ...it, earlier: earlier[i]!.window }));
      expect(await refusal(prove(covered, window, shown), claims())).toBe("NotTheSameWindow");
    });

    it("given a late window where a sound one waits, is refused, however high its tier", async () => {
      const whole = night(4);
      await anchorAndProve(covered, part(whole, 2));
      const late = await anchorAt(covered, whole.toMs + 2 * HOUR_MS);
      expect(await refusal(prove(covered, whole, evidenceOf(covered, late, whole)), claims())).toBe(
        "SoundEvaluationWaits",
      );
    });

    it("given cover has not begun, or run-off is over, is refused", async () => {
      const early = sampleNight(covered, covered.coverFromMs - 6 * HOUR_MS, { hours: 2 });
      expect(await refusal(anchorAndProve(covered, early), claims())).toBe("NotCovered");
      contest.forget();
      const { endsAt, runOffSeconds } = covered.terms;
      const last = sampleNight(covered, (endsAt - DAY) * 1000, { hours: 2 });
      const batch = await anchorAt(covered, last.toMs + SAMPLE_MS);
      await covered.world.time.increaseTo(endsAt + runOffSeconds + 1);
      expect(await refusal(prove(covered, last, evidenceOf(covered, batch, last)), claims())).toBe(
        "AfterRunOff",
      );
    });

    it("given a claim was reopened, takes evidence after run-off, as long as that claim waits", async () => {
      const { endsAt, runOffSeconds } = covered.terms;
      const last = sampleNight(covered, (endsAt - DAY) * 1000, { hours: 2 });
      const first = await anchorAt(covered, last.toMs + SAMPLE_MS);
      await covered.world.time.increaseTo(endsAt + runOffSeconds - HOUR);
      await prove(covered, last, evidenceOf(covered, first, last));
      // Its readings of a future that has not come convict the operator.
      sampleNight(covered, (endsAt + runOffSeconds + 9 * DAY) * 1000, { hours: 2 });
      await voidStream(covered.streams[0]!);
      await claims().reopen(1, covered.terms);
      await fillBond();
      const again = await anchorAt(covered, (endsAt + runOffSeconds + DAY) * 1000);
      const earlier = evidenceOf(covered, first, last, { shownBy: [] });
      const shown = evidenceOf(covered, again, last).map((it, i) => ({ ...it, earlier: earlier[i]!.window }));
      await prove(covered, last, shown);
      expect(await stateOf()).toMatchObject({ state: STATE.evaluated, amount: 100_000n });
    });
  });

  describe("approve", () => {
    it("given suspect or void evidence, or documents alone, is refused to the insurer", async () => {
      await anchorAndProve(covered, night(2));
      await voidStream(covered.streams[0]!);
      const officer = claims("claimsOfficer");
      expect(await refusal(officer.approve(1, covered.terms, 100_000n), claims())).toBe("EvidenceIsVoid");
      await disputes("farmer").openAudit(covered.policy, covered.terms, 1n, REASON);
      expect(await refusal(officer.approve(2, covered.terms, 1n), claims())).toBe("WrongClaimState");
    });
  });

  describe("correct, reopen, abandon, finalize, collect", () => {
    it("given there is no such claim, are refused", async () => {
      for (const call of [
        () => correct([], 9),
        () => claims().reopen(9, covered.terms),
        () => claims().abandon(9),
        () => claims().finalize(9, covered.terms),
        () => claims().collect(9),
        () => claims("farmer").namePayee(9, REASON.slice(0, 42)),
      ])
        expect(await refusal(call(), claims())).toBe("UnknownClaim");
    });

    it("given the claim is paid, are refused", async () => {
      await anchorAndProve(covered, night(2));
      await claims("claimsOfficer").approve(1, covered.terms, 100_000n);
      await claims().collect(1);
      for (const call of [
        () => correct([]),
        () => claims().reopen(1, covered.terms),
        () => claims().abandon(1),
        () => claims().finalize(1, covered.terms),
        () => claims().collect(1),
        () => claims("claimsOfficer").approve(1, covered.terms, 100_000n),
        () => dispute("insurer", GROUND.cause),
        () => demand("insurer"),
        () => disputes().rejectUnanswered(1),
        () => disputes().timeOut(1, covered.terms),
        () => rule(100_000n, 0n),
      ])
        expect(await refusal(call(), claims())).toBe("WrongClaimState");
    });

    it("given an audit claim, is not corrected by readings", async () => {
      await covered.world.time.increaseTo(covered.coverFromMs / 1000);
      await disputes("farmer").openAudit(covered.policy, covered.terms, 1n, REASON);
      expect(await refusal(correct([]), claims())).toBe("WrongClaimState");
    });
  });

  describe("what only the disputes contract may, and what is named once", () => {
    it("is refused to everybody else", async () => {
      const { terms } = covered;
      for (const call of [
        () => claims().contest(1, terms, GROUND.cause),
        () => claims().demandData(1, terms),
        () => claims().rejectUnanswered(1),
        () => claims().rule(1, terms, 0n, 0n),
        () => claims().standByDefault(1, terms),
        () => claims().openAudit(covered.policy, terms, 1n, REASON),
      ])
        expect(await refusal(call(), claims())).toBe("OnlyDisputes");
      expect(await refusal(disputes().onMoot(1), disputes())).toBe("OnlyClaims");
      expect(await refusal(disputes().onRawProof(1, REASON, 0n, REASON.slice(0, 42)), disputes())).toBe(
        "OnlyClaims",
      );
      const { address } = covered.world.accounts.stranger;
      expect(await refusal(claims("governor").setDisputes(address), claims())).toBe("DisputesAlreadySet");
      expect(await refusal(claims("stranger").setDisputes(address), claims())).toBe(
        "AccessManagedUnauthorized",
      );
    });
  });

  describe("openAudit", () => {
    const audit = (amount: bigint, { who = "farmer" as const, terms = covered.terms } = {}) =>
      disputes(who).openAudit(covered.policy, terms, amount, REASON);

    it("given cover has not begun or run-off is over, nothing is asked, or the terms are others, is refused", async () => {
      expect(await refusal(audit(1n), claims())).toBe("NotCovered");
      await covered.world.time.increaseTo(covered.coverFromMs / 1000);
      expect(await refusal(audit(0n), claims())).toBe("TooMuch");
      const others = { ...covered.terms, auditSublimit: 900_000n };
      expect(await refusal(audit(500_000n, { terms: others }), covered.world.contracts.policies)).toBe(
        "WrongTerms",
      );
      await covered.world.time.increaseTo(covered.terms.endsAt + covered.terms.runOffSeconds + 1);
      expect(await refusal(audit(1n), claims())).toBe("AfterRunOff");
    });

    it("given the sublimit is used up by audits together, is refused, and a rejected one frees its part", async () => {
      await covered.world.time.increaseTo(covered.coverFromMs / 1000);
      await audit(60_000n);
      const { name, args } = await revertOf(audit(50_000n), covered.world.contracts.policies);
      expect({ name, args }).toEqual({ name: "OverAuditSublimit", args: [50_000n, 40_000n] });
      await rule(60_000n, 0n);
      await audit(50_000n);
      expect(await reserved()).toBe(50_000n);
    });
  });

  describe("withdraw", () => {
    it("given nothing is credited, is refused; else pays once, whoever asks", async () => {
      const { address } = covered.world.accounts.farmer;
      expect(await refusal(disputes().withdraw(address), disputes())).toBe("NothingCredited");
      await anchorAndProve(covered, night(2));
      await dispute("insurer", GROUND.cause);
      await rule(100_000n, 100_000n);
      const half = await credit("farmer");
      const { token } = covered.world.contracts;
      const before = await token.balanceOf(address);
      await disputes().withdraw(address);
      expect((await token.balanceOf(address)) - before).toBe(half);
      expect(await refusal(disputes().withdraw(address), disputes())).toBe("NothingCredited");
    });
  });
});
