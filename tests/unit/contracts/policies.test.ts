import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodeTerms, hashTerms, quoteTypedData, signQuote } from "../../../ledger/quotes.ts";
import type { Peril, Terms } from "../../../protocol/terms.ts";
import { type Probe, pondId, probeOf } from "./probes.ts";
import { chargesTo, DAY, HOUR, hypoxia, INSURER_KEY, openForBusiness, quoteOf, termsOf } from "./quotes.ts";
import { refusal, revertOf } from "./reverts.ts";
import { createWorld, type World } from "./world.ts";

const STATE = { bound: 1n, waiting: 2n, active: 3n, runOff: 4n, ended: 5n, lapsed: 6n, closed: 7n } as const;

describe("a policy", () => {
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

  const policies = () => world.contracts.policies;
  const terms = (changes: Partial<Omit<Terms, "probes">> = {}) =>
    termsOf(world, { startsAt, probes, ...changes });
  const bind = async (of: Terms, as = world.accounts.farmer) => {
    const { quote, signature } = await quoteOf(world, of);
    return policies().connect(as).bind(quote, signature);
  };
  const pay = (policy: number, of: Terms, amount: bigint, as = world.accounts.farmer) =>
    policies().connect(as).payPremium(policy, of, amount);
  const stateOf = async (policy: number) => policies().state(policy);

  describe("when it is bound", () => {
    it("locks its aggregate limit and is the farmer's", async () => {
      const of = terms();
      await bind(of);
      expect(await world.contracts.pool.locked()).toBe(of.aggregateLimit);
      expect(await policies().ownerOf(1)).toBe(world.accounts.farmer.address);
      expect(await stateOf(1)).toBe(STATE.bound);
      expect(await policies().coverOf(of.pond, 0)).toBe(1n);
      expect(await policies().isQuoteUsed(of.insurer, of.quoteNumber)).toBe(true);
    });

    it("keeps the hash that the typed data of the quote has, and says the terms in an event", async () => {
      const of = terms({ perils: [hypoxia({ deductible: 5n })] });
      await bind(of);
      expect((await policies().policy(1)).termsHash).toBe(hashTerms(of));
      expect(await world.contracts.products.hashTerms(of)).toBe(hashTerms(of));
      const [event] = await policies().queryFilter("PolicyTerms");
      const { args } = policies().interface.parseLog(event!)!;
      expect(hashTerms(decodeTerms(args.terms))).toBe(hashTerms(of));
    });

    it("is bound by the farmer only, once, and in time", async () => {
      const of = terms();
      expect(await refusal(bind(of, world.accounts.stranger), policies())).toBe("NotTheFarmer");
      await bind(of);
      const again = terms({ pond: pondId("another pond") });
      expect(await refusal(bind(again), policies())).toBe("QuoteUsed");
      const { quote, signature } = await quoteOf(world, terms({ quoteNumber: 2n }), startsAt + 60);
      await world.time.increaseTo(startsAt + 61);
      expect(
        await refusal(policies().connect(world.accounts.farmer).bind(quote, signature), policies()),
      ).toBe("QuoteExpired");
    });

    it("is not bound on a quote that was withdrawn", async () => {
      await policies().connect(world.accounts.insurer).withdrawQuote(1);
      expect(await refusal(bind(terms()), policies())).toBe("QuoteUsed");
      await policies().connect(world.accounts.stranger).withdrawQuote(2);
      await bind(terms({ quoteNumber: 2n }));
    });

    it("is not bound on what the insurer signed for another chain or contract, or not at all", async () => {
      const of = terms();
      const quote = { terms: of, expiresAt: startsAt + DAY };
      const signed = (chainId: number, policiesAt: string, key = INSURER_KEY) =>
        signQuote(quote, { key, chainId, contracts: { Policies: policiesAt } as never });
      const own = world.addresses.policies;
      for (const signature of [
        await signed(1, own),
        await signed(world.chainId, world.addresses.claims),
        await signed(world.chainId, own, `0x${"11".repeat(32)}`),
        "0x",
      ]) {
        const binding = policies().connect(world.accounts.farmer).bind(quote, signature);
        expect(await refusal(binding, policies())).toBe("NotSignedByTheInsurer");
      }
    });

    it("needs an insurer who may underwrite, at that moment", async () => {
      const { accessManager } = world.contracts;
      await accessManager.connect(world.accounts.governor).revokeRole(2, world.accounts.insurer.address);
      expect(await refusal(bind(terms()), policies())).toBe("NotAnUnderwriter");
    });

    it("needs a product that the governor has approved", async () => {
      const { products } = world.contracts;
      const same = (await products.product(1)).toObject();
      await products
        .connect(world.accounts.insurer)
        .publish(same, chargesTo(world.accounts.provider.address), [hypoxia()], pondId("doc"));
      expect(await refusal(bind(terms({ product: 2n })), policies())).toBe("ProductNotApproved");
    });

    it("needs free capital for all that it may pay", async () => {
      const dear = terms({ aggregateLimit: 50_000_001n, perils: [hypoxia({ sublimit: 1n })] });
      expect(await refusal(bind(dear), world.contracts.pool)).toBe("Insolvent");
    });

    const peril = (changes: Partial<Peril>): Partial<Omit<Terms, "probes">> => ({
      perils: [hypoxia(changes)],
    });
    const stranger = "0x00000000000000000000000000000000000000ee";
    const bad: [field: string, words: string, changes: () => Partial<Omit<Terms, "probes">>][] = [
      ["token", "a token the pool does not hold", () => ({ token: stranger })],
      ["pond", "no pond", () => ({ pond: `0x${"00".repeat(32)}` })],
      ["minSensors", "no sensors", () => ({ minSensors: 0 })],
      ["minSensors", "more sensors than probes", () => ({ minSensors: 3 })],
      ["sumInsured", "nothing insured", () => ({ sumInsured: 0n })],
      ["sumInsured", "more insured than the product allows", () => ({ sumInsured: 10_000_001n })],
      ["aggregateLimit", "no limit", () => ({ aggregateLimit: 0n })],
      ["aggregateLimit", "a limit that no word holds", () => ({ aggregateLimit: 2n ** 96n })],
      ["premium", "no premium", () => ({ premium: 0n })],
      ["auditSublimit", "an audit sublimit above the limit", () => ({ auditSublimit: 1_000_001n })],
      ["startsAt", "no cover after waiting", () => ({ waitSeconds: 120 * DAY })],
      ["endsAt", "a longer term than the product's", () => ({ endsAt: startsAt + 200 * DAY + 1 })],
      ["premiumDueAt", "a premium due in the past", () => ({ premiumDueAt: startsAt - 1 })],
      [
        "premiumDueAt",
        "a premium due when cover ends",
        () => ({ premiumDueAt: startsAt + 120 * DAY - HOUR }),
      ],
      ["runOffSeconds", "a run-off too short to anchor in", () => ({ runOffSeconds: HOUR })],
      ["challengeSeconds", "too short a time for challenges", () => ({ challengeSeconds: HOUR - 1 })],
      ["challengeSeconds", "too long a time for challenges", () => ({ challengeSeconds: 3 * DAY + 1 })],
      ["allowedFlags", "flags that records do not have", () => ({ allowedFlags: 0x20 })],
      ["perils", "another schedule than the product's", () => peril({ maxMissing: 100 })],
      ["anchorWithinSeconds", "no time to anchor", () => ({ anchorWithinSeconds: 0 })],
      ["anchorWithinSeconds", "time to wait for the next tier", () => ({ anchorWithinSeconds: 2 * HOUR })],
      ["deductible", "a deductible that takes everything", () => peril({ deductible: 1_000_000n })],
      ["sublimit", "no sublimit", () => peril({ sublimit: 0n })],
      ["sublimit", "a sublimit above the limit", () => peril({ sublimit: 1_000_001n })],
    ];
    for (const [field, words, changes] of bad) {
      it(`is refused for ${words}`, async () => {
        const { name, args } = await revertOf(bind(terms(changes())), policies());
        expect({ name, args }).toEqual({ name: "BadTerms", args: [field] });
      });
    }

    it("is refused for probes twice, out of order, none or too many", async () => {
      const [a, b] = terms().probes as [never, never];
      for (const list of [[a, a], [b, a], [], Array.from({ length: 17 }, (_, i) => pondId(`${i}`)).sort()]) {
        const { args } = await revertOf(bind({ ...terms({ minSensors: 1 }), probes: list }), policies());
        expect(args).toEqual(["probes"]);
      }
    });

    it("is refused for an insurer who is not the product's", async () => {
      const { accessManager } = world.contracts;
      const { accounts } = world;
      await accessManager.connect(accounts.governor).grantRole(2, accounts.stranger.address, 0);
      const quote = {
        terms: terms({ insurer: accounts.stranger.address as Terms["insurer"] }),
        expiresAt: startsAt + DAY,
      };
      const place = { chainId: world.chainId, contracts: { Policies: world.addresses.policies } as never };
      const { domain, types, message } = quoteTypedData(quote, place);
      const signature = await accounts.stranger.signTypedData(domain, types, message);
      const { args } = await revertOf(policies().connect(accounts.farmer).bind(quote, signature), policies());
      expect(args).toEqual(["insurer"]);
    });
  });

  describe("when its premium is paid", () => {
    it("takes parts from several payers, and cover begins after the wait", async () => {
      const of = terms();
      await bind(of);
      await pay(1, of, 20_000n);
      expect(await stateOf(1)).toBe(STATE.bound);
      await pay(1, of, 40_000n, world.accounts.subsidy);
      const { coverFrom } = await policies().policy(1);
      expect(coverFrom).toBe(BigInt((await world.time.latest()) + of.waitSeconds));
      expect(await stateOf(1)).toBe(STATE.waiting);
      expect(await world.contracts.pool.unearned()).toBe(of.premium);
      await world.time.increaseTo(coverFrom);
      expect(await stateOf(1)).toBe(STATE.active);
      await world.time.increaseTo(of.endsAt);
      expect(await stateOf(1)).toBe(STATE.runOff);
      await world.time.increaseTo(of.endsAt + of.runOffSeconds);
      expect(await stateOf(1)).toBe(STATE.runOff);
      await world.time.increase(1);
      expect(await stateOf(1)).toBe(STATE.ended);
    });

    it("begins at its start where the premium came before", async () => {
      const of = terms({ startsAt: startsAt + 10 * DAY, premiumDueAt: startsAt + DAY });
      await bind(of);
      await pay(1, of, of.premium);
      expect((await policies().policy(1)).coverFrom).toBe(BigInt(of.startsAt + of.waitSeconds));
    });

    it("takes no more than is due, on no other terms, and nothing late", async () => {
      const of = terms();
      await bind(of);
      expect(await refusal(pay(1, of, of.premium + 1n), policies())).toBe("TooMuchPremium");
      expect(await refusal(pay(1, { ...of, waitSeconds: 0 }, of.premium), policies())).toBe("WrongTerms");
      await world.time.increaseTo(of.premiumDueAt + 1);
      expect(await refusal(pay(1, of, of.premium), policies())).toBe("PremiumOverdue");
    });

    it("takes nothing twice", async () => {
      const of = terms();
      await bind(of);
      await pay(1, of, of.premium);
      expect(await refusal(pay(1, of, 0n), policies())).toBe("WrongState");
    });
  });

  describe("when its premium is not complete in time", () => {
    it("lapses by anybody's call, frees the capital and returns every part to who paid it", async () => {
      const of = terms();
      await bind(of);
      await pay(1, of, 20_000n);
      await pay(1, of, 30_000n, world.accounts.subsidy);
      expect(await refusal(policies().lapse(1), policies())).toBe("PremiumStillDue");
      await world.time.increaseTo(of.premiumDueAt + 1);
      expect(await refusal(policies().returnPremium(1, world.accounts.farmer.address), policies())).toBe(
        "WrongState",
      );
      await policies().connect(world.accounts.stranger).lapse(1);
      expect(await stateOf(1)).toBe(STATE.lapsed);
      expect(await world.contracts.pool.locked()).toBe(0n);
      for (const [who, part] of [
        [world.accounts.farmer, 20_000n],
        [world.accounts.subsidy, 30_000n],
      ] as const) {
        const before = await world.contracts.token.balanceOf(who.address);
        await policies().connect(world.accounts.stranger).returnPremium(1, who.address);
        expect((await world.contracts.token.balanceOf(who.address)) - before).toBe(part);
        expect(await refusal(policies().returnPremium(1, who.address), policies())).toBe("NothingToReturn");
      }
      expect(await world.contracts.pool.unearned()).toBe(0n);
      expect(await refusal(policies().lapse(1), policies())).toBe("WrongState");
    });
  });

  describe("beside another of the same pond", () => {
    const second = () => terms({ quoteNumber: 2n, startsAt: startsAt + 1 });

    it("is refused while the first covers it", async () => {
      await bind(terms());
      const { name, args } = await revertOf(bind(second()), policies());
      expect({ name, args }).toEqual({ name: "AlreadyCovered", args: [terms().pond, 0n, 1n] });
    });

    it("is bound once the first has ended", async () => {
      const of = terms();
      await bind(of);
      await pay(1, of, of.premium);
      await world.time.increaseTo(of.endsAt);
      await bind(termsOf(world, { startsAt: of.endsAt, probes, quoteNumber: 2n }));
      expect(await policies().coverOf(of.pond, 0)).toBe(2n);
    });

    it("is bound once the first can no longer be paid for, lapsed or not", async () => {
      const of = terms();
      await bind(of);
      await world.time.increaseTo(of.premiumDueAt + 1);
      await bind(termsOf(world, { startsAt: of.premiumDueAt + 2, probes, quoteNumber: 2n }));
      await policies().lapse(1);
      expect(await stateOf(1)).toBe(STATE.lapsed);
    });
  });

  it("moves only once for each consent of the insurer", async () => {
    await bind(terms());
    const { farmer, subsidy, insurer, stranger } = world.accounts;
    const consent = (as: typeof farmer) => policies().connect(as).consentToTransfer(1, subsidy.address);
    const move = (from: typeof farmer, to: typeof farmer) =>
      policies().connect(from).transferFrom(from.address, to.address, 1);
    expect(await refusal(consent(farmer), policies())).toBe("NotTheInsurer");
    await consent(insurer);
    expect(await refusal(move(farmer, stranger), policies())).toBe("TransferNeedsConsent");
    await move(farmer, subsidy);
    expect(await refusal(move(subsidy, farmer), policies())).toBe("TransferNeedsConsent");
  });

  it("obeys the claims contract only, and that one is named for ever", async () => {
    const { governor, stranger } = world.accounts;
    expect(await refusal(policies().connect(stranger).pay(1, 1, stranger.address), policies())).toBe(
      "OnlyClaims",
    );
    expect(await refusal(policies().connect(governor).reserve(1, 1), policies())).toBe("OnlyClaims");
    const another = stranger.address;
    expect(await refusal(policies().connect(governor).setClaims(another), policies())).toBe(
      "ClaimsAlreadySet",
    );
    expect(await refusal(policies().connect(stranger).setClaims(another), policies())).toBe(
      "AccessManagedUnauthorized",
    );
    const { pool } = world.contracts;
    expect(await refusal(pool.connect(governor).setPolicies(another), pool)).toBe("PoliciesAlreadySet");
    expect(await refusal(pool.connect(stranger).pay(another, 1), pool)).toBe("OnlyPolicies");
  });
});
