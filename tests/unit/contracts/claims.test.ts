import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { GROUND, STATE } from "./claim-states.ts";
import {
  anchorAndProve,
  anchorAt,
  type CoveredPond,
  coveredWorld,
  evidenceOf,
  prove,
  SAMPLE_MS,
  sampleAll,
  sampleNight,
} from "./covered-pond.ts";
import { createStream } from "./probes.ts";
import { DAY, HOUR, HOUR_MS } from "./quotes.ts";
import { refusal } from "./reverts.ts";

describe("a claim", () => {
  let covered: CoveredPond;
  let snapshot: { restore(): Promise<void> };
  let fresh: CoveredPond["streams"];

  beforeAll(async () => {
    covered = await coveredWorld();
    fresh = covered.streams;
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
    covered.streams = fresh.map(({ probe }) => createStream(probe));
  });
  afterEach(() => snapshot.restore());

  const claims = () => covered.world.contracts.claims;
  const claimOf = async (id: number) => {
    const { state, amount, paid, settled, payoutBps } = await claims().claim(id);
    return { state, amount, paid, settled, payoutBps };
  };
  const held = (who: "farmer" | "stranger") =>
    covered.world.contracts.token.balanceOf(covered.world.accounts[who].address);
  const settle = async (id: number) => {
    await covered.world.time.increase(DAY);
    await claims().connect(covered.world.accounts.stranger).finalize(id, covered.terms);
  };

  it("of a night below 2 mg/L for eight hours pays the sum insured to the farmer, whoever asks for it", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
    await anchorAndProve(covered, night);
    expect(await claimOf(1)).toMatchObject({
      state: STATE.evaluated,
      amount: 1_000_000n,
      payoutBps: 10_000n,
    });
    await settle(1);
    const before = await held("farmer");
    await claims().connect(covered.world.accounts.stranger).collect(1);
    expect((await held("farmer")) - before).toBe(1_000_000n);
    expect(await claimOf(1)).toMatchObject({ state: STATE.paid, paid: 1_000_000n });
  });

  it("grows with the night and pays each difference once", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
    const part = (hours: number) => ({ ...night, toMs: night.fromMs + hours * HOUR_MS });
    await anchorAndProve(covered, part(2));
    expect(await claimOf(1)).toMatchObject({ amount: 100_000n });
    await anchorAndProve(covered, part(4));
    expect(await claimOf(1)).toMatchObject({ amount: 400_000n });
    await claims().connect(covered.world.accounts.claimsOfficer).approve(1, covered.terms, 400_000n);
    await claims().collect(1);
    expect(await claimOf(1)).toMatchObject({ state: STATE.paid, paid: 400_000n });
    await anchorAndProve(covered, night);
    expect(await claimOf(1)).toMatchObject({ state: STATE.evaluated, amount: 1_000_000n, paid: 400_000n });
    await settle(1);
    await claims().collect(1);
    expect(await claimOf(1)).toMatchObject({ state: STATE.paid, amount: 1_000_000n, paid: 1_000_000n });
    expect(await claims().claimsOf(covered.policy, 0)).toEqual([1n]);
  });

  it("can be collected for what was settled while a difference still waits for challenges", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 4 });
    await anchorAndProve(covered, { ...night, toMs: night.fromMs + 2 * HOUR_MS });
    await claims().connect(covered.world.accounts.claimsOfficer).approve(1, covered.terms, 100_000n);
    await anchorAndProve(covered, night);
    expect(await claimOf(1)).toMatchObject({ state: STATE.evaluated, settled: 100_000n, amount: 400_000n });
    await claims().collect(1);
    expect(await claimOf(1)).toMatchObject({ state: STATE.evaluated, paid: 100_000n });
    expect(await refusal(claims().collect(1), claims())).toBe("WrongClaimState");
  });

  it("loses nothing by a shorter window, proven before or after", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
    const slice = { ...night, toMs: night.fromMs + 2 * HOUR_MS };
    const batch = await anchorAt(covered, slice.toMs + SAMPLE_MS);
    await prove(covered, slice, evidenceOf(covered, batch, slice));
    await anchorAndProve(covered, night);
    expect(await claimOf(1)).toMatchObject({ amount: 1_000_000n });
    expect(await refusal(prove(covered, slice, evidenceOf(covered, batch, slice)), claims())).toBe(
      "NothingMoreToPay",
    );
  });

  it("cannot be made of a slice that begins in the breach", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
    const slice = { fromMs: night.fromMs + 3 * HOUR_MS, toMs: night.fromMs + 6 * HOUR_MS };
    expect(await refusal(anchorAndProve(covered, slice), claims())).toBe("EventMustBeginInsideCover");
  });

  it("of another night is another occurrence, and the aggregate limit ends both", async () => {
    const first = sampleNight(covered, covered.coverFromMs, { hours: 6 });
    await anchorAndProve(covered, first);
    const second = sampleNight(covered, first.toMs + 20 * HOUR_MS, { hours: 6 });
    await anchorAndProve(covered, second);
    expect(await claimOf(1)).toMatchObject({ amount: 700_000n });
    expect(await claimOf(2)).toMatchObject({ amount: 300_000n, payoutBps: 7000n });
    expect(await claims().claimsOf(covered.policy, 0)).toEqual([1n, 2n]);
  });

  it("of a second dip sooner than the separation is the same occurrence", async () => {
    const first = sampleNight(covered, covered.coverFromMs, { hours: 4 });
    await anchorAndProve(covered, first);
    const second = sampleNight(covered, first.toMs + 2 * HOUR_MS, { hours: 4 });
    expect(await refusal(anchorAndProve(covered, second), claims())).toBe("NothingMoreToPay");
    expect(await claims().claimsOf(covered.policy, 0)).toEqual([1n]);
  });

  it("above the product's limit takes two officers, the same one only once", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
    await anchorAndProve(covered, night);
    const { claimsOfficer, secondClaimsOfficer, farmer } = covered.world.accounts;
    expect(await refusal(claims().connect(farmer).approve(1, covered.terms, 1_000_000n), claims())).toBe(
      "AccessManagedUnauthorized",
    );
    expect(await refusal(claims().connect(claimsOfficer).approve(1, covered.terms, 700_000n), claims())).toBe(
      "AmountChanged",
    );
    await claims().connect(claimsOfficer).approve(1, covered.terms, 1_000_000n);
    expect(await claims().firstApprovalOf(1)).toBe(claimsOfficer.address);
    expect(await claimOf(1)).toMatchObject({ state: STATE.evaluated });
    expect(
      await refusal(claims().connect(claimsOfficer).approve(1, covered.terms, 1_000_000n), claims()),
    ).toBe("AlreadyApprovedBy");
    await claims().connect(secondClaimsOfficer).approve(1, covered.terms, 1_000_000n);
    expect(await claimOf(1)).toMatchObject({ state: STATE.payable });
  });

  it("needs its approvals again when the amount has changed", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
    await anchorAndProve(covered, { ...night, toMs: night.fromMs + 6 * HOUR_MS });
    const { claimsOfficer, secondClaimsOfficer } = covered.world.accounts;
    await claims().connect(claimsOfficer).approve(1, covered.terms, 700_000n);
    await anchorAndProve(covered, night);
    await claims().connect(secondClaimsOfficer).approve(1, covered.terms, 1_000_000n);
    expect(await claimOf(1)).toMatchObject({ state: STATE.evaluated });
    await claims().connect(claimsOfficer).approve(1, covered.terms, 1_000_000n);
    expect(await claimOf(1)).toMatchObject({ state: STATE.payable });
  });

  it("waits for its time for challenges, and then for nobody", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 2 });
    await anchorAndProve(covered, night);
    const { payableFrom } = await claims().claim(1);
    await covered.world.time.setNextBlockTimestamp(payableFrom - 1n);
    expect(await refusal(claims().finalize(1, covered.terms), claims())).toBe("NotYetPayable");
    expect(await refusal(claims().collect(1), claims())).toBe("WrongClaimState");
    await covered.world.time.increaseTo(payableFrom);
    await claims().finalize(1, covered.terms);
    expect(await refusal(claims().finalize(1, covered.terms), claims())).toBe("WrongClaimState");
    await claims().collect(1);
    expect(await refusal(claims().finalize(7, covered.terms), claims())).toBe("UnknownClaim");
  });

  it("for a further occurrence finds nothing when the limits are used up", async () => {
    const first = sampleNight(covered, covered.coverFromMs, { hours: 8 });
    await anchorAndProve(covered, first);
    const second = sampleNight(covered, first.toMs + 20 * HOUR_MS, { hours: 8 });
    expect(await refusal(anchorAndProve(covered, second), claims())).toBe("NothingMoreToPay");
  });

  it("is paid to whom the holder names, and only he names", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 2 });
    await anchorAndProve(covered, night);
    await settle(1);
    const { farmer, stranger } = covered.world.accounts;
    expect(await refusal(claims().connect(stranger).namePayee(1, stranger.address), claims())).toBe(
      "NotTheHolder",
    );
    await claims().connect(farmer).namePayee(1, stranger.address);
    expect(await claims().payeeOf(1)).toBe(stranger.address);
    const before = await held("stranger");
    await claims().collect(1);
    expect((await held("stranger")) - before).toBe(100_000n);
  });

  it("goes with the policy, and the former holder's payee with the former holder", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 2 });
    await anchorAndProve(covered, night);
    const { farmer, subsidy, stranger, insurer } = covered.world.accounts;
    await claims().connect(farmer).namePayee(1, stranger.address);
    const { policies } = covered.world.contracts;
    const move = () => policies.connect(farmer).transferFrom(farmer.address, subsidy.address, covered.policy);
    expect(await refusal(move(), policies)).toBe("TransferNeedsConsent");
    await policies.connect(insurer).consentToTransfer(covered.policy, subsidy.address);
    await move();
    expect(await claims().payeeOf(1)).toBe(subsidy.address);
  });

  it("holds back the closing of its policy until it is paid", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 2 });
    await anchorAndProve(covered, night);
    const { policies, pool } = covered.world.contracts;
    const policy = await policies.policy(covered.policy);
    await covered.world.time.increaseTo(policy.endsAt + policy.runOffSeconds + 1n);
    expect(await refusal(policies.close(covered.policy), policies)).toBe("OpenClaims");
    await claims().finalize(1, covered.terms);
    await claims().collect(1);
    const capital = await pool.capital();
    await policies.close(covered.policy);
    expect(await pool.locked()).toBe(0n);
    expect(await pool.capital()).toBe(capital + covered.terms.premium - (await pool.owed()));
    expect(await pool.unearned()).toBe(0n);
    expect((await policies.policy(covered.policy)).terminal).toBe(true);
  });

  it("is refused on other terms, other perils, and after run-off", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 2 });
    const batch = await anchorAt(covered, night.toMs + SAMPLE_MS);
    const evidence = evidenceOf(covered, batch, night);
    const { policies } = covered.world.contracts;
    const better = { ...covered.terms, sumInsured: 9_000_000n };
    expect(await refusal(prove(covered, night, evidence, { terms: better }), policies)).toBe("WrongTerms");
    expect(await refusal(prove(covered, night, evidence, { peril: 1 }), claims())).toBe("UnknownPeril");
    const { endsAt, runOffSeconds } = covered.terms;
    await covered.world.time.increaseTo(endsAt + runOffSeconds + 1);
    expect(await refusal(prove(covered, night, evidence), claims())).toBe("AfterRunOff");
  });

  it("needs the event inside the cover, by the second", async () => {
    const start = covered.coverFromMs - 3 * HOUR_MS;
    const night = sampleNight(covered, start, { hours: 6 });
    const batch = await anchorAt(covered, night.toMs + SAMPLE_MS);
    const whole = evidenceOf(covered, batch, night);
    expect(await refusal(prove(covered, night, whole), claims())).toBe("NotCovered");
    const rest = { fromMs: covered.coverFromMs + SAMPLE_MS, toMs: night.toMs };
    expect(await refusal(prove(covered, rest, evidenceOf(covered, batch, rest)), claims())).toBe(
      "EventMustBeginInsideCover",
    );
  });

  it("is refused when the last good reading lies before the cover", async () => {
    // The breach begins a minute after cover does; the reading before it is from a minute before.
    const startMs = covered.coverFromMs + 60_000;
    sampleAll(covered, { fromMs: startMs - 12 * SAMPLE_MS, toMs: startMs }, 6);
    sampleAll(covered, { fromMs: startMs, toMs: startMs + 2 * HOUR_MS + 1 }, 1.5);
    sampleAll(covered, { fromMs: startMs + 2 * HOUR_MS + SAMPLE_MS, toMs: startMs + 4 * HOUR_MS }, 6);
    const window = { fromMs: startMs, toMs: startMs + 2 * HOUR_MS };
    expect(await refusal(anchorAndProve(covered, window), claims())).toBe("EventMustBeginInsideCover");
  });

  it("is refused for a window that reaches the end of cover", async () => {
    const endMs = covered.terms.endsAt * 1000;
    const night = sampleNight(covered, endMs - 4 * HOUR_MS, { hours: 2 });
    expect(night.toMs).toBe(endMs);
    expect(await refusal(anchorAndProve(covered, night), claims())).toBe("NotCovered");
    const justInside = { ...night, toMs: endMs - 1 };
    expect(await refusal(anchorAndProve(covered, justInside), claims())).toBe("NoTierMet");
  });

  it("of readings anchored too late goes to the arbiter, to the second", async () => {
    const night = sampleNight(covered, covered.coverFromMs, { hours: 4 });
    const batch = await anchorAt(covered, night.toMs + HOUR * 1000 + 1000);
    await prove(covered, night, evidenceOf(covered, batch, night));
    const { state, ground } = await claims().claim(1);
    expect({ state, ground }).toEqual({ state: STATE.disputed, ground: GROUND.late });
  });
});
