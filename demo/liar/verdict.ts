import { createAccount } from "../../ledger/account.ts";
import { readStanding } from "../../ledger/challenges.ts";
import { abandonTransaction } from "../../ledger/claims.ts";
import { readEvents } from "../../ledger/events.ts";
import type { CaseCode } from "../../protocol/conviction.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { actorKey } from "../keys.ts";
import type { Run } from "../run.ts";
import type { Wait } from "../wait.ts";
import { LIES, type LieName } from "./cases.ts";
import { FALSE_BATCH, type Liar } from "./liar.ts";

/** What became of a lie, as the ledger has it; amounts in the smallest unit of the token. */
export type LieVerdict = {
  case: LieName;
  /** Convictions on the ledger, all of them the watcher's. */
  convicted: { code: CaseCode; batch: number }[];
  /** What is void: streams (each in the batches that the case names) and whole batches. */
  voidStreams: number;
  voidBatches: number[];
  suspectStreams: number;
  claim: { id: number; amount: number; state: "rejected" | "with the arbiter" };
  slashed: number;
  /** The challenger's part of it. */
  rewarded: number;
  /** The first batch that stands again for what was lied about; `null` where no batch was false. */
  correctedIn: number | null;
};

/** IClaims.State. */
const STATE = { disputed: 5n, reopened: 6n, rejected: 7n } as const;

/** Nothing happens any more in the week that a reopened claim is given. */
const OVERTIME_SPEED = 100_000;

/**
 * Waits until a lie has come to its end: convicted by the watcher, void, corrected, and the claim that rested on it
 * rejected once nobody brought other evidence; or, where the probe lied, with the arbiter.
 * @throws SCENARIO_FAILED with the reason when anything did not happen
 */
export async function awaitVerdict(
  run: Run,
  { lie, wait, signal }: { lie: LieName; wait: Wait; signal: AbortSignal },
): Promise<LieVerdict> {
  await wait(`the watcher convicts (${LIES[lie].code})`, async () => {
    const { found, committed, convicted } = run.watcher.status().cases;
    const isOver = convicted > 0 && found + committed === 0;
    return { done: isOver, progress: `${found}/${committed}/${convicted}` };
  });
  const id = await claimThatRested(run, wait);
  const correctedIn = run.liar === undefined ? null : await awaitCorrection(run, run.liar, wait);
  if (run.liar === undefined) await awaitState(run, wait, { id, state: "disputed" });
  else await awaitRejection(run, wait, { id, signal });
  const verdict = await verdictOf(run, { lie, id, correctedIn });
  const others = verdict.convicted.filter(({ code }) => code !== LIES[lie].code);
  if (others.length > 0)
    throw new PondproofError("SCENARIO_FAILED", { reason: "convicted by another case", others });
  return verdict;
}

/** The claim that the lie is about; what it is worth, its evaluation says. */
async function claimThatRested(run: Run, wait: Wait): Promise<bigint> {
  return wait("a claim rests on it", async () => {
    const [first] = await readEvents({ ledger: run.ledger, kinds: ["ClaimEvaluated"] });
    return first === undefined ? { done: false, progress: 0 } : { done: true, value: first.claim };
  });
}

async function awaitState(
  { ledger }: Run,
  wait: Wait,
  { id, state }: { id: bigint; state: keyof typeof STATE },
): Promise<void> {
  await wait(`the claim is ${state}`, async () => {
    const { state: now } = await ledger.contracts.Claims.claim(id);
    return { done: now === STATE[state], progress: now };
  });
}

/** The operator carries what he lied about again, whole, and the watcher finds nothing wrong with it. */
async function awaitCorrection({ ledger, watcher }: Run, liar: Liar, wait: Wait): Promise<number> {
  const state = liar.state();
  if (state.kind !== "claimed")
    throw new PondproofError("SCENARIO_FAILED", { reason: "no claim was opened" });
  const stands = async (batch: number) => {
    const standing = await Promise.all(state.streamIds.map((it) => readStanding(ledger, it, batch)));
    return standing.every(({ usable }) => usable);
  };
  return wait("the stream is corrected, and the correction verified", async () => {
    const last = Number(await ledger.contracts.BatchLedger.lastBatch());
    const { behind, missing } = watcher.status();
    for (let batch = FALSE_BATCH + 1; behind + missing === 0 && batch <= last; batch++)
      if (await stands(batch)) return { done: true, value: batch };
    return { done: false, progress: `${last}/${behind}/${missing}` };
  });
}

/** Nobody has other evidence: when the week for it is over, anybody may say so. */
async function awaitRejection(
  run: Run,
  wait: Wait,
  { id, signal }: { id: bigint; signal: AbortSignal },
): Promise<void> {
  const { ledger, pace } = run;
  await awaitState(run, wait, { id, state: "reopened" });
  const { basis } = await ledger.contracts.Claims.claim(id);
  pace.setSpeed(OVERTIME_SPEED);
  await wait("the time for other evidence is over", async () => {
    const { timestamp } = await ledger.head();
    return { done: BigInt(timestamp) > basis.until, progress: timestamp };
  });
  const officer = createAccount({
    ledger,
    key: actorKey(run.dataDir.secret, "officer"),
    subRole: "insurance-company",
  });
  await officer.submit(await abandonTransaction(ledger, id), signal);
  await awaitState(run, wait, { id, state: "rejected" });
}

async function verdictOf(
  { ledger, liar }: Run,
  { lie, id, correctedIn }: { lie: LieName; id: bigint; correctedIn: number | null },
): Promise<LieVerdict> {
  const kinds = [
    "Convicted",
    "StreamVoided",
    "BatchVoided",
    "StreamSuspected",
    "BondSlashed",
    "ClaimEvaluated",
  ] as const;
  const events = await readEvents({ ledger, kinds });
  const all = <K extends (typeof kinds)[number]>(kind: K) =>
    events.filter((event): event is Extract<(typeof events)[number], { kind: K }> => event.kind === kind);
  const slashes = all("BondSlashed");
  const evaluated = all("ClaimEvaluated").find(({ claim }) => claim === id)!;
  return {
    case: lie,
    convicted: all("Convicted").map(({ code, batch }) => ({ code, batch })),
    voidStreams: new Set(all("StreamVoided").map(({ streamId }) => streamId)).size,
    voidBatches: all("BatchVoided").map(({ batch }) => batch),
    suspectStreams: new Set(all("StreamSuspected").map(({ streamId }) => streamId)).size,
    claim: {
      id: Number(id),
      amount: Number(evaluated.amount),
      state: liar === undefined ? "with the arbiter" : "rejected",
    },
    slashed: Number(slashes.reduce((sum, { reward, toPolicyholders }) => sum + reward + toPolicyholders, 0n)),
    rewarded: Number(slashes.reduce((sum, { reward }) => sum + reward, 0n)),
    correctedIn,
  };
}
