import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readEvents } from "../../../ledger/events.ts";
import { silentLog } from "../../../oracle/log.ts";
import type { OracleOptions } from "../../../oracle/options.ts";
import { occurrenceAmount } from "../../../protocol/evaluate.ts";
import { makeKey } from "../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../ledger/chain.ts";
import { below, makeNight as makeNightOf, type Night } from "./claims-night.ts";
import { HOUR_MS, HYPOXIA, insurePond } from "./policy.ts";
import { makeDir, registerProbes, startOracle } from "./world.ts";

const GENESIS_MS = Date.UTC(2026, 5, 1);
const keys = [makeKey("deep"), makeKey("middle"), makeKey("shallow")];

let chain: TestChain;
let insured: Awaited<ReturnType<typeof insurePond>>;
let snapshot: string;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  await chain.mineAt(GENESIS_MS + HOUR_MS);
  await registerProbes(chain, keys);
  insured = await insurePond(chain, { keys, startsAtMs: GENESIS_MS + 2 * HOUR_MS });
});
afterAll(() => chain.close());
beforeEach(async () => {
  snapshot = await chain.call("evm_snapshot");
});
afterEach(() => chain.call("evm_revert", [snapshot]));

const makeNight = (oxygen: readonly ((hour: number) => number)[]) =>
  makeNightOf({ chain, keys, coverFromMs: insured.coverFromMs, oxygen });

function startAgent(
  { feed, clock }: Night,
  dir: string,
  more: Partial<Pick<OracleOptions, "collectForHolder" | "log">> = {},
) {
  return startOracle(chain, { feed, clock, dir, agentKey: keyOf("agent"), ...more });
}

async function claimEvents() {
  const ledger = await chain.connect("farmer");
  const events = await readEvents({
    ledger,
    kinds: ["ClaimEvaluated", "ClaimPayable", "ClaimPaid"],
  });
  ledger.close();
  return events;
}

async function expectClaims(payouts: readonly number[]) {
  const amountOf = (bps: number) => occurrenceAmount(insured.terms, HYPOXIA, bps);
  await vi.waitFor(
    async () => {
      const evaluated = (await claimEvents()).filter(({ kind }) => kind === "ClaimEvaluated");
      expect(evaluated).toMatchObject(
        payouts.map((payoutBps) => ({ payoutBps, amount: amountOf(payoutBps), policy: insured.policy })),
      );
    },
    { timeout: 10_000, interval: 10 },
  );
}

describe("the claims agent", () => {
  it("opens a claim at the first tier, tops it up as the night goes on, and has it paid as the terms say", async () => {
    using folder = makeDir();
    const night = makeNight([below(1, 7.5), below(1, 7.5), below(1.3, 7)]);
    await using oracle = await startAgent(night, folder.dir);
    await night.liveTo(oracle, 2.9);
    await expectClaims([]);
    await night.liveTo(oracle, 3.4);
    await expectClaims([1_000]);
    await night.liveTo(oracle, 5.4);
    await expectClaims([1_000, 4_000]);
    await night.liveTo(oracle, 9);
    await expectClaims([1_000, 4_000, 7_000]);

    // The time for challenges: a day. Nobody approves, so the agent makes it payable and has it paid.
    await chain.mineAt(night.clock.timeMs + 26 * HOUR_MS);
    await vi.waitFor(async () => {
      const amount = 695_000n;
      const farmer = insured.terms.farmer;
      expect((await claimEvents()).slice(3)).toMatchObject([
        { kind: "ClaimPayable", amount },
        { kind: "ClaimPaid", amount, to: farmer },
      ]);
    });
    expect(oracle.status().agent).toMatchObject({ proven: 3, finalized: 1, collected: 1, refused: {} });
  });

  it("needs two probes that agree, and a calm night opens nothing", async () => {
    using folder = makeDir();
    const night = makeNight([below(1, 9), () => 6, () => 6]);
    await using oracle = await startAgent(night, folder.dir);
    await night.liveTo(oracle, 10);
    await expectClaims([]);
    expect(oracle.status().agent).toMatchObject({ policiesWatched: 1, proven: 0, refused: {} });
  });

  it("goes on with an open claim after a restart in the middle of the night", async () => {
    using folder = makeDir();
    const night = makeNight([below(1, 6), below(1, 6), () => 6]);
    {
      await using oracle = await startAgent(night, folder.dir);
      await night.liveTo(oracle, 4);
      await expectClaims([1_000]);
    }
    await using oracle = await startAgent(night, folder.dir);
    await night.liveTo(oracle, 6.5);
    await expectClaims([1_000, 4_000]);
  });

  it("claims the longest tier that was anchored in time where the rest of the night came late", async () => {
    using folder = makeDir();
    const night = makeNight([below(1, 7.5), below(1, 7.5), () => 6]);
    {
      await using oracle = await startOracle(chain, {
        feed: night.feed,
        clock: night.clock,
        dir: folder.dir,
      });
      await night.liveTo(oracle, 3.7);
      await night.lateTo(oracle, 9, { atHour: 14 });
    }
    await using agent = await startAgent(night, folder.dir);
    // Six and a half hours were below the level, which the arbiter would have to look at; two of them need nobody.
    await expectClaims([1_000]);
    expect(agent.status().agent).toMatchObject({ refused: {} });
  });

  it("leaves payment to others when it is told so", async () => {
    using folder = makeDir();
    const night = makeNight([below(1, 3.5), below(1, 3.5), () => 6]);
    await using oracle = await startAgent(night, folder.dir, { collectForHolder: false });
    await night.liveTo(oracle, 5);
    await expectClaims([1_000]);
    await chain.mineAt(night.clock.timeMs + 25 * HOUR_MS);
    await vi.waitFor(() => expect(oracle.status().agent).toMatchObject({ finalized: 1, collected: 0 }));
    expect((await claimEvents()).map(({ kind }) => kind)).toEqual(["ClaimEvaluated", "ClaimPayable"]);
  });

  it("claims nothing on probes that were revoked meanwhile", async () => {
    using folder = makeDir();
    const night = makeNight([below(1, 3.9), below(1, 3.9), () => 6]);
    await using oracle = await startAgent(night, folder.dir);
    await night.liveTo(oracle, 2.5);
    const { account, contracts, close } = await chain.connect("registrar");
    for (const probe of insured.terms.probes) {
      const revoke = await contracts.DeviceRegistry.revoke.populateTransaction(probe, 0);
      await account.submit(revoke, new AbortController().signal);
    }
    close();
    await night.liveTo(oracle, 5);
    await expectClaims([]);
    expect(oracle.status().agent).toMatchObject({ proven: 0, refused: {} });
  });

  it("is told once that the limits are used up, says so once, and does not ask again", async () => {
    using folder = makeDir();
    const twice = (hour: number) => Math.min(below(0.5, 9)(hour), below(15.5, 19)(hour));
    const night = makeNight([twice, twice, () => 6]);
    const warnings: Record<string, unknown>[] = [];
    const log = { ...silentLog, warn: (facts: Record<string, unknown>) => void warnings.push(facts) };
    await using oracle = await startAgent(night, folder.dir, { log });
    await night.liveTo(oracle, 20);
    await expectClaims([1_000, 4_000, 7_000, 10_000]);
    expect(oracle.status().agent).toMatchObject({ proven: 4, refused: { NothingMoreToPay: 1 } });
    expect(warnings).toMatchObject([{ code: "LEDGER_REVERTED", error: "NothingMoreToPay" }]);
  });
});
