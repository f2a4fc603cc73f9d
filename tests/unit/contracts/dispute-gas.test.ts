import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { concatBytes, toHex } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { openNode } from "../../../protocol/opening.ts";
import { GROUND, STATE } from "./claim-states.ts";
import { convict } from "./convict.ts";
import {
  anchorAndProve,
  anchorAt,
  type CoveredPond,
  coveredWorld,
  evidenceOf,
  NO_PROOF,
  type Span,
  sampleNight,
} from "./covered-pond.ts";
import { noteGas } from "./gas-book.ts";
import { createStream, gasOf, pondId, type Stream } from "./probes.ts";
import { DAY, HOUR_MS } from "./quotes.ts";
import type { Account } from "./world.ts";

const REASON = pondId("a statement");
const WHOLE = 1_000_000n;

type Sent = Promise<Parameters<typeof gasOf>[0]>;

describe("gas of what follows a claim", () => {
  let covered: CoveredPond;
  let night: Span;
  let snapshot: { restore(): Promise<void> };

  beforeAll(async () => {
    covered = await coveredWorld();
    const { accounts, addresses, contracts } = covered.world;
    for (const who of ["farmer", "insurer"] as const) {
      await contracts.token.connect(accounts.tokenOwner).mint(accounts[who].address, WHOLE);
      await contracts.token.connect(accounts[who]).approve(addresses.disputes, WHOLE);
    }
  });
  beforeEach(async () => {
    snapshot = await covered.world.networkHelpers.takeSnapshot();
    covered.streams = covered.probes.map(createStream);
    night = sampleNight(covered, covered.coverFromMs, { hours: 8 });
  });
  afterEach(() => snapshot.restore());

  const note = async (operation: string, sent: Sent) => noteGas({ operation, gas: await gasOf(await sent) });
  const claims = (who: Account = "stranger") =>
    covered.world.contracts.claims.connect(covered.world.accounts[who]);
  const disputes = (who: Account = "stranger") =>
    covered.world.contracts.disputes.connect(covered.world.accounts[who]);
  const stateOf = async () => (await claims().claim(1)).state;
  const part = (hours: number) => ({ ...night, toMs: night.fromMs + hours * HOUR_MS });
  const dispute = (ground: bigint) => disputes("insurer").dispute(1, covered.terms, ground, REASON);

  const rawEvidence = async () => {
    const { rawWindows } = covered.world.contracts;
    const shown = evidenceOf(covered, await anchorAt(covered, 0), night);
    for (const [i, it] of shown.entries()) {
      const streamId = covered.terms.probes[it.probe]!;
      const { frames } = covered.streams.find(({ probe }) => toHex(probe.streamId) === streamId)!;
      const segment = concatBytes(...frames);
      await note("commit to frames", rawWindows.commit(toHex(sha256(segment))));
      await note("open a raw window", rawWindows.open(streamId, night.fromMs, night.toMs));
      await rawWindows.extend(i + 1, toHex(segment));
      Object.assign(it, { raw: i + 1, window: NO_PROOF });
    }
    return shown;
  };

  const voidStream = async ({ tree, probe: { streamId } }: Stream) => {
    const { number, directory } = await anchorAt(covered, 0);
    const node = {
      ...openNode(tree, { level: 0, index: tree.size - 1 }),
      batch: number,
      directory: directory.prove(streamId),
    };
    await convict(covered.world, { code: "FromTheFuture", streamId, node });
  };

  it("a claim that is topped up and stands when its time has passed", async () => {
    await anchorAndProve(covered, part(2));
    await note("top up a claim", anchorAndProve(covered, night));
    await note("name who is paid", claims("farmer").namePayee(1, covered.world.accounts.subsidy.address));
    await covered.world.time.increase(DAY);
    await note("finalize a claim", claims().finalize(1, covered.terms));
    expect(await stateOf()).toBe(STATE.payable);
  });

  it.each([
    ["uphold", WHOLE],
    ["set an amount", 250_000n],
    ["reject", 0n],
  ])("a dispute that the arbiter decides: %s", async (what, amount) => {
    await anchorAndProve(covered, night);
    await note("dispute a claim", dispute(GROUND.cause));
    await note(`rule: ${what}`, disputes("arbiter").rule(1, covered.terms, WHOLE, amount));
    const winner = amount === WHOLE ? "farmer" : "insurer";
    await note("withdraw what a dispute gave", disputes().withdraw(covered.world.accounts[winner].address));
    if (amount < WHOLE) return;
    const { policyholdersFund } = covered.world.contracts;
    await note("take from the policyholders' fund", policyholdersFund.take(1, covered.policy, covered.terms));
  });

  it("a dispute that the arbiter does not decide", async () => {
    await anchorAndProve(covered, night);
    await dispute(GROUND.source);
    await covered.world.time.increase(7 * DAY + 1);
    await note("end a dispute by default", disputes().timeOut(1, covered.terms));
  });

  it("a demand for data, answered and not", async () => {
    await anchorAndProve(covered, night);
    await note("demand a claim's data", disputes("insurer").demand(1, covered.terms));
    const before = await covered.world.networkHelpers.takeSnapshot();
    await note("answer a demand by raw proof", claims().correct(1, covered.terms, await rawEvidence()));
    await before.restore();
    await covered.world.time.increase(DAY + 1);
    await note("reject a claim without data", disputes().rejectUnanswered(1));
  });

  it("a dispute about numbers, ended by a raw proof", async () => {
    await anchorAndProve(covered, night);
    await dispute(GROUND.numbers);
    await note("end a dispute by raw proof", claims().correct(1, covered.terms, await rawEvidence()));
    expect(await stateOf()).toBe(STATE.evaluated);
  });

  it("a stream that became void, and its slash", async () => {
    await anchorAndProve(covered, night);
    const [stream] = covered.streams;
    await voidStream(stream!);
    const { streamId } = stream!.probe;
    const bond = covered.world.contracts.operatorBond.connect(covered.world.accounts.stranger);
    await note("collect a reward", bond.collectReward(streamId));
    await note("forward a slash to the fund", bond.forward(streamId));
    await note("reopen a claim", claims().reopen(1, covered.terms));
    await covered.world.time.increase(7 * DAY + 1);
    await note("abandon a claim", claims().abandon(1));
    expect(await stateOf()).toBe(STATE.rejected);
  });

  it("an audit claim", async () => {
    await covered.world.time.increaseTo(covered.coverFromMs / 1000 + DAY);
    const opened = disputes("farmer").openAudit(covered.policy, covered.terms, 90_000n, REASON);
    await note("open an audit claim", opened);
  });
});
