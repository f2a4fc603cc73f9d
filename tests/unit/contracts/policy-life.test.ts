import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { signEndorsement } from "../../../ledger/quotes.ts";
import type { Terms } from "../../../protocol/terms.ts";
import { type Probe, pondId, probeOf } from "./probes.ts";
import { DAY, HOUR, hypoxia, INSURER_KEY, openForBusiness, quoteOf, termsOf } from "./quotes.ts";
import { refusal, revertOf } from "./reverts.ts";
import { createWorld, type World } from "./world.ts";

const STATE = { waiting: 2n, runOff: 4n, closed: 7n, cancelled: 8n } as const;

describe("the life of a policy", () => {
  let world: World;
  let probes: Probe[];
  let startsAt: number;
  let snapshot: { restore(): Promise<void> };

  beforeAll(async () => {
    world = await createWorld();
    await openForBusiness(world);
    probes = [probeOf(world, 0), probeOf(world, 1)];
    startsAt = await world.time.latest();
  });
  beforeEach(async () => {
    snapshot = await world.networkHelpers.takeSnapshot();
  });
  afterEach(() => snapshot.restore());

  const policies = (as: keyof World["accounts"] = "stranger") =>
    world.contracts.policies.connect(world.accounts[as]);
  const pool = (as: keyof World["accounts"] = "stranger") => world.contracts.pool.connect(world.accounts[as]);
  const balanceOf = (who: keyof World["accounts"]) =>
    world.contracts.token.balanceOf(world.accounts[who].address);
  const terms = (changes: Partial<Omit<Terms, "probes">> = {}) =>
    termsOf(world, { startsAt, probes, ...changes });
  const bind = async (of: Terms) => {
    const { quote, signature } = await quoteOf(world, of);
    return policies("farmer").bind(quote, signature);
  };
  /** Bound, and paid a third by the farmer and the rest by the subsidy. */
  const insured = async (of = terms()) => {
    await bind(of);
    await policies("farmer").payPremium(1, of, of.premium / 3n);
    await policies("subsidy").payPremium(1, of, of.premium - of.premium / 3n);
    return of;
  };
  const closeAfterRunOff = async () => {
    await world.time.increaseTo((await policies().claimableUntil(1)) + 1n);
    await policies().close(1);
  };

  describe("cancelled before cover begins", () => {
    it("gives the whole premium back to each who paid it, and is over", async () => {
      const of = await insured();
      const [farmer, subsidy] = [await balanceOf("farmer"), await balanceOf("subsidy")];
      await policies("farmer").cancel(1);
      expect(await policies().state(1)).toBe(STATE.cancelled);
      expect((await policies().policy(1)).terminal).toBe(true);
      expect(await pool().locked()).toBe(0n);
      await policies().returnPremium(1, world.accounts.subsidy.address);
      await policies().returnPremium(1, world.accounts.farmer.address);
      expect((await balanceOf("farmer")) - farmer).toBe(of.premium / 3n);
      expect((await balanceOf("subsidy")) - subsidy).toBe(of.premium - of.premium / 3n);
      expect(await pool().unearned()).toBe(0n);
      await bind(terms({ quoteNumber: 2n }));
    });

    it("is its holder's to cancel only, and once", async () => {
      await insured();
      expect(await refusal(policies("stranger").cancel(1), policies())).toBe("NotTheFarmer");
      await policies("farmer").cancel(1);
      expect(await refusal(policies("farmer").cancel(1), policies())).toBe("PolicyOver");
    });
  });

  describe("cancelled during cover", () => {
    it("runs off, gives back the season that is left less what the product keeps, and shares out to the last unit", async () => {
      const of = await insured();
      await world.time.increaseTo(startsAt + 40 * DAY);
      await policies("farmer").cancel(1);
      const { cancelRefund, endsAt, terminal, cancelled } = await policies().policy(1);
      expect({ terminal, cancelled }).toEqual({ terminal: false, cancelled: true });
      expect(endsAt).toBe(BigInt(await world.time.latest()));
      expect(cancelRefund).toBeGreaterThan(0n);
      expect(cancelRefund).toBeLessThan((of.premium * 8n) / 10n);
      expect(await policies().state(1)).toBe(STATE.cancelled);
      expect(await refusal(policies().close(1), policies())).toBe("WrongState");

      const [capital, farmer, subsidy] = [
        await pool().capital(),
        await balanceOf("farmer"),
        await balanceOf("subsidy"),
      ];
      await closeAfterRunOff();
      expect(await policies().state(1)).toBe(STATE.closed);
      for (const who of ["subsidy", "farmer"] as const) {
        await policies().returnPremium(1, world.accounts[who].address);
      }
      const refunds = (await balanceOf("farmer")) - farmer + ((await balanceOf("subsidy")) - subsidy);
      const { address: provider } = world.accounts.provider;
      const fee = await pool().feesOf(provider);
      expect(refunds).toBe(cancelRefund);
      expect(fee).toBe((of.premium - cancelRefund) / 10n);
      expect((await pool().capital()) - capital + fee + refunds).toBe(of.premium);
      await pool().payFees(provider);
      expect(await balanceOf("provider")).toBe(fee);
      expect(await pool().unearned()).toBe(0n);
    });
  });

  describe("endorsed", () => {
    const endorse = async (
      of: Terms,
      next: Probe[],
      { expiresAt = startsAt + 90 * DAY, key = INSURER_KEY, quoteNumber = 77n } = {},
    ) => {
      const to = termsOf(world, { ...of, startsAt, probes: next });
      const place = { chainId: world.chainId, contracts: { Policies: world.addresses.policies } as never };
      const endorsement = { policy: 1n, from: of, to, quoteNumber, expiresAt };
      const signature = await signEndorsement(endorsement, { key, ...place });
      return { to, sent: policies("farmer").endorse(1, of, to.probes, quoteNumber, expiresAt, signature) };
    };

    it("judges a window by the terms in force when it begins: a probe from a dying pond brings nothing along", async () => {
      const of = await insured();
      const { hashTerms } = world.contracts.products;
      await world.time.increase(2 * DAY);
      const { to, sent } = await endorse(of, [probeOf(world, 0), probeOf(world, 5)]);
      await sent;
      const nowMs = (await world.time.latest()) * 1000;
      expect(await policies().termsHashAt(1, nowMs - 1)).toBe(await hashTerms(of));
      expect(await policies().termsHashAt(1, nowMs)).toBe(await hashTerms(to));
      expect((await policies().policy(1)).termsHash).toBe(await hashTerms(to));
    });

    it("needs the insurer's signature, in time, and counts once", async () => {
      const of = await insured();
      const next = [probeOf(world, 0), probeOf(world, 5)];
      const forged = await endorse(of, next, { key: `0x${"11".repeat(32)}` });
      expect(await refusal(forged.sent, policies())).toBe("NotSignedByTheInsurer");
      const late = await endorse(of, next, { expiresAt: startsAt - 1 });
      expect(await refusal(late.sent, policies())).toBe("QuoteExpired");
      const good = await endorse(of, next);
      await good.sent;
      const again = await endorse(of, next);
      expect(await refusal(again.sent, policies())).toBe("WrongTerms");
      const back = await endorse(good.to, probes);
      expect(await refusal(back.sent, policies())).toBe("QuoteUsed");
    });

    it("is refused once it was endorsed sixteen times: what is judged later must look through them", async () => {
      let of = await insured();
      for (let i = 0; i < 16; i++) {
        const { to, sent } = await endorse(of, [probeOf(world, 0), probeOf(world, i % 2 === 0 ? 5 : 1)], {
          quoteNumber: 100n + BigInt(i),
        });
        await sent;
        of = to;
      }
      const { sent } = await endorse(of, [probeOf(world, 0), probeOf(world, 5)], { quoteNumber: 200n });
      expect(await revertOf(sent, policies())).toEqual({ name: "TooManyEndorsements", args: [1n] });
    });

    it("is refused with probes that no terms may have", async () => {
      const of = await insured();
      const { sent } = await endorse(of, [probeOf(world, 5), probeOf(world, 5)]);
      const { args } = await revertOf(sent, policies());
      expect(args).toEqual(["probes"]);
    });
  });

  describe("through an outage of the ledger", () => {
    const anchor = async (number: number) =>
      world.contracts.batchLedger
        .connect(world.accounts.operator)
        .anchor(number, pondId("root"), 1, 1, pondId("manifest"));

    it("gives the premium of that time back, once, claims or none", async () => {
      const of = await insured();
      await world.time.increaseTo(startsAt + 10 * DAY);
      await anchor(1);
      await world.time.increaseTo(startsAt + 20 * DAY);
      await anchor(2);
      await policies().refundOutage(1, of, 1);
      const { refund } = await policies().policy(1);
      expect(refund).toBeGreaterThan(0n);
      expect(await refusal(policies().refundOutage(1, of, 1), policies())).toBe("OutageCounted");
      expect(await refusal(policies().refundOutage(1, of, 2), policies())).toBe("OutageNotOver");
      const other = { ...of, anchorWithinSeconds: 0 };
      expect(await refusal(policies().refundOutage(1, other, 0), policies())).toBe("WrongTerms");
      await closeAfterRunOff();
      expect((await policies().policy(1)).refund).toBe(refund);
      expect(await refusal(policies().refundOutage(1, of, 0), policies())).toBe("PolicyOver");
    });

    it("gives all but nothing back where nothing was ever anchored, and nothing for a gap that the terms allow", async () => {
      const of = await insured();
      await world.time.increaseTo(startsAt + 10 * DAY);
      await anchor(1);
      await anchor(2);
      expect(await refusal(policies().refundOutage(1, of, 1), policies())).toBe("NoOutage");
      expect(await refusal(policies().refundOutage(1, of, 7), policies())).toBe("NoOutage");
      await world.time.increaseTo(of.endsAt);
      await policies().refundOutage(1, of, 0);
      await policies().refundOutage(1, of, 2);
      const { refund } = await policies().policy(1);
      expect(refund).toBeLessThanOrEqual(of.premium);
      expect(refund).toBeGreaterThan((of.premium * 99n) / 100n);
    });
  });

  describe("on one water body with others", () => {
    it("is bound up to the product's cap, which an ended policy frees", async () => {
      const dear = (quoteNumber: bigint) =>
        terms({
          quoteNumber,
          pond: pondId(`pond ${quoteNumber}`),
          aggregateLimit: 25_000_000n,
          perils: [hypoxia({ sublimit: 1n })],
        });
      await pool("treasury").contribute(50_000_000n);
      await bind(dear(1n));
      await bind(dear(2n));
      const { name, args } = await revertOf(bind(dear(3n)), policies());
      expect({ name, args }).toEqual({
        name: "WaterBodyFull",
        args: [pondId("lake"), 75_000_000n, 60_000_000n],
      });
      await policies("farmer").cancel(2);
      expect(await policies().exposureOf(pondId("lake"))).toBe(25_000_000n);
      await bind(dear(3n));
    });
  });

  describe("while guardians pause", () => {
    const pause = async (act: number) => {
      for (const guardian of ["guardian", "secondGuardian"] as const) {
        await world.contracts.pauses.connect(world.accounts[guardian]).pause(act);
      }
    };

    it("is not bound, but paid for, cancelled and returned", async () => {
      await bind(terms());
      await pause(0);
      expect(await refusal(bind(terms({ quoteNumber: 2n, pond: pondId("pond 2") })), policies())).toBe(
        "BindingPaused",
      );
      await policies("farmer").payPremium(1, terms(), terms().premium);
      expect(await policies().state(1)).toBe(STATE.waiting);
      await policies("farmer").cancel(1);
      await policies().returnPremium(1, world.accounts.farmer.address);
    });

    it("can be claimed on for longer by the pause over its expiry, and cover is no longer", async () => {
      const of = await insured();
      await world.time.increaseTo(of.endsAt + of.runOffSeconds - DAY);
      await pause(1);
      const pausedAt = await world.time.latest();
      const until = await policies().claimableUntil(1);
      expect(until).toBe(BigInt(of.endsAt + of.runOffSeconds + 14 * DAY));
      expect((await policies().policy(1)).endsAt).toBe(BigInt(of.endsAt));
      await world.time.increaseTo(of.endsAt + of.runOffSeconds + DAY);
      expect(await policies().state(1)).toBe(STATE.runOff);
      expect(await refusal(policies().close(1), policies())).toBe("WrongState");
      await world.contracts.pauses.connect(world.accounts.guardian).resume(1);
      const paused = (await world.time.latest()) - pausedAt;
      expect(await policies().claimableUntil(1)).toBe(BigInt(of.endsAt + of.runOffSeconds + paused));
    });
  });

  it("is not bound on terms by which a claim outlasts the pool's cooldown", async () => {
    const long = terms({ arbitrationSeconds: 60 * DAY });
    expect(await refusal(bind(long), policies())).toBe("ClaimsOutlastCooldown");
  });

  it("is refused when its premium comes after the bad night", async () => {
    const of = terms({ premiumDueAt: startsAt + HOUR });
    await bind(of);
    await world.time.increaseTo(startsAt + 9 * HOUR);
    expect(await refusal(policies("farmer").payPremium(1, of, of.premium), policies())).toBe(
      "PremiumOverdue",
    );
  });
});
