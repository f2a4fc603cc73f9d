import { equalBytes, fromHex, toHex } from "./bytes.ts";
import { isPondproofError } from "./errors.ts";
import { evaluate, occurrenceAmount, type ProbeEvidence } from "./evaluate.ts";
import {
  checkEvidence,
  decodeEvidence,
  EVIDENCE_STEPS,
  type Evidence,
  type EvidenceChecks,
  type EvidenceStep,
  type StepResult,
} from "./evidence.ts";
import { streamIdOf } from "./node.ts";
import { recordFlags, recordTimeMs, recordValues } from "./record.ts";
import type { Hex, Terms } from "./terms.ts";

/** What the contract said of a claim last; `transaction` is the one in which the highest step was first reached. */
export type Evaluated = {
  policy: bigint;
  peril: number;
  payoutBps: number;
  amount: bigint;
  transaction: Hex;
};

/** What a call of `prove` showed: the window, which probes of the terms, and from which batches. */
export type Proved = { fromMs: number; toMs: number; shown: { probe: number; batch: number }[] };

export type AnchoredBatch = { directoryRoot: Uint8Array; streamCount: number; anchoredAtMs: number };

/** The ledger, as a check of a claim asks it. */
export type ChainReader = {
  chainId(): Promise<number>;
  batch(number: number): Promise<AnchoredBatch | undefined>;
  /** The terms as they were bound, and when cover began in ms; `undefined` where there is no such policy. */
  policy(id: bigint): Promise<{ terms: Terms; coverFromMs: number } | undefined>;
  evaluated(claim: bigint): Promise<Evaluated | undefined>;
  /** The call that a transaction made of the claims contract; `undefined` when it called something else. */
  proved(transaction: Hex): Promise<Proved | undefined>;
};

/** A probe's checked evidence, and when its batch was anchored. */
export type CheckedProbe = ProbeEvidence & { anchoredAtMs: number };

/** Everything that is checked about a claim, in this order. */
export const VERIFY_STEPS = ["terms", "fetch", ...EVIDENCE_STEPS, "result"] as const;
export type VerifyStep = (typeof VERIFY_STEPS)[number];

/** How far a step is; counts are summed over the probes. */
export type StepState =
  | { status: "waiting" }
  | { status: "running"; checked: number; share: number }
  | { status: "ok"; checked: number }
  | { status: "failed"; problem: string; streamId?: Hex; seq?: number };

export type VerifySteps = Record<VerifyStep, StepState>;

/** What came out: everything that the trigger's lines need, once all readings are checked. */
export type Verified = {
  ok: boolean;
  steps: VerifySteps;
  facts?: {
    terms: Terms;
    coverFromMs: number;
    evaluated: Evaluated;
    window: { fromMs: number; toMs: number };
    probes: { streamId: Hex; evidence: CheckedProbe }[];
  };
};

export type VerifyOptions = {
  claim: { id: string; policy: string };
  /** Where to look when the ledger does not show what the contract was called with. */
  hint: { fromMs: number; toMs: number; batch: number | null; streamIds: Hex[] };
  deployment: { chainId: number; contracts: Record<string, Hex> };
  chain: ChainReader;
  fetchEvidence(of: { streamId: Hex; batch: number | null; fromMs: number; toMs: number }): Promise<unknown>;
  verifySignature: EvidenceChecks["verifySignature"];
  onSteps(steps: VerifySteps): void;
};

type Subject = { policy: LedgerPolicy; evaluated: Evaluated; proved: Proved };
type LedgerPolicy = { terms: Terms; coverFromMs: number };
type ProbeSubject = { streamId: Hex; batch: number | null };

/** A check that did not hold; the steps say which. */
class CheckFailed extends Error {}

/** Checks a claim from the chain's own words down to every signature; nothing is concluded from what failed. */
export async function verifyClaim(options: VerifyOptions): Promise<Verified> {
  let steps = Object.fromEntries(
    VERIFY_STEPS.map((step): [VerifyStep, StepState] => [step, { status: "waiting" }]),
  ) as VerifySteps;
  const set = (step: VerifyStep, state: StepState) => {
    steps = { ...steps, [step]: state };
    options.onSteps(steps);
  };
  const fail = (step: VerifyStep, problem: string, where: { streamId?: Hex; seq?: number } = {}): never => {
    set(step, { status: "failed", problem, ...where });
    throw new CheckFailed();
  };
  const tools: Tools = { ...options, set, fail };
  try {
    const subject = await attempt("terms", tools, () => readSubject(tools));
    const probes = subject.proved.shown.map(({ probe, batch }) => ({
      streamId: subject.policy.terms.probes[probe]!,
      batch: batch === 0 ? null : batch,
    }));
    const evidence = await attempt("fetch", tools, () => fetchAll(tools, subject, probes));
    const checked = await checkAll(tools, evidence);
    const facts = {
      ...subject.policy,
      evaluated: subject.evaluated,
      window: { fromMs: subject.proved.fromMs, toMs: subject.proved.toMs },
      probes: checked,
    };
    compareResult(tools, facts);
    return { ok: true, steps, facts };
  } catch (error) {
    if (error instanceof CheckFailed) return { ok: false, steps };
    throw error;
  }
}

type Tools = VerifyOptions & {
  set(step: VerifyStep, state: StepState): void;
  fail(step: VerifyStep, problem: string, where?: { streamId?: Hex; seq?: number }): never;
};

/** Runs a step in which an error of ours is a failed check. */
async function attempt<T>(step: VerifyStep, { set, fail }: Tools, run: () => Promise<T>): Promise<T> {
  set(step, { status: "running", checked: 0, share: 0 });
  try {
    return await run();
  } catch (error) {
    if (isPondproofError(error)) return fail(step, String(error.facts.problem ?? error.message));
    throw error;
  }
}

async function readSubject({ chain, claim, hint, deployment, set, fail }: Tools): Promise<Subject> {
  if ((await chain.chainId()) !== deployment.chainId) fail("terms", "other-chain");
  const evaluated = (await chain.evaluated(BigInt(claim.id))) ?? fail("terms", "no-evaluation");
  const policy = (await chain.policy(evaluated.policy)) ?? fail("terms", "no-terms");
  const { probes, minSensors } = policy.terms;
  const proved = (await chain.proved(evaluated.transaction)) ?? hinted(hint, probes);
  const distinct = new Set(proved.shown.map(({ probe }) => probe));
  const known = [...distinct].every((probe) => probe < probes.length);
  if (!known || distinct.size !== proved.shown.length || distinct.size < minSensors) {
    fail("terms", "too-few-probes");
  }
  set("terms", { status: "ok", checked: 0 });
  return { policy, evaluated, proved };
}

function hinted({ fromMs, toMs, batch, streamIds }: VerifyOptions["hint"], probes: Hex[]): Proved {
  const shown = streamIds.map((id) => ({ probe: probes.indexOf(id), batch: batch ?? 0 }));
  return { fromMs, toMs, shown: shown.filter(({ probe }) => probe >= 0) };
}

async function fetchAll(
  { fetchEvidence, set, fail }: Tools,
  { proved: { fromMs, toMs } }: Subject,
  probes: ProbeSubject[],
): Promise<Evidence[]> {
  const all = await Promise.all(
    probes.map(async ({ streamId, batch }) => {
      const json =
        (await fetchEvidence({ streamId, batch, fromMs, toMs })) ??
        fail("fetch", "no-evidence", { streamId });
      const evidence = decodeEvidence(json);
      const asked =
        equalBytes(evidence.streamId, fromHex(streamId)) &&
        evidence.fromMs === fromMs &&
        evidence.toMs === toMs &&
        (batch === null || evidence.batch === batch);
      return asked ? evidence : fail("fetch", "other-evidence", { streamId });
    }),
  );
  const readings = all.map(({ positions }) => positions.filter(({ kind }) => kind === "reading").length);
  set("fetch", { status: "ok", checked: readings.reduce((sum, count) => sum + count, 0) });
  return all;
}

/** Every step for every probe, of which each stops at its own first failure; then the steps as a whole. */
async function checkAll(tools: Tools, all: Evidence[]): Promise<{ streamId: Hex; evidence: CheckedProbe }[]> {
  const passed = new Map(EVIDENCE_STEPS.map((step) => [step, { probes: 0, checked: 0 }]));
  const failures = new Map<EvidenceStep, { problem: string; streamId: Hex; seq?: number }>();
  const checked: { streamId: Hex; evidence: CheckedProbe }[] = [];
  for (const [i, evidence] of all.entries()) {
    const streamId = toHex(evidence.streamId);
    const { steps, probe } = await checkProbe(tools, evidence, ({ step, done, of }) =>
      tools.set(step, {
        status: "running",
        checked: passed.get(step)!.checked,
        share: (i + done / of) / all.length,
      }),
    );
    for (const result of steps) {
      const { step } = result;
      const sum = passed.get(step)!;
      if (result.ok) passed.set(step, { probes: sum.probes + 1, checked: sum.checked + result.checked });
      else if (!failures.has(step)) failures.set(step, { ...whereOf(result), streamId });
    }
    if (probe !== undefined) checked.push({ streamId, evidence: probe });
  }
  for (const step of EVIDENCE_STEPS) {
    const { probes, checked: count } = passed.get(step)!;
    const failure = failures.get(step);
    if (failure !== undefined) tools.set(step, { status: "failed", ...failure });
    else tools.set(step, probes === all.length ? { status: "ok", checked: count } : { status: "waiting" });
  }
  if (failures.size > 0) throw new CheckFailed();
  return checked;
}

/** One probe's evidence; `probe` only when all of it holds. */
async function checkProbe(
  { chain, deployment, verifySignature }: Tools,
  evidence: Evidence,
  onProgress: NonNullable<EvidenceChecks["onProgress"]>,
): Promise<{ steps: StepResult[]; probe: CheckedProbe | undefined }> {
  let anchoredAtMs = 0;
  const { steps, window } = await checkEvidence(evidence, {
    verifySignature,
    streamIdOf: (publicKey) =>
      streamIdOf({ ...deployment, deviceRegistry: deployment.contracts.DeviceRegistry!, publicKey }),
    async anchoredBatch(number) {
      const batch = await chain.batch(number);
      anchoredAtMs = batch?.anchoredAtMs ?? 0;
      return batch;
    },
    onProgress,
  });
  return { steps, probe: window && { ...window, before: beforeOf(evidence), anchoredAtMs } };
}

function whereOf({ problem, seq }: StepResult & { ok: false }): { problem: string; seq?: number } {
  return seq === undefined ? { problem } : { problem, seq };
}

/** The reading before the window, which evidence begins with. */
function beforeOf({ positions: [first] }: Evidence): CheckedProbe["before"] {
  if (first?.kind !== "reading") return undefined;
  return {
    timeMs: recordTimeMs(first.frame),
    flags: recordFlags(first.frame),
    values: recordValues(first.frame),
  };
}

function compareResult({ set, fail }: Tools, facts: NonNullable<Verified["facts"]>): void {
  const { terms, coverFromMs, evaluated, probes } = facts;
  const peril = terms.perils[evaluated.peril] ?? fail("result", "no-terms");
  const { minSensors, allowedFlags } = terms;
  const evidence = probes.map((probe) => probe.evidence);
  const outcome = evaluate({ peril, minSensors, allowedFlags, coverFromMs, probes: evidence });
  const payoutBps = outcome.met ? outcome.payoutBps : fail("result", "refused-here");
  // The limits of the policy may leave less than the step's amount, never more.
  const most = occurrenceAmount(terms, peril, payoutBps);
  if (payoutBps !== evaluated.payoutBps || evaluated.amount > most) fail("result", "other-result");
  set("result", { status: "ok", checked: 0 });
}
