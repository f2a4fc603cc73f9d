import { type BaseContract, isAddress } from "ethers";
import { expect, it } from "vitest";
import { DEMAND_BOND, DISPUTE_BOND } from "../../../ignition/modules/Pondproof.ts";
import { GROUND } from "./claim-states.ts";
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
import { pondId, probeOf } from "./probes.ts";
import { DAY, HOUR_MS, quoteOf, termsOf } from "./quotes.ts";
import { applyEvent, emptyState, type Rebuilt } from "./rebuild.ts";
import type { World } from "./world.ts";

const SPEAKERS = ["policies", "claims", "disputes", "policyholdersFund", "pool"] as const;

async function rebuild({ ethers, contracts, addresses }: World): Promise<Rebuilt> {
  const state = emptyState();
  const speakers = new Map<string, BaseContract["interface"]>(
    SPEAKERS.map((name) => [addresses[name].toLowerCase(), contracts[name].interface]),
  );
  const logs = await ethers.provider.getLogs({ fromBlock: 0, address: SPEAKERS.map((it) => addresses[it]) });
  for (const log of logs) {
    const said = speakers.get(log.address.toLowerCase())!.parseLog(log);
    const { timestamp } = (await ethers.provider.getBlock(log.blockNumber))!;
    if (said !== null) applyEvent(state, said, BigInt(timestamp));
  }
  return state;
}

/** Compares everything that was rebuilt with what the contracts say; returns how many claims there are. */
async function expectSame({ contracts, accounts }: World, state: Rebuilt): Promise<void> {
  const { policies, claims, disputes, policyholdersFund, pool } = contracts;
  const ofPolicy = (id: bigint) => [...state.claims.values()].filter(({ policy }) => policy === id);
  const sum = (amounts: readonly bigint[]) => amounts.reduce((all, it) => all + it, 0n);
  let [locked, reserved] = [0n, 0n];
  for (const [id, { terms, ...rebuilt }] of state.policies) {
    const own = ofPolicy(id);
    const paid = sum(own.map((it) => it.paid));
    const open = sum(own.map(({ amount }) => amount)) - paid;
    const audits = own.filter(({ peril }) => peril === 255n);
    if (!rebuilt.terminal) locked += terms.aggregateLimit - paid;
    reserved += open;
    expect((await policies.policy(id)).toObject(), `policy ${id}`).toEqual({
      ...rebuilt,
      product: terms.product,
      insurer: terms.insurer,
      premiumDueAt: BigInt(terms.premiumDueAt),
      runOffSeconds: BigInt(terms.runOffSeconds),
      aggregateLimit: terms.aggregateLimit,
      premium: terms.premium,
      reserved: open,
      paid,
      auditTaken: sum(audits.map(({ amount }) => amount)),
    });
  }
  for (const [id, { settledBps: _, ...rebuilt }] of state.claims) {
    expect((await claims.claim(id)).toObject(true), `claim ${id}`).toEqual(rebuilt);
    expect((await disputes.disputeOf(id)).by, `dispute of ${id}`).toBe(state.disputes.get(id) ?? NOBODY);
    expect((await disputes.demandOf(id)).by, `demand of ${id}`).toBe(state.demands.get(id) ?? NOBODY);
  }
  for (const { address } of Object.values(accounts).filter(({ address: it }) => isAddress(it)))
    expect(await disputes.creditOf(address)).toBe(state.credits.get(address) ?? 0n);
  for (const [id, amount] of state.fund) expect((await policyholdersFund.creditOf(id)).amount).toBe(amount);
  const bonds = BigInt(state.disputes.size) * DISPUTE_BOND + BigInt(state.demands.size) * DEMAND_BOND;
  expect(await disputes.held()).toBe(bonds + sum([...state.credits.values()]));
  const { capital, unearned, owed } = state.pool;
  expect(await pool.capital()).toBe(capital);
  expect(await pool.unearned()).toBe(unearned);
  expect(await pool.owed()).toBe(owed);
  expect(await pool.locked()).toBe(locked);
  expect(await pool.reserved()).toBe(reserved);
}

const NOBODY = `0x${"00".repeat(20)}`;

it("can be rebuilt from events alone, after every chapter of a long story", { timeout: 60_000 }, async () => {
  const covered: CoveredPond = await coveredWorld();
  const { world } = covered;
  const { accounts, contracts } = world;
  const { claims, disputes, night, part, dispute, demand, rule, rawEvidence, correct, ...contest } =
    contestOf(() => covered);
  const same = async () => expectSame(world, await rebuild(world));
  await readyForDisputes(world);
  await same();

  // A second policy, of another pond, lapses; a third is cancelled before cover, and its premium goes back.
  const others = [probeOf(world, 5), probeOf(world, 6)];
  const startsAt = await world.time.latest();
  const farmer = contracts.policies.connect(accounts.farmer);
  for (const quoteNumber of [2n, 3n]) {
    const terms = termsOf(world, {
      startsAt,
      probes: others,
      quoteNumber,
      pond: pondId(`pond ${quoteNumber}`),
    });
    const { quote, signature } = await quoteOf(world, terms);
    await farmer.bind(quote, signature);
    await farmer.payPremium(quoteNumber, terms, terms.premium / quoteNumber);
  }
  await farmer.cancel(3);
  await farmer.returnPremium(3, accounts.farmer.address);
  await same();

  // A night that grows; its data is demanded, shown, and a part of it paid before the rest is disputed and upheld.
  const first = night(4);
  await anchorAndProve(covered, part(first, 2));
  await demand("insurer");
  await same();
  await correct(await rawEvidence(part(first, 2)));
  await same();
  await claims("claimsOfficer").approve(1, covered.terms, 100_000n);
  await claims().collect(1);
  const batch = await anchorAt(covered, first.toMs + SAMPLE_MS);
  await prove(covered, first, evidenceOf(covered, batch, first));
  await dispute("insurer", GROUND.cause);
  await same();
  await rule(400_000n, 400_000n);
  await same();

  // A second night, which the arbiter sets; a third one is voided, reopened and abandoned; an audit.
  const second = sampleNight(covered, first.toMs + 20 * HOUR_MS, { hours: 2 });
  await anchorAndProve(covered, second);
  await dispute("farmer", GROUND.place, 2);
  await rule(100_000n, 200_000n, { id: 2 });
  await same();
  const third = sampleNight(covered, second.toMs + 20 * HOUR_MS, { hours: 2 });
  await anchorAndProve(covered, third);
  await dispute("insurer", GROUND.numbers, 3);
  await demand("claimsOfficer", 3);
  await same();
  await contest.voidStream(covered.streams[0]!);
  await claims().reopen(3, covered.terms);
  await same();
  await disputes("farmer").openAudit(covered.policy, covered.terms, 50_000n, REASON);
  await rule(50_000n, 20_000n, { id: 4 });
  await same();
  await world.time.increase(7 * DAY + 1);
  await claims().abandon(3);
  await farmer.lapse(2);
  await same();

  // Everything is collected and withdrawn; the farmer cancels, and the policy is closed.
  for (const id of [1, 2, 4]) await claims().collect(id);
  for (const who of ["insurer", "claimsOfficer", "farmer"] as const)
    await disputes().withdraw(accounts[who].address);
  await farmer.cancel(covered.policy);
  await same();
  await contracts.policyholdersFund.take(1, covered.policy, covered.terms);
  await world.time.increaseTo((await contracts.policies.claimableUntil(covered.policy)) + 1n);
  await contracts.policies.close(covered.policy);
  await contracts.pool.payFees(accounts.provider.address);
  await same();
});
