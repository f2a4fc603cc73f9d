import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { streamOfKey } from "../../../ledger/devices.ts";
import { demandTransaction } from "../../../ledger/disputes.ts";
import { readEvents } from "../../../ledger/events.ts";
import { signEndorsement } from "../../../ledger/quotes.ts";
import { silentLog } from "../../../oracle/log.ts";
import type { Oracle } from "../../../oracle/oracle.ts";
import { createArchiveClient } from "../../../oracle/replica/archive-client.ts";
import { createWatcher, type Watcher } from "../../../oracle/watcher/watcher.ts";
import type { Terms } from "../../../protocol/terms.ts";
import { makeKey } from "../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../ledger/chain.ts";
import { below, makeNight, type Night } from "./claims-night.ts";
import { HOUR_MS, insurePond } from "./policy.ts";
import { spoilTree } from "./spoil-tree.ts";
import { makeDir, registerProbes, startOracle, TOKEN } from "./world.ts";

const GENESIS_MS = Date.UTC(2026, 5, 1);
const keys = [makeKey("deep"), makeKey("middle"), makeKey("shallow"), makeKey("spare")];
const good = () => 6;
/** IClaims.Ground.Late. */
const LATE = 1;

let chain: TestChain;
let insured: Awaited<ReturnType<typeof insurePond>>;
let snapshot: string;
beforeAll(async () => {
  chain = await startTestChain({ genesisMs: GENESIS_MS });
  await chain.mineAt(GENESIS_MS + HOUR_MS);
  await registerProbes(chain, keys);
  // The fourth probe hangs in the pond, and no terms name it yet.
  insured = await insurePond(chain, { keys: keys.slice(0, 3), startsAtMs: GENESIS_MS + 2 * HOUR_MS });
});
afterAll(() => chain.close());
beforeEach(async () => {
  snapshot = await chain.call("evm_snapshot");
});
afterEach(() => chain.call("evm_revert", [snapshot]));

const { signal } = new AbortController();
const start = ({ feed, clock }: Night, dir: string) =>
  startOracle(chain, { feed, clock, dir, agentKey: keyOf("agent") });
const nightOf = (oxygen: readonly ((hour: number) => number)[]) =>
  makeNight({ chain, keys, coverFromMs: insured.coverFromMs, oxygen });

async function events<const K extends Parameters<typeof readEvents>[0]["kinds"][number]>(...kinds: K[]) {
  const ledger = await chain.connect("farmer");
  const all = await readEvents({ ledger, kinds });
  ledger.close();
  return all;
}

const rates = async () => (await events("ClaimEvaluated")).map(({ payoutBps }) => payoutBps);
const eventually = (check: () => Promise<unknown>) => vi.waitFor(check, { timeout: 20_000, interval: 10 });

/** The insurer signs that the spare probe takes the place of one of the terms, and the farmer has it endorsed. */
async function endorse(replaced: number): Promise<Terms> {
  const from = insured.terms;
  const spare = streamOfKey(chain.deployment, keys[3]!.publicKey);
  const gone = streamOfKey(chain.deployment, keys[replaced]!.publicKey);
  const to = { ...from, probes: [...from.probes.filter((it) => it !== gone), spare].sort() };
  const [quoteNumber, expiresAt] = [77n, from.endsAt];
  const endorsement = { policy: insured.policy, from, to, quoteNumber, expiresAt };
  const signature = await signEndorsement(endorsement, { ...chain.deployment, key: keyOf("insurer") });
  const { account, contracts, close } = await chain.connect("farmer");
  const { Policies } = contracts;
  await account.submit(
    await Policies.endorse.populateTransaction(
      insured.policy,
      from,
      to.probes,
      quoteNumber,
      expiresAt,
      signature,
    ),
    signal,
  );
  close();
  return to;
}

/** The insurer wants to see the data of a claim, and puts up his bond. */
async function demand(claim: bigint): Promise<void> {
  const insurer = await chain.connect("insurer");
  const tokenOwner = await chain.connect("tokenOwner");
  const { Token } = insurer.contracts;
  const bond = 1_000_000n;
  const mint = await tokenOwner.contracts.Token.mint.populateTransaction(insurer.account.address, bond);
  await tokenOwner.account.submit(mint, signal);
  const allow = await Token.approve.populateTransaction(chain.deployment.contracts.Disputes, bond);
  await insurer.account.submit(allow, signal);
  await insurer.account.submit(await demandTransaction(insurer, { claim, terms: insured.terms }), signal);
  insurer.close();
  tokenOwner.close();
}

describe("the claims agent", () => {
  it("answers a demand with the signed frames, and the claim is paid in the end", async () => {
    using folder = makeDir();
    const night = nightOf([below(1, 3.5), below(1, 3.5), good, good]);
    await using oracle = await start(night, folder.dir);
    await night.liveTo(oracle, 5);
    await eventually(async () => expect(await rates()).toEqual([1_000]));
    await demand(1n);
    await eventually(async () => expect(await events("DemandEnded")).toHaveLength(1));
    const agent = await chain.connect("agent");
    expect(await events("DemandEnded")).toMatchObject([{ claim: 1n, answeredBy: agent.account.address }]);
    agent.close();
    const [, shown] = await events("ClaimRests");
    expect(shown).toMatchObject({ basis: { batch: 0, demandUntil: 0 } });

    await chain.mineAt(night.clock.timeMs + 26 * HOUR_MS);
    await eventually(async () => expect(await events("ClaimPaid")).toMatchObject([{ amount: 95_000n }]));
    expect(oracle.status().agent).toMatchObject({ answered: 1, finalized: 1, collected: 1, refused: {} });
  });

  it("claims by the probes of an endorsement from then on", async () => {
    using folder = makeDir();
    const night = nightOf([below(1, 3.5), good, good, below(1, 3.5)]);
    await endorse(2);
    await using oracle = await start(night, folder.dir);
    await night.liveTo(oracle, 5);
    await eventually(async () => expect(await rates()).toEqual([1_000]));
    await chain.mineAt(night.clock.timeMs + 26 * HOUR_MS);
    await eventually(async () => expect(await events("ClaimPaid")).toHaveLength(1));
    expect(oracle.status().agent).toMatchObject({ refused: {} });
  });

  it("tops a claim up by the terms in force as its night began, though they were endorsed since", async () => {
    using folder = makeDir();
    const night = nightOf([below(1, 6), below(1, 6), good, below(1, 6)]);
    await using oracle = await start(night, folder.dir);
    await night.liveTo(oracle, 3.4);
    await eventually(async () => expect(await rates()).toEqual([1_000]));
    await endorse(2);
    await night.liveTo(oracle, 7);
    await eventually(async () => expect(await rates()).toEqual([1_000, 4_000]));
    await chain.mineAt(night.clock.timeMs + 26 * HOUR_MS);
    await eventually(async () => expect(await events("ClaimPaid")).toHaveLength(1));
    expect(oracle.status().agent).toMatchObject({ refused: {} });
  });

  it("reopens a claim whose stream became void, and proves it again from the corrected one", async () => {
    using folder = makeDir();
    using watching = makeDir();
    const night = nightOf([below(1, 3.5), below(1, 3.5), good, good]);
    {
      await using oracle = await start(night, folder.dir);
      await night.liveTo(oracle, 2.1);
    }
    const stream = streamOfKey(chain.deployment, keys[0]!.publicKey);
    // Two readings in the middle of the breach: the window's proof does not open what is above them.
    spoilTree(folder.dir, keys[0]!, stream, { level: 1, index: 2 });
    await using oracle = await start(night, folder.dir);
    await night.liveTo(oracle, 3.5);
    await eventually(async () => expect(await rates()).toEqual([1_000]));
    await using watcher = makeWatcher(oracle, watching.dir);
    await watcher.start();
    await eventually(async () => expect(await rates()).toEqual([1_000, 1_000]));
    expect(await events("ClaimReopened")).toMatchObject([{ claim: 1n }]);
    await chain.mineAt(night.clock.timeMs + 26 * HOUR_MS);
    await eventually(async () => expect(await events("ClaimPaid")).toMatchObject([{ amount: 95_000n }]));
  });

  it("brings a claim before the arbiter whose stream was corrected too late to prove it again", async () => {
    using folder = makeDir();
    using watching = makeDir();
    const night = nightOf([below(1, 3.5), below(1, 3.5), good, good]);
    {
      await using oracle = await start(night, folder.dir);
      await night.liveTo(oracle, 2.1);
    }
    const stream = streamOfKey(chain.deployment, keys[0]!.publicKey);
    spoilTree(folder.dir, keys[0]!, stream, { level: 1, index: 2 });
    await using oracle = await start(night, folder.dir);
    await night.liveTo(oracle, 3.5);
    await eventually(async () => expect(await rates()).toEqual([1_000]));
    // Later than the terms let data come, and still in time to be challenged.
    await chain.mineAt(night.clock.timeMs + 6 * HOUR_MS);
    await using watcher = makeWatcher(oracle, watching.dir);
    await watcher.start();
    await eventually(async () => expect(await rates()).toEqual([1_000, 1_000]));
    expect(await events("ClaimReopened")).toMatchObject([{ claim: 1n }]);
    expect(await events("ClaimDisputed")).toMatchObject([{ claim: 1n, ground: LATE }]);
    expect(oracle.status().agent).toMatchObject({ proven: 2, reopened: 1, refused: {} });
  });
});

function makeWatcher(oracle: Oracle, dir: string): Watcher {
  const archive = createArchiveClient({ url: `http://127.0.0.1:${oracle.port}`, token: TOKEN });
  return createWatcher({
    ledger: { deployment: chain.deployment, pollingIntervalMs: 5 },
    key: keyOf("treasury"),
    sources: [archive],
    claimed: archive,
    dir,
    http: { host: "127.0.0.1", port: 0, tokens: [TOKEN] },
    pollIntervalMs: 5,
    log: silentLog,
  });
}
