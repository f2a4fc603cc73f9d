import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressOfKey, connectLedger, type Ledger } from "../../../ledger/client.ts";
import { decodeTerms, encodeTerms, hashTerms, signerOfQuote, signQuote } from "../../../ledger/quotes.ts";
import type { Comparison, Hex, Terms } from "../../../protocol/terms.ts";
import { keyOf, startTestChain, type TestChain } from "./chain.ts";

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((it): Hex => `0x${Buffer.from(it).toString("hex")}`);
const address = hex(20).map((it): Hex => `0x${it.slice(2)}`);
const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const comparison = fc.constantFrom<Comparison>(0, 1, 2, 3);

const terms: fc.Arbitrary<Terms> = fc.record({
  product: amount,
  quoteNumber: amount,
  farmer: address,
  insurer: address,
  pond: hex(32),
  waterBody: hex(32),
  probes: fc.array(hex(32), { maxLength: 4 }),
  minSensors: uint(8),
  token: address,
  sumInsured: amount,
  aggregateLimit: amount,
  premium: amount,
  premiumDueAt: uint(40),
  startsAt: uint(40),
  waitSeconds: uint(32),
  endsAt: uint(40),
  runOffSeconds: uint(32),
  anchorWithinSeconds: uint(32),
  challengeSeconds: uint(32),
  disputeSeconds: uint(32),
  arbitrationSeconds: uint(32),
  demandSeconds: uint(32),
  allowedFlags: uint(16),
  auditSublimit: amount,
  perils: fc.array(
    fc.record({
      source: fc.constantFrom<0 | 1>(0, 1),
      metric: uint(8),
      comparison,
      tiers: fc.array(fc.record({ threshold: uint(32), minDurationMs: uint(32), payoutBps: uint(16) }), {
        maxLength: 6,
      }),
      validMin: uint(32),
      validMax: uint(32),
      maxGapMs: uint(32),
      maxMissing: uint(32),
      separationSeconds: uint(32),
      deductible: amount,
      sublimit: amount,
      second: fc.record({ present: fc.boolean(), metric: uint(8), comparison, threshold: uint(32) }),
    }),
    { maxLength: 4 },
  ),
});

let chain: TestChain;
let ledger: Ledger;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: Date.UTC(2026, 5, 1) });
  ledger = await connectLedger(chain);
});
afterAll(async () => {
  ledger.close();
  await chain.close();
});

/** Addresses come back from the ABI with a checksum in their letters. */
const lowerCase = (value: unknown) =>
  JSON.stringify(value, (_, it) => (typeof it === "bigint" ? `${it}n` : it)).toLowerCase();

describe("terms", () => {
  it("hash as the contract hashes them", async () => {
    await fc.assert(
      fc.asyncProperty(terms, async (some) => {
        expect(hashTerms(some)).toBe(await ledger.contracts.Products.hashTerms(some));
      }),
      { numRuns: 40 },
    );
  });

  it("come back from the event's bytes as they were", () => {
    fc.assert(
      fc.property(terms, (some) => {
        expect(lowerCase(decodeTerms(encodeTerms(some)))).toBe(lowerCase(some));
      }),
    );
  });
});

describe("a quote's signature", () => {
  it("names its signer, for this chain and contract only", async () => {
    const [some] = fc.sample(terms, { numRuns: 1, seed: 7 });
    const quote = { terms: some!, expiresAt: 1_900_000_000 };
    const { deployment } = chain;
    const signature = await signQuote(quote, { ...deployment, key: keyOf("insurer") });
    const insurer = addressOfKey(keyOf("insurer"));
    expect(signerOfQuote(quote, signature, deployment)).toBe(insurer);
    expect(signerOfQuote(quote, signature, { ...deployment, chainId: 1 })).not.toBe(insurer);
  });
});
