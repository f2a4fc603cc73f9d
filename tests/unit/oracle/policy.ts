import type { Account } from "../../../ledger/account.ts";
import { streamOfKey } from "../../../ledger/devices.ts";
import { readEvents } from "../../../ledger/events.ts";
import { signQuote } from "../../../ledger/quotes.ts";
import { encodeValue, FLAG } from "../../../protocol/record.ts";
import {
  COMPARISON,
  type Hex,
  NO_CONDITION,
  type Peril,
  SOURCE,
  type Terms,
} from "../../../protocol/terms.ts";
import type { TestKey } from "../../factories.ts";
import { type Holder, keyOf, type TestChain } from "../ledger/chain.ts";
import { POND } from "./world.ts";

export const HOUR_MS = 3_600_000;
const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** Oxygen below 2 mg/L: 2 h pay 10 %, 4 h 40 %, 6 h 70 %, 8 h all. */
export const HYPOXIA: Peril = {
  source: SOURCE.stream,
  metric: 0,
  comparison: COMPARISON.below,
  tiers: [
    [2, 1_000],
    [4, 4_000],
    [6, 7_000],
    [8, 10_000],
  ].map(([hours, payoutBps]) => ({
    threshold: encodeValue(2),
    minDurationMs: hours! * HOUR_MS,
    payoutBps: payoutBps!,
  })),
  validMin: encodeValue(0),
  validMax: encodeValue(25),
  maxGapMs: 30 * 60_000,
  maxMissing: 3,
  separationSeconds: 6 * HOUR_S,
  deductible: 5_000n,
  sublimit: 900_000n,
  second: NO_CONDITION,
};

/** Sends what a holder's account is given, in order, and waits for each. */
async function act(
  chain: TestChain,
  holder: Holder,
  build: (ledger: Awaited<ReturnType<TestChain["connect"]>>) => Promise<Parameters<Account["submit"]>[0]>[],
): Promise<void> {
  const ledger = await chain.connect(holder);
  for (const transaction of build(ledger))
    await ledger.account.submit(await transaction, new AbortController().signal);
  ledger.close();
}

/** A product, a filled pool, and a policy on the pond's probes that is bound and paid; returns its terms and number. */
export async function insurePond(
  chain: TestChain,
  {
    keys,
    startsAtMs,
    perils = [HYPOXIA],
    feeds = [],
  }: { keys: readonly TestKey[]; startsAtMs: number; perils?: Peril[]; feeds?: Hex[] },
): Promise<{ policy: bigint; terms: Terms; coverFromMs: number }> {
  const { deployment } = chain;
  const { Token, Pool } = deployment.contracts;
  const insurer = await chain.connect("insurer");
  const farmer = await chain.connect("farmer");
  const startsAt = startsAtMs / 1000;
  const terms: Terms = {
    product: 1n,
    quoteNumber: 1n,
    farmer: farmer.account.address,
    insurer: insurer.account.address,
    pond: POND,
    waterBody: POND,
    probes: [...keys.map(({ publicKey }) => streamOfKey(deployment, publicKey)), ...feeds].sort(),
    minSensors: 2,
    token: Token,
    sumInsured: 1_000_000n,
    aggregateLimit: 1_000_000n,
    premium: 60_000n,
    premiumDueAt: startsAt + DAY_S,
    startsAt,
    waitSeconds: HOUR_S,
    endsAt: startsAt + 30 * DAY_S,
    runOffSeconds: 14 * DAY_S,
    anchorWithinSeconds: HOUR_S,
    challengeSeconds: DAY_S,
    disputeSeconds: DAY_S,
    arbitrationSeconds: DAY_S,
    demandSeconds: DAY_S,
    allowedFlags: FLAG.simulated,
    auditSublimit: 0n,
    perils,
  };
  const product = {
    insurer: terms.insurer,
    token: Token,
    scheduleHash: POND,
    maxSumInsured: terms.sumInsured,
    maxPerWaterBody: terms.aggregateLimit,
    approvalLimit: 100_000n,
    maxTermSeconds: 366 * DAY_S,
    minChallengeSeconds: HOUR_S,
    maxChallengeSeconds: 7 * DAY_S,
    shortestStepSeconds: 0,
    approved: false,
  };
  const charges = {
    provider: terms.insurer,
    providerFeeBps: 0,
    cancelRefundBps: 0,
    seasonWeights: Array<number>(12).fill(1),
  };
  const quote = { terms, expiresAt: terms.premiumDueAt };
  const signature = await signQuote(quote, { ...deployment, key: keyOf("insurer") });
  await act(chain, "insurer", ({ contracts }) => [
    contracts.Products.publish.populateTransaction(product, charges, terms.perils, POND),
  ]);
  await act(chain, "governor", ({ contracts }) => [contracts.Products.approve.populateTransaction(1n)]);
  const treasury = await chain.connect("treasury");
  await act(chain, "tokenOwner", ({ contracts }) => [
    contracts.Token.mint.populateTransaction(treasury.account.address, terms.aggregateLimit),
    contracts.Token.mint.populateTransaction(terms.farmer, terms.premium),
  ]);
  await act(chain, "treasury", ({ contracts }) => [
    contracts.Token.approve.populateTransaction(Pool, terms.aggregateLimit),
    contracts.Pool.deposit.populateTransaction(terms.aggregateLimit),
  ]);
  await act(chain, "farmer", ({ contracts }) => [
    contracts.Policies.bind.populateTransaction(quote, signature),
    contracts.Token.approve.populateTransaction(Pool, terms.premium),
  ]);
  const [bound] = await readEvents({ ledger: insurer, kinds: ["PolicyBound"] });
  await act(chain, "farmer", ({ contracts }) => [
    contracts.Policies.payPremium.populateTransaction(bound!.policy, terms, terms.premium),
  ]);
  const [cover] = await readEvents({ ledger: insurer, kinds: ["CoverStarts"] });
  for (const ledger of [insurer, farmer, treasury]) ledger.close();
  return { policy: bound!.policy, terms, coverFromMs: 1000 * cover!.from };
}
