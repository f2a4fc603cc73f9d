import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectLedger, type Ledger } from "../../../../ledger/client.ts";
import type { EventView } from "../../../../portal/api-books.ts";
import { createLedgerBooks } from "../../../../portal/server/ledger-books.ts";
import { createLedgerView } from "../../../../portal/server/ledger-from-client.ts";
import type { LedgerView } from "../../../../portal/server/ledger-view.ts";
import { createChainReader } from "../../../../portal/web/chain.ts";
import { equalBytes, fromHex, toHex } from "../../../../protocol/bytes.ts";
import {
  anchorAndProve,
  type CoveredPond,
  coveredWorld,
  type Span,
  sampleNight,
} from "../../contracts/covered-pond.ts";
import { serveChain } from "../../contracts/served-chain.ts";

const { signal } = new AbortController();

describe("the portal's view of a real ledger", () => {
  let covered: CoveredPond;
  let chain: Awaited<ReturnType<typeof serveChain>>;
  let ledger: Ledger;
  let view: LedgerView;
  let night: Span;

  beforeAll(async () => {
    covered = await coveredWorld();
    chain = await serveChain(covered.world);
    ledger = await connectLedger({ deployment: chain.deployment });
    view = createLedgerView({ ledger });
    await covered.world.time.setNextBlockTimestamp(covered.coverFromMs / 1000);
    night = sampleNight(covered, covered.coverFromMs, { hours: 4 });
    await anchorAndProve(covered, night);
  });
  afterAll(async () => {
    ledger?.close();
    await chain?.close();
  });

  it("knows a policy with the terms that were bound", async () => {
    const [policy] = await view.policies({ signal });
    expect(policy).toMatchObject({
      id: BigInt(covered.policy),
      state: "active",
      coverFromMs: covered.coverFromMs,
      premiumPaid: covered.terms.premium,
      paid: 0n,
    });
    expect(policy!.terms.probes).toEqual(covered.terms.probes);
    expect(policy!.terms.perils).toEqual(covered.terms.perils);
  });

  it("knows a batch with the transaction that anchored it", async () => {
    const [batch] = await view.batches({ limit: 5, signal });
    expect(batch).toMatchObject({ number: 1, streamCount: covered.streams.length });
    expect(batch!.transaction.timeMs).toBeGreaterThan(night.toMs);
  });

  it("knows a claim, and what the contract was shown", async () => {
    const [claim] = await view.claims({ signal });
    expect(claim).toMatchObject({ id: 1n, policy: BigInt(covered.policy), state: "evaluated", ...night });
    expect(claim!.history).toMatchObject([
      {
        kind: "evaluated",
        amount: claim!.amount,
        proof: { ...night, batch: 1, streamIds: covered.terms.probes },
      },
    ]);
  });

  it("reads the books: pool, products, bonds", async () => {
    const books = createLedgerBooks({ ledger });
    const pool = await books.pool({ signal });
    const [claim] = await view.claims({ signal });
    expect(BigInt(pool.reserved)).toBe(claim!.amount);
    expect(BigInt(pool.locked)).toBeGreaterThanOrEqual(BigInt(pool.reserved));
    expect(pool.cooldownMs).toBeGreaterThan(0);
    const products = await books.products({ signal });
    expect(products).toMatchObject([{ number: "1", approved: true, insurer: covered.terms.insurer }]);
    const [bond] = await books.bonds({ signal });
    expect(bond).toMatchObject({ suffices: true, leaving: "0", slashed: 0 });
  });

  it("pages through every event of every contract, whole blocks at a time, and leaves none out", async () => {
    const books = createLedgerBooks({ ledger });
    const all = await books.events({ before: undefined, limit: 100_000, signal });
    expect(all.before).toBeNull();
    const paged: EventView[] = [];
    let before: number | undefined;
    for (;;) {
      const page = await books.events({ before, limit: 3, signal });
      paged.push(...page.events);
      if (page.before === null) break;
      before = page.before;
    }
    expect(paged).toEqual(all.events);
    const anchored = all.events.find(({ name }) => name === "BatchAnchored");
    expect(anchored).toMatchObject({ contract: "BatchLedger", timeMs: expect.any(Number) });
    expect(anchored!.args.find(({ name }) => name === "number")!.value).toBe("1");
    expect(new Set(all.events.map(({ contract }) => contract)).size).toBeGreaterThan(5);
    const rests = all.events.find(({ name }) => name === "ClaimRests")!.args.at(-1)!.value;
    expect(rests).toMatchObject({ batch: "1" });
  });

  it("follows the claim to its payment", async () => {
    const { claims } = covered.world.contracts;
    const { claimsOfficer, stranger } = covered.world.accounts;
    const [open] = await view.claims({ signal });
    await claims.connect(claimsOfficer).approve(1, covered.terms, open!.amount);
    await claims.connect(stranger).collect(1);
    const [paid] = await view.claims({ signal });
    expect(paid).toMatchObject({ state: "paid", paid: open!.amount });
    expect(paid!.history.map(({ kind }) => kind)).toEqual(["evaluated", "approved", "payable", "paid"]);
    const times = paid!.history.map(({ transaction }) => transaction.timeMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect((await view.policies({ signal }))[0]).toMatchObject({ paid: open!.amount, reserved: 0n });
  });

  it("agrees with what the page reads from the chain itself", async () => {
    const [batch] = await view.batches({ limit: 1, signal });
    const [claim] = await view.claims({ signal });
    const reader = createChainReader({ rpc: chain.deployment.rpc, deployment: chain.deployment, signal });
    expect(await reader.chainId()).toBe(covered.world.chainId);
    const anchored = await reader.batch(1);
    expect(equalBytes(anchored!.directoryRoot, fromHex(batch!.directoryRoot))).toBe(true);
    expect(anchored).toMatchObject({
      streamCount: batch!.streamCount,
      anchoredAtMs: batch!.transaction.timeMs,
    });
    expect(await reader.batch(2)).toBeUndefined();
    const policy = await reader.policy(claim!.policy);
    expect(policy!.coverFromMs).toBe(covered.coverFromMs);
    expect(policy!.terms.perils).toEqual(covered.terms.perils);
    expect(policy!.terms.probes).toEqual(covered.terms.probes);
    const evaluated = await reader.evaluated(claim!.id);
    expect(evaluated).toMatchObject({
      policy: claim!.policy,
      payoutBps: claim!.payoutBps,
      amount: claim!.amount,
    });
    const proved = await reader.proved(evaluated!.transaction);
    expect(proved).toEqual({ ...night, shown: covered.streams.map((_, probe) => ({ probe, batch: 1 })) });
    expect(covered.streams.map(({ probe }) => toHex(probe.streamId)).sort()).toEqual(covered.terms.probes);
  });
});
