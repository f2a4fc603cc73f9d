import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anchorTransaction } from "../../../ledger/batches.ts";
import {
  collectRewardTransaction,
  forwardTransaction,
  postBondTransactions,
  readStake,
} from "../../../ledger/bond.ts";
import {
  challengeTransaction,
  commitmentOf,
  commitTransaction,
  needsCommitment,
  readStanding,
} from "../../../ledger/challenges.ts";
import { streamOfKey } from "../../../ledger/devices.ts";
import { readEvents } from "../../../ledger/events.ts";
import { fromHex, toHex } from "../../../protocol/bytes.ts";
import { findBadDirectory } from "../../../protocol/compare-batches.ts";
import type { Conviction } from "../../../protocol/conviction.ts";
import { directoryOf } from "../../../protocol/directory.ts";
import { makeFrame, makeKey } from "../../factories.ts";
import { registerProbes } from "../oracle/world.ts";
import { startTestChain, type TestChain } from "./chain.ts";

const { signal } = new AbortController();

describe("a challenger", () => {
  let chain: TestChain;
  let watcher: Awaited<ReturnType<TestChain["connect"]>>;
  let operator: Awaited<ReturnType<TestChain["connect"]>>;

  beforeAll(async () => {
    chain = await startTestChain({ genesisMs: Date.UTC(2026, 5, 1) });
    watcher = await chain.connect("agent");
    operator = await chain.connect("operator");
  });
  afterAll(async () => {
    watcher.close();
    operator.close();
    await chain.close();
  });

  it("commits, convicts, reads what is void, and takes the reward", async () => {
    const entries = [9, 4].map((byte) => ({
      streamId: new Uint8Array(32).fill(byte),
      size: 3,
      root: new Uint8Array(32),
    }));
    const directory = directoryOf(entries);
    const content = {
      number: 1,
      directoryRoot: directory.root,
      streamCount: 2,
      readings: 6,
      manifest: directory.root,
    };
    await operator.account.submit(await anchorTransaction(operator, content), signal);
    const conviction = findBadDirectory({ batch: 1, directory })!;
    expect(needsCommitment(conviction)).toBe(true);
    const challenge = { conviction, salt: new Uint8Array(32).fill(5) };
    const commitment = commitmentOf(challenge, watcher.account.address);
    await watcher.account.submit(await commitTransaction(watcher, commitment), signal);
    expect(await readStanding(watcher, entries[0]!.streamId, 1)).toEqual({
      usable: true,
      suspectFromMs: undefined,
    });
    const { bond } = await readStake(watcher, operator.account.address);
    await watcher.account.submit(challengeTransaction(watcher, challenge), signal);

    expect(await readStanding(watcher, entries[0]!.streamId, 1)).toMatchObject({ usable: false });
    const kinds = ["Convicted", "BatchVoided", "BondSlashed"] as const;
    const events = await readEvents({ ledger: watcher, kinds });
    expect(events).toMatchObject([
      { kind: "BatchVoided", batch: 1 },
      { kind: "Convicted", code: "BadDirectory", batch: 1, streamId: toHex(entries[1]!.streamId), index: 1 },
      { kind: "BondSlashed", operator: operator.account.address, challenger: watcher.account.address },
    ]);
    const { reward, toPolicyholders } = events[2] as { reward: bigint; toPolicyholders: bigint };
    const stake = await readStake(watcher, operator.account.address);
    expect(stake).toEqual({ bond: bond - reward - toPolicyholders, leaving: 0n, suffices: true });
    const all = toHex(new Uint8Array(32));
    await watcher.account.submit(await collectRewardTransaction(watcher, all), signal);
    expect(await watcher.contracts.Token.balanceOf(watcher.account.address)).toBe(reward);
    expect(await watcher.contracts.OperatorBond.owedTo(all)).toBe(toPolicyholders);
    const forward = await forwardTransaction(watcher, all);
    expect(forward.to).toBe(chain.deployment.contracts.OperatorBond);
  });

  it("shows a probe that contradicts itself without a commitment", async () => {
    const key = makeKey("twofold");
    await registerProbes(chain, [key]);
    const streamId = fromHex(streamOfKey(chain.deployment, key.publicKey));
    const [oneFrame, otherFrame] = [1_750_000_000_000, 1_750_000_000_500].map((timeMs) =>
      makeFrame(key, { seq: 3, timeMs }),
    ) as [Uint8Array, Uint8Array];
    const conviction: Conviction = { code: "Equivocation", streamId, oneFrame, otherFrame };
    expect(needsCommitment(conviction)).toBe(false);
    const challenge = { conviction, salt: new Uint8Array(32) };
    await watcher.account.submit(challengeTransaction(watcher, challenge), signal);
    expect(await readStanding(watcher, streamId, 1)).toMatchObject({ suspectFromMs: 1_750_000_000_000 });
    expect(await readEvents({ ledger: watcher, kinds: ["StreamSuspected"] })).toMatchObject([
      { streamId: toHex(streamId), fromMs: 1_750_000_000_000 },
    ]);
  });

  it("is refused by the contract's own words where nothing is wrong", async () => {
    const key = makeKey("twofold");
    const streamId = fromHex(streamOfKey(chain.deployment, key.publicKey));
    const frame = makeFrame(key, { seq: 3 });
    const conviction: Conviction = { code: "Equivocation", streamId, oneFrame: frame, otherFrame: frame };
    const challenge = challengeTransaction(watcher, { conviction, salt: new Uint8Array(32) });
    await expect(watcher.account.submit(challenge, signal)).rejects.toMatchObject({
      code: "LEDGER_REVERTED",
      facts: { error: "NothingWrong" },
    });
  });

  it("finds an operator's bond higher after anybody added to it", async () => {
    const { address } = operator.account;
    const { bond } = await readStake(watcher, address);
    const transactions = await postBondTransactions(watcher, { operator: address, amount: 10n });
    for (const transaction of transactions) await watcher.account.submit(transaction, signal);
    expect((await readStake(watcher, address)).bond).toBe(bond + 10n);
  });
});
