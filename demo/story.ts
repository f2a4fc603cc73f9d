import { createAccount } from "../ledger/account.ts";
import { approveTransaction } from "../ledger/claims.ts";
import { type LedgerEvent, readEvents } from "../ledger/events.ts";
import { VERDICTS, type Verdict } from "../protocol/admission.ts";
import { toHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { deviceId } from "../protocol/signature.ts";
import { expectedPayout } from "./expected.ts";
import { gasByOperation } from "./gas.ts";
import { actorKey } from "./keys.ts";
import { ledgerPondId } from "./ledger-site.ts";
import { awaitVerdict, type LieVerdict } from "./liar/verdict.ts";
import type { Run } from "./run.ts";
import { createWait } from "./wait.ts";
import { readWholeFeed } from "./whole-feed.ts";

/** What a headless run prints as its last line; amounts in the smallest unit of the token. */
export type Result = {
  scenario: string;
  paid: boolean;
  claim: { id: number; amount: number; expected: number; token: string } | null;
  /** What became of the lie, in `lying-oracle`. */
  lie: LieVerdict | null;
  readings: { signed: number; stored: number; anchored: number; refused: Partial<Record<Verdict, number>> };
  batches: number;
  /** What the insurer's watcher found of them. */
  watched: { verified: number; refuted: number; missing: number; convicted: number };
  secondsToPayment: number | null;
  gas: Record<string, number>;
  data: string;
};

/** What must have been noticed by the time an attack is over. */
const NOTICED: Record<string, Verdict> = {
  "tampered-frame": "bad-signature",
  "replayed-frame": "duplicate",
  "wrong-clock": "impossible-time",
  "cloned-key": "conflict",
};

/** What the gateway answered to frames that it did not take. */
const REFUSALS = VERDICTS.filter((verdict) => verdict !== "stored" && verdict !== "ahead");

/**
 * Lets a run's play come to its end, has the insurer's officer approve what the contract computed, and waits for the
 * payment.
 * @throws SCENARIO_FAILED with the reason when anything did not happen
 */
export async function tellStory(
  run: Run,
  { onProgress, signal }: { onProgress: (sentence: string) => void; signal: AbortSignal },
): Promise<Result> {
  const wait = createWait({ run, signal });
  await wait("the play comes to its end", () => ({
    done: run.clock.now() >= run.play.endMs,
    progress: run.clock.now(),
  }));
  run.fleet.finish();
  await wait("every reading is stored and anchored", () => {
    const { pendingReadings, anchoredReadings } = run.oracle.status();
    const waiting = run.fleet.waiting() + run.gateway.stats().held;
    return {
      done: waiting + pendingReadings === 0 && anchoredReadings === stored(run),
      progress: `${waiting}/${anchoredReadings}`,
    };
  });
  onProgress(`${stored(run)} readings stored and anchored`);

  const { lie } = run.play;
  const verdict = lie === undefined ? null : await awaitVerdict(run, { lie, wait, signal });
  if (verdict?.claim.state === "with the arbiter")
    return resultOf(run, { expected: 0n, payments: [], verdict });
  const expected = await expectedOf(run);
  await wait(`the claims agent proves what is due (${expected})`, async () => {
    const claimed = await claimedAmounts(run);
    const sum = [...claimed.values()].reduce((total, amount) => total + amount, 0n);
    return { done: sum === expected, progress: sum };
  });
  await approveAll(run, signal);
  const payments = await wait("the claim is paid", async () => {
    const paid = await readEvents({ ledger: run.ledger, kinds: ["ClaimPaid"] });
    const sum = paid.reduce((total, { amount }) => total + amount, 0n);
    return sum === expected ? { done: true, value: paid } : { done: false, progress: sum };
  });
  await wait("the insurer's watcher has looked at every batch", () => {
    const { batches, behind } = run.watcher.status();
    return { done: behind === 0 && batches >= run.oracle.status().anchored, progress: behind };
  });
  if (run.play.name === "cloned-key") {
    await wait("the watcher shows the ledger two records with one number", () => {
      const { convicted } = run.watcher.status().cases;
      return { done: convicted > 0, progress: convicted };
    });
  }
  const result = await resultOf(run, { expected, payments, verdict });
  const noticed = NOTICED[result.scenario];
  if (noticed !== undefined && !result.readings.refused[noticed]) {
    throw new PondproofError("SCENARIO_FAILED", {
      reason: `nobody noticed: no frame was answered ${noticed}`,
      refused: result.readings.refused,
    });
  }
  return result;
}

function stored(run: Run): number {
  return run.gateway.stats().verdicts.stored;
}

/** What all policies owe by their terms, from every stored reading. */
async function expectedOf(run: Run): Promise<bigint> {
  const items = await readWholeFeed(run.gateway.feed());
  const policies = await readEvents({ ledger: run.ledger, kinds: ["PolicyTerms"] });
  return policies.reduce((sum, { terms }) => {
    const ofPond = run.probes.filter(({ pond }) => ledgerPondId(run.dataDir.secret, pond) === terms.pond);
    const perProbe = ofPond.map(({ signer }) => items.get(toHex(deviceId(signer.publicKey)).slice(2)) ?? []);
    return sum + expectedPayout(terms, perProbe).amount;
  }, 0n);
}

/** The amount that stands behind each claim that the contract evaluated. */
async function claimedAmounts(run: Run): Promise<Map<bigint, bigint>> {
  const evaluated = await readEvents({ ledger: run.ledger, kinds: ["ClaimEvaluated"] });
  const ids = [...new Set(evaluated.map(({ claim }) => claim))];
  const claims = await Promise.all(
    ids.map(async (id) => [id, (await run.ledger.contracts.Claims.claim(id)).amount] as const),
  );
  return new Map(claims);
}

async function approveAll(run: Run, signal: AbortSignal): Promise<void> {
  for (const [claim, amount] of await claimedAmounts(run)) {
    const { state } = await run.ledger.contracts.Claims.claim(claim);
    if (state === CLAIM_EVALUATED) await approveClaim(run, { claim, amount, signal });
  }
}

/** IClaims.State.Evaluated. */
const CLAIM_EVALUATED = 1n;

/** What the insurer's officer does with a button: makes a claim payable. */
export async function approveClaim(
  run: Pick<Run, "ledger" | "dataDir">,
  { claim, amount, signal }: { claim: bigint; amount: bigint; signal: AbortSignal },
): Promise<{ transactionHash: string }> {
  const officer = createAccount({
    ledger: run.ledger,
    key: actorKey(run.dataDir.secret, "officer"),
    subRole: "insurance-company",
  });
  const { policy } = await run.ledger.contracts.Claims.claim(claim);
  const bound = await readEvents({ ledger: run.ledger, kinds: ["PolicyTerms"] });
  const { terms } = bound.findLast((event) => event.policy === policy)!;
  const { hash } = await officer.submit(
    await approveTransaction(run.ledger, { claim, terms, amount }),
    signal,
  );
  return { transactionHash: hash };
}

async function resultOf(
  run: Run,
  {
    expected,
    payments,
    verdict,
  }: { expected: bigint; payments: LedgerEvent<"ClaimPaid">[]; verdict: LieVerdict | null },
): Promise<Result> {
  const { verdicts } = run.gateway.stats();
  const last = payments.at(-1);
  const amount = payments.reduce((sum, payment) => sum + payment.amount, 0n);
  const status = run.oracle.status();
  return {
    scenario: run.play.name,
    paid: last !== undefined,
    claim:
      last === undefined
        ? null
        : {
            id: Number(last.claim),
            amount: Number(amount),
            expected: Number(expected),
            token: run.deployment.contracts.Token,
          },
    lie: verdict,
    readings: {
      signed: run.fleet.signed(),
      stored: verdicts.stored,
      anchored: status.anchoredReadings,
      refused: Object.fromEntries(
        REFUSALS.flatMap((verdict) => (verdicts[verdict] > 0 ? [[verdict, verdicts[verdict]]] : [])),
      ),
    },
    batches: status.anchored,
    watched: watchedBy(run),
    secondsToPayment: last === undefined ? null : await secondsToPayment(run, last),
    gas: await gasByOperation(run.chain.call, run.deployment),
    data: run.dataDir.path,
  };
}

function watchedBy({ watcher }: Run): Result["watched"] {
  const { verified, refuted, convicted, missing, cases } = watcher.status();
  return { verified, refuted: refuted + convicted, missing, convicted: cases.convicted };
}

/** Ledger time from the end of the proven window to the payment. */
async function secondsToPayment(run: Run, { claim, place }: LedgerEvent<"ClaimPaid">): Promise<number> {
  const { toMs } = await run.ledger.contracts.Claims.claim(claim);
  const block = await run.chain.call<{ timestamp: string }>("eth_getBlockByNumber", [
    `0x${place.block.toString(16)}`,
    false,
  ]);
  return Number(block.timestamp) - Math.floor(Number(toMs) / 1000);
}
