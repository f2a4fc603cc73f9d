import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { readEvents } from "../../../ledger/events.ts";
import { makeKey } from "../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../ledger/chain.ts";
import { HOUR_MS, HYPOXIA, insurePond } from "./policy.ts";
import { DAY_MS, defineHeatFeed, HEAT, HEAT_FEED, midnightFrom, postDay } from "./weather.ts";
import { createMemoryFeed, makeDir, registerProbes, startOracle } from "./world.ts";

const GENESIS_MS = Date.UTC(2026, 5, 1);
const keys = [makeKey("deep"), makeKey("shallow")];

let chain: TestChain;
let insured: Awaited<ReturnType<typeof insurePond>>;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  await chain.mineAt(GENESIS_MS + HOUR_MS);
  await registerProbes(chain, keys);
  await defineHeatFeed(chain);
  const policy = { keys, perils: [HYPOXIA, HEAT], feeds: [HEAT_FEED] };
  insured = await insurePond(chain, { ...policy, startsAtMs: GENESIS_MS + 2 * HOUR_MS });
});
afterAll(() => chain.close());

async function claimEvents() {
  const ledger = await chain.connect("farmer");
  const events = await readEvents({ ledger, kinds: ["ClaimEvaluated", "ClaimPaid"] });
  ledger.close();
  return events;
}

it("claims for two hot days by itself, tops it up by the third, also after a restart, and has it paid", async () => {
  using folder = makeDir();
  const options = { feed: createMemoryFeed(), dir: folder.dir, agentKey: keyOf("agent") };
  const firstMs = midnightFrom(insured.coverFromMs);
  const expectClaims = (payouts: readonly number[]) =>
    vi.waitFor(
      async () => {
        const evaluated = (await claimEvents()).filter(({ kind }) => kind === "ClaimEvaluated");
        expect(evaluated).toMatchObject(payouts.map((payoutBps) => ({ payoutBps, peril: 1 })));
      },
      { timeout: 10_000, interval: 10 },
    );
  {
    await using oracle = await startOracle(chain, options);
    for (const [i, value] of [35, 37, 36.9].entries())
      await postDay(chain, { atMs: firstMs + i * DAY_MS, value });
    for (const [i, value] of [37, 38].entries())
      await postDay(chain, { atMs: firstMs + (3 + i) * DAY_MS, value });
    await expectClaims([1_000]);
    expect(oracle.status().agent).toMatchObject({ proven: 1, refused: {} });
  }
  await using oracle = await startOracle(chain, options);
  await postDay(chain, { atMs: firstMs + 5 * DAY_MS, value: 37 });
  await expectClaims([1_000, 2_500]);

  await chain.mineAt(firstMs + 8 * DAY_MS);
  await vi.waitFor(async () => {
    const paid = (await claimEvents()).filter(({ kind }) => kind === "ClaimPaid");
    expect(paid).toMatchObject([{ amount: 250_000n, to: insured.terms.farmer }]);
  });
  expect(oracle.status().agent).toMatchObject({ proven: 1, finalized: 1, collected: 1, refused: {} });
});
