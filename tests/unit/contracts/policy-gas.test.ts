import { beforeEach, describe, expect, it } from "vitest";
import { signEndorsement } from "../../../ledger/quotes.ts";
import type { Terms } from "../../../protocol/terms.ts";
import { noteGas } from "./gas-book.ts";
import { gasOf, installProbe, type Probe, pondId, probeOf } from "./probes.ts";
import { chargesTo, DAY, hypoxia, INSURER_KEY, openForBusiness, quoteOf, termsOf } from "./quotes.ts";
import { createWorld, type World } from "./world.ts";

type Sent = Promise<Parameters<typeof gasOf>[0]>;

describe("gas of policies, of capital, and of powers", () => {
  let world: World;
  let probes: Probe[];
  let startsAt: number;

  beforeEach(async () => {
    world = await createWorld();
    await openForBusiness(world);
    probes = [probeOf(world, 0), probeOf(world, 1)];
    startsAt = await world.time.latest();
  });

  const note = async (operation: string, sent: Sent) => noteGas({ operation, gas: await gasOf(await sent) });
  const as = <T extends keyof World["contracts"]>(contract: T, who: keyof World["accounts"] = "farmer") =>
    world.contracts[contract].connect(world.accounts[who]) as World["contracts"][T];
  const terms = (quoteNumber: bigint, pond: string) =>
    termsOf(world, { startsAt, probes, quoteNumber, pond: pondId(pond) });
  const bind = async (of: Terms) => {
    const { quote, signature } = await quoteOf(world, of);
    return as("policies").bind(quote, signature);
  };

  it("a policy that is paid in parts, endorsed, refunded and closed", async () => {
    await note("withdraw a quote", as("policies", "insurer").withdrawQuote(99n));
    const of = terms(1n, "pond 1");
    await bind(of);
    await note("pay a part of the premium", as("policies").payPremium(1, of, of.premium / 3n));
    await as("policies", "subsidy").payPremium(1, of, of.premium - of.premium / 3n);
    await note(
      "consent to a transfer",
      as("policies", "insurer").consentToTransfer(1, world.accounts.subsidy),
    );
    const to = {
      ...of,
      probes: termsOf(world, { startsAt, probes: [probes[0]!, probeOf(world, 5)] }).probes,
    };
    const endorsement = { policy: 1n, from: of, to, quoteNumber: 77n, expiresAt: startsAt + DAY };
    const place = { chainId: world.chainId, contracts: { Policies: world.addresses.policies } as never };
    const signature = await signEndorsement(endorsement, { key: INSURER_KEY, ...place });
    await note("endorse a policy", as("policies").endorse(1, of, to.probes, 77n, startsAt + DAY, signature));
    await world.time.increaseTo(startsAt + 10 * DAY);
    const ledger = as("batchLedger", "operator");
    await ledger.anchor(1, pondId("root"), 1, 1, pondId("manifest"));
    await note("refund an outage", as("policies").refundOutage(1, to, 0));
    await world.time.increaseTo((await as("policies").claimableUntil(1)) + 1n);
    await note("close a policy", as("policies").close(1));
    const { address } = world.accounts.subsidy;
    await note("return a part of the premium", as("policies").returnPremium(1, address));
    await note("pay a provider's fees", as("pool").payFees(world.accounts.provider));
    expect(await as("pool").locked()).toBe(0n);
  });

  it("policies that end before their time", async () => {
    const [lapsing, unpaid, covered] = [terms(1n, "pond 1"), terms(2n, "pond 2"), terms(3n, "pond 3")];
    for (const of of [lapsing, unpaid, covered]) await bind(of);
    await note("cancel before cover begins", as("policies").cancel(2));
    await as("policies").payPremium(3, covered, covered.premium);
    await world.time.increaseTo(lapsing.premiumDueAt + 1);
    await note("lapse a policy", as("policies", "stranger").lapse(1));
    await note("cancel during cover", as("policies").cancel(3));
    expect(await as("policies").state(3)).toBe(8n);
  });

  it("capital that comes and goes", async () => {
    await note("deposit capital", as("pool", "treasury").deposit(1_000_000n));
    await note("contribute capital", as("pool", "treasury").contribute(1_000_000n));
    await note("ask for redemption", as("pool", "treasury").requestRedemption(1_000_000n));
    await world.time.increase(61 * DAY);
    await note("redeem", as("pool", "treasury").redeem());
  });

  it("products, probes, pauses and bonds", async () => {
    const product = { ...(await as("products").product(1)).toObject(), approved: false };
    const charges = chargesTo(world.accounts.provider.address);
    const document = pondId("wording");
    await note(
      "publish a product",
      as("products", "insurer").publish(product, charges, [hypoxia()], document),
    );
    await note("approve a product", as("products", "governor").approve(2));
    await installProbe(world, probes[0]!, pondId("pond 1"));
    await world.time.increase(60);
    await note(
      "bind a probe to another pond",
      as("deviceRegistry", "registrar").bind(probes[0]!.streamId, pondId("pond 2"), 0),
    );
    await note("revoke a probe", as("deviceRegistry").revoke(probes[0]!.streamId, 0));
    await note("pause, first of two", as("pauses", "guardian").pause(0));
    await note("pause, second of two", as("pauses", "secondGuardian").pause(0));
    await note("resume", as("pauses", "guardian").resume(0));
    await as("token", "tokenOwner").mint(world.accounts.operator.address, 100n);
    await as("token", "operator").approve(world.addresses.operatorBond, 100n);
    await note("post a bond", as("operatorBond", "operator").post(world.accounts.operator.address, 100n));
    await note("ask for a bond", as("operatorBond", "operator").requestWithdrawal(100n));
    await world.time.increase(60 * DAY);
    await note("withdraw a bond", as("operatorBond", "operator").withdraw());
    await note(
      "name an operator",
      as("batchLedger", "governor").setOperator(world.accounts.operator.address),
    );
  });
});
