import { signQuote } from "../../../ledger/quotes.ts";
import { toHex } from "../../../protocol/bytes.ts";
import { encodeValue } from "../../../protocol/record.ts";
import {
  COMPARISON,
  NO_CONDITION,
  type Peril,
  type Quote,
  SOURCE,
  type Terms,
} from "../../../protocol/terms.ts";
import { type Probe, pondId } from "./probes.ts";
import type { World } from "./world.ts";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
export const HOUR_MS = HOUR * 1000;

/** Largemouth bass: oxygen below 2 mg/L for 2, 4, 6, 8 hours. */
export function hypoxia(overrides: Partial<Peril> = {}): Peril {
  const threshold = encodeValue(2);
  return {
    source: SOURCE.stream,
    metric: 0,
    comparison: COMPARISON.below,
    tiers: [
      { threshold, minDurationMs: 2 * HOUR_MS, payoutBps: 1000 },
      { threshold, minDurationMs: 4 * HOUR_MS, payoutBps: 4000 },
      { threshold, minDurationMs: 6 * HOUR_MS, payoutBps: 7000 },
      { threshold, minDurationMs: 8 * HOUR_MS, payoutBps: 10_000 },
    ],
    validMin: encodeValue(0),
    validMax: encodeValue(25),
    maxGapMs: 30 * 60_000,
    maxMissing: 3,
    separationSeconds: 6 * HOUR,
    deductible: 0n,
    sublimit: 1_000_000n,
    second: NO_CONDITION,
    ...overrides,
  };
}

/** Terms that can be bound on product 1, with cover from `startsAt`. */
export function termsOf(
  world: World,
  {
    startsAt,
    probes,
    ...overrides
  }: { startsAt: number; probes: readonly Probe[] } & Partial<Omit<Terms, "probes">>,
): Terms {
  return {
    product: 1n,
    quoteNumber: 1n,
    farmer: world.accounts.farmer.address as Terms["farmer"],
    insurer: world.accounts.insurer.address as Terms["insurer"],
    pond: pondId("pond 1"),
    waterBody: pondId("lake"),
    probes: probes.map(({ streamId }) => toHex(streamId)).sort(),
    minSensors: Math.min(2, probes.length),
    token: world.addresses.token,
    sumInsured: 1_000_000n,
    aggregateLimit: 1_000_000n,
    premium: 60_000n,
    premiumDueAt: startsAt + DAY,
    startsAt,
    waitSeconds: HOUR,
    endsAt: startsAt + 120 * DAY,
    runOffSeconds: 14 * DAY,
    anchorWithinSeconds: HOUR,
    challengeSeconds: DAY,
    disputeSeconds: DAY,
    arbitrationSeconds: 7 * DAY,
    demandSeconds: DAY,
    allowedFlags: 0b1_0001,
    auditSublimit: 100_000n,
    perils: [hypoxia()],
    ...overrides,
  };
}

/** Hardhat's well-known development mnemonic gives the insurer this key (account 3). */
export const INSURER_KEY = "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6";

export async function quoteOf(world: World, terms: Terms, expiresAt = terms.startsAt + DAY) {
  const quote: Quote = { terms, expiresAt };
  const place = { chainId: world.chainId, contracts: { Policies: world.addresses.policies } as never };
  return { quote, signature: await signQuote(quote, { key: INSURER_KEY, ...place }) };
}

/** A tenth for the provider, four fifths of the season left for who cancels; July and August weigh most. */
export const chargesTo = (provider: string) => ({
  provider,
  providerFeeBps: 1_000,
  cancelRefundBps: 8_000,
  seasonWeights: [1, 1, 2, 4, 8, 16, 24, 24, 12, 4, 2, 1],
});

/** Publishes and approves product 1 and funds the pool. */
export async function openForBusiness(world: World, perils: Peril[] = [hypoxia()]): Promise<void> {
  const { accounts, contracts, addresses } = world;
  const { products, pool, token } = contracts;
  const document = pondId("wording");
  const product = {
    insurer: accounts.insurer.address,
    token: addresses.token,
    scheduleHash: document,
    maxSumInsured: 10_000_000n,
    maxPerWaterBody: 60_000_000n,
    approvalLimit: 500_000n,
    maxTermSeconds: 200 * DAY,
    minChallengeSeconds: HOUR,
    maxChallengeSeconds: 3 * DAY,
    shortestStepSeconds: 0,
    approved: false,
  };
  const charges = chargesTo(accounts.provider.address);
  await products.connect(accounts.insurer).publish(product, charges, perils, document);
  await products.connect(accounts.governor).approve(1);
  for (const [who, amount] of [
    [accounts.treasury, 100_000_000n],
    [accounts.farmer, 10_000_000n],
    [accounts.subsidy, 10_000_000n],
  ] as const) {
    await token.connect(accounts.tokenOwner).mint(who.address, amount);
    await token.connect(who).approve(addresses.pool, amount);
  }
  await pool.connect(accounts.treasury).deposit(50_000_000n);
}
