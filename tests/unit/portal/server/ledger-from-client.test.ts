import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectLedger, type Ledger } from "../../../../ledger/client.ts";
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
