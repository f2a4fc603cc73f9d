import type { Signer } from "../firmware-sim/key.ts";
import { BOND } from "../ignition/modules/Pondproof.ts";
import { type Account, createAccount } from "../ledger/account.ts";
import { postBondTransactions } from "../ledger/bond.ts";
import type { Ledger } from "../ledger/client.ts";
import { bindTransaction, registerTransaction, streamOfKey } from "../ledger/devices.ts";
import { readEvents } from "../ledger/events.ts";
import { signQuote } from "../ledger/quotes.ts";
import { toHex } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/hash.ts";
import { registrationBytes, registrationPayload } from "../protocol/signature.ts";
import type { Hex, Terms } from "../protocol/terms.ts";
import { ACTORS, type Actor, actorKey, SUB_ROLE_OF } from "./keys.ts";
import { type DataKind, oxygenPeril, pondTerms, productCharges, WAIT_SECONDS } from "./policy.ts";
import { defineWeatherFeeds, weatherPerils } from "./weather-product.ts";
import { basisRiskNotice } from "./wording.ts";

const DAY_S = 86_400;
/** contracts/access/Roles.sol. */
const AUDITOR = 8;

/** A pond to be insured; `pondId` is its salted, opaque id on the ledger. */
export type EnrolledPond = {
  pondId: Hex;
  waterBody: Hex;
  areaMu: number;
  farmer: Actor;
  data: DataKind;
  probes: Signer[];
};

/**
 * Brings a fresh deployment to where the demo begins: the operator's bond posted, probes registered and bound, a product
 * and one of weather published and approved, the pool filled, and for every pond a quote signed, bound and paid, waiting period still to run.
 */
export async function enroll({
  ledger,
  secret,
  ponds,
  signal,
}: {
  ledger: Ledger;
  secret: Uint8Array;
  ponds: readonly EnrolledPond[];
  signal: AbortSignal;
}): Promise<void> {
  const { contracts, deployment } = ledger;
  // One account object a key, since each counts its own transactions.
  const accounts = new Map(
    ACTORS.map((actor) => [
      actor,
      createAccount({ ledger, key: actorKey(secret, actor), subRole: SUB_ROLE_OF[actor] }),
    ]),
  );
  const account = (actor: Actor) => accounts.get(actor)!;
  const insurer = account("insurer");

  await postBond({ ledger, account, signal });
  await registerProbes({ ledger, account, ponds, signal });
  await appointPeople({ ledger, account, ponds, signal });

  const perils = ponds.slice(0, 1).map(({ data }) => oxygenPeril(data, 0n));
  const mu = Math.max(...ponds.map(({ areaMu }) => areaMu));
  const offer = {
    insurer: insurer.address,
    token: deployment.contracts.Token,
    scheduleHash: toHex(new Uint8Array(32)),
    maxSumInsured: BigInt(mu) * 1_000_000n,
    maxPerWaterBody: BigInt(mu) * 10_000_000n,
    approvalLimit: 10_000_000n,
    maxTermSeconds: 366 * DAY_S,
    minChallengeSeconds: DAY_S / 4,
    maxChallengeSeconds: 7 * DAY_S,
    shortestStepSeconds: 0,
    approved: false,
  };
  const charges = productCharges(account("provider").address);
  const document = toHex(sha256(new TextEncoder().encode(basisRiskNotice.en)));
  await insurer.submit(
    await contracts.Products.publish.populateTransaction(offer, charges, perils, document),
    signal,
  );
  await account("governor").submit(await contracts.Products.approve.populateTransaction(1n), signal);
  await defineWeatherFeeds(ledger, { governor: account("governor"), signal });
  await insurer.submit(
    await contracts.Products.publish.populateTransaction(offer, charges, weatherPerils(), document),
    signal,
  );
  await account("governor").submit(await contracts.Products.approve.populateTransaction(2n), signal);
  const { timestamp } = await ledger.head();
  const frame = {
    product: 1n,
    insurer: insurer.address,
    token: deployment.contracts.Token,
    startsAt: timestamp,
  };
  const allTerms = ponds.map((pond, i) =>
    pondTerms(
      {
        quoteNumber: BigInt(i + 1),
        areaMu: pond.areaMu,
        farmer: account(pond.farmer).address,
        pond: pond.pondId,
        waterBody: pond.waterBody,
        probes: pond.probes.map(({ publicKey }) => streamOfKey(deployment, publicKey)),
        data: pond.data,
      },
      frame,
    ),
  );
  await fillPool({
    ledger,
    treasury: account("treasury"),
    capital: allTerms.reduce((sum, { aggregateLimit }) => sum + aggregateLimit, 0n),
    signal,
  });
  for (const [i, terms] of allTerms.entries()) {
    const parties = { farmer: account(ponds[i]!.farmer), donor: account("treasury") };
    await insure({ ledger, terms, insurerKey: actorKey(secret, "insurer"), ...parties, signal });
  }
}

/** When cover that is bound now begins. */
export const coverDelayMs = 1000 * WAIT_SECONDS;

/** The demo's token costs nothing, so the treasury hands the operator what he puts up. */
async function postBond({
  ledger,
  account,
  signal,
}: {
  ledger: Ledger;
  account: (actor: Actor) => Account;
  signal: AbortSignal;
}): Promise<void> {
  const operator = account("operator");
  const amount = 2n * BOND.minimum;
  const mint = await ledger.contracts.Token.mint.populateTransaction(operator.address, amount);
  await account("treasury").submit(mint, signal);
  for (const transaction of await postBondTransactions(ledger, { operator: operator.address, amount }))
    await operator.submit(transaction, signal);
}

async function registerProbes({
  ledger,
  account,
  ponds,
  signal,
}: {
  ledger: Ledger;
  account: (actor: Actor) => Account;
  ponds: readonly EnrolledPond[];
  signal: AbortSignal;
}): Promise<void> {
  const { deployment } = ledger;
  const registrar = account("registrar");
  const probes = ponds.flatMap((pond) => pond.probes.map((signer) => ({ signer, pond })));
  for (const { signer, pond } of probes) {
    const { publicKey } = signer;
    const owner = account(pond.farmer).address;
    const payload = registrationPayload({
      chainId: deployment.chainId,
      registry: deployment.contracts.DeviceRegistry,
      owner,
    });
    const signature = await signer.sign(registrationBytes(payload));
    await registrar.submit(await registerTransaction(ledger, { publicKey, owner, signature }), signal);
  }
  const { timestamp } = await ledger.head();
  for (const { signer, pond } of probes) {
    // A minute ahead: a binding takes effect no earlier than the block that makes it.
    const binding = {
      streamId: streamOfKey(deployment, signer.publicKey),
      pond: pond.pondId,
      fromMs: 1000 * (timestamp + 60),
    };
    await registrar.submit(await bindTransaction(ledger, binding), signal);
  }
}

/** Says whose ponds these are, who audits, and that the insurer's officer reads for the insurer. */
async function appointPeople({
  ledger: { contracts },
  account,
  ponds,
  signal,
}: {
  ledger: Ledger;
  account: (actor: Actor) => Account;
  ponds: readonly EnrolledPond[];
  signal: AbortSignal;
}): Promise<void> {
  const { AccessManager, ConsentRegistry } = contracts;
  for (const { pondId, farmer } of ponds) {
    const enrolling = ConsentRegistry.enroll.populateTransaction(pondId, account(farmer).address);
    await account("registrar").submit(await enrolling, signal);
  }
  const auditing = AccessManager.grantRole.populateTransaction(AUDITOR, account("auditor").address, 0);
  await account("governor").submit(await auditing, signal);
  const reading = ConsentRegistry.appoint.populateTransaction(account("officer").address);
  await account("insurer").submit(await reading, signal);
}

async function fillPool({
  ledger,
  treasury,
  capital,
  signal,
}: {
  ledger: Ledger;
  treasury: Account;
  capital: bigint;
  signal: AbortSignal;
}): Promise<void> {
  const {
    deployment,
    contracts: { Pool, Token },
  } = ledger;
  await treasury.submit(await Token.mint.populateTransaction(treasury.address, 2n * capital), signal);
  await treasury.submit(await Token.approve.populateTransaction(deployment.contracts.Pool, capital), signal);
  await treasury.submit(await Pool.deposit.populateTransaction(capital), signal);
}

/** A quote signed, bound and paid; the demo's farmers have no money of their own, so a donor hands them the premium. */
async function insure({
  ledger,
  terms,
  insurerKey,
  farmer,
  donor,
  signal,
}: {
  ledger: Ledger;
  terms: Terms;
  insurerKey: string;
  farmer: Account;
  donor: Account;
  signal: AbortSignal;
}): Promise<void> {
  const { contracts, deployment } = ledger;
  const { Policies, Token } = contracts;
  const quote = { terms, expiresAt: terms.premiumDueAt };
  const signature = await signQuote(quote, { key: insurerKey, ...deployment });
  const { blockNumber } = await farmer.submit(
    await Policies.bind.populateTransaction(quote, signature),
    signal,
  );
  const [bound] = await readEvents({ ledger, kinds: ["PolicyBound"], fromBlock: blockNumber });
  await donor.submit(await Token.transfer.populateTransaction(farmer.address, terms.premium), signal);
  await farmer.submit(
    await Token.approve.populateTransaction(deployment.contracts.Pool, terms.premium),
    signal,
  );
  await farmer.submit(
    await Policies.payPremium.populateTransaction(bound!.policy, terms, terms.premium),
    signal,
  );
}
