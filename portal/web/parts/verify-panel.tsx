import { useEffect, useRef, useState } from "react";
import {
  type StepState,
  VERIFY_STEPS,
  type Verified,
  type VerifyStep,
  type VerifySteps,
  verifyClaim,
} from "../../../protocol/claim-check.ts";
import type { ClaimDetail, Deployment } from "../../api.ts";
import { createChainReader } from "../chain.ts";
import { shortened } from "../format.ts";
import { useLocale } from "../locale.tsx";
import { getJson } from "../portal-api.ts";
import { createSignatureCheck } from "../signature-check.ts";
import { useSite } from "../site.tsx";
import { CheckIcon, CrossIcon } from "./icons.tsx";

type Run =
  | { phase: "idle" }
  | { phase: "running"; steps: VerifySteps | undefined }
  | { phase: "done"; steps: VerifySteps; ok: boolean; tookMs: number };

/** The claim's whole argument, checked by the reader's own browser step by step. */
export function VerifyPanel({
  detail,
  onVerified,
}: {
  detail: ClaimDetail;
  onVerified?: (verified: Verified) => void;
}) {
  const { words, format } = useLocale();
  const { deployment } = useSite();
  const [rpc, setRpc] = useState<string>();
  const [run, setRun] = useState<Run>({ phase: "idle" });
  const leaving = useRef(new AbortController());
  useEffect(() => {
    leaving.current = new AbortController();
    return () => leaving.current.abort();
  }, []);

  const start = async () => {
    const { signal } = leaving.current;
    const beganMs = performance.now();
    let steps: VerifySteps | undefined;
    let frame = 0;
    setRun({ phase: "running", steps });
    const verified = await verify({
      detail,
      rpc,
      signal,
      // Signatures come by the thousand; the eye needs one picture a frame.
      onSteps: (next) => {
        steps = next;
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => setRun({ phase: "running", steps: next }));
      },
    });
    cancelAnimationFrame(frame);
    if (signal.aborted) return;
    setRun({ phase: "done", steps: verified.steps, ok: verified.ok, tookMs: performance.now() - beganMs });
    onVerified?.(verified);
  };

  const steps = run.phase === "idle" ? undefined : run.steps;
  return (
    <section className="panel verify" aria-labelledby="verify-title">
      <h2 id="verify-title">{words.verifyTitle}</h2>
      <p>{words.verifyLead}</p>
      {run.phase === "done" && <Result run={run} probes={detail.probes} />}
      <div className="verify-act">
        <button
          type="button"
          className="button primary"
          data-testid="verify-button"
          disabled={run.phase === "running"}
          onClick={() => void start()}
        >
          {run.phase === "running"
            ? words.verifyRunning
            : run.phase === "done"
              ? words.verifyAgain
              : words.verifyButton}
        </button>
        <label className="node">
          <span>{words.nodeAddress}</span>
          <input
            type="url"
            value={rpc ?? deployment?.rpc ?? ""}
            onChange={(event) => setRpc(event.target.value)}
            spellCheck={false}
            aria-describedby="node-hint"
          />
          <small id="node-hint">{words.nodeHint}</small>
        </label>
      </div>
      <ol className="steps">
        {VERIFY_STEPS.map((step) => (
          <Step key={step} step={step} state={steps?.[step] ?? { status: "waiting" }} />
        ))}
      </ol>
      <Download claim={detail.claim} />
      <span className="visually-hidden" role="status">
        {run.phase === "done"
          ? run.ok
            ? words.verifyOk(format.duration(run.tookMs))
            : words.verifyFailed
          : ""}
      </span>
    </section>
  );
}

async function verify({
  detail: { claim, evaluation },
  rpc,
  signal,
  onSteps,
}: {
  detail: ClaimDetail;
  rpc: string | undefined;
  signal: AbortSignal;
  onSteps: (steps: VerifySteps) => void;
}): Promise<Verified> {
  const answer = await getJson<Deployment>("/api/v1/deployment", signal);
  if (!answer.ok) return nothingToCheck("no-evidence");
  const chain = createChainReader({ rpc: rpc ?? answer.value.rpc, deployment: answer.value, signal });
  return verifyClaim({
    claim,
    hint: evaluation,
    deployment: answer.value,
    chain,
    verifySignature: await createSignatureCheck(crypto.subtle),
    onSteps,
    async fetchEvidence(of) {
      const evidence = await getJson<unknown>(evidencePath(of), signal);
      return evidence.ok ? evidence.value : undefined;
    },
  });
}

function nothingToCheck(problem: string): Verified {
  const steps = Object.fromEntries(VERIFY_STEPS.map((step) => [step, { status: "waiting" }])) as VerifySteps;
  return { ok: false, steps: { ...steps, terms: { status: "failed", problem } } };
}

function evidencePath(of: { streamId: string; batch: number | null; fromMs: number; toMs: number }): string {
  const batch = of.batch === null ? "" : `batch=${of.batch}&`;
  return `/api/v1/evidence/${of.streamId}?${batch}fromMs=${of.fromMs}&toMs=${of.toMs}`;
}

/** What failed comes first, in words and with the reading that it concerns. */
function Result({ run, probes }: { run: Run & { phase: "done" }; probes: ClaimDetail["probes"] }) {
  const { words, format } = useLocale();
  const failed = VERIFY_STEPS.map((step) => ({ step, state: run.steps[step] })).find(
    ({ state }) => state.status === "failed",
  );
  if (run.ok || failed?.state.status !== "failed") {
    return (
      <p className="result holds" data-testid="verify-result" data-ok={run.ok}>
        <CheckIcon />
        {words.verifyOk(format.duration(Math.max(1000, run.tookMs)))}
      </p>
    );
  }
  const { problem, streamId, seq } = failed.state;
  const known = probes.find((probe) => probe.streamId === streamId)?.device ?? streamId;
  const probe = known && shortened(known, { head: 4, tail: 3 });
  return (
    <div className="result fails" data-testid="verify-result" data-ok="false" role="alert">
      <p className="result-title">
        <CrossIcon />
        {words.verifyFailed}
      </p>
      <p>
        {words.verifyFailedAt(words.verifySteps[failed.step])}. {words.problemWords[problem] ?? problem}
      </p>
      {probe !== undefined && (
        <p>{seq === undefined ? words.atProbe(probe) : words.atReading(probe, format.count(seq))}</p>
      )}
    </div>
  );
}

function Step({ step, state }: { step: VerifyStep; state: StepState }) {
  const { words, format } = useLocale();
  const ok = state.status === "ok" ? "true" : state.status === "failed" ? "false" : "pending";
  const counted = state.status === "ok" || state.status === "running" ? state.checked : 0;
  return (
    <li className={`step step-${state.status}`} data-testid="verify-step" data-step={step} data-ok={ok}>
      <span className="dot">
        {state.status === "ok" && <CheckIcon />}
        {state.status === "failed" && <CrossIcon />}
      </span>
      <span className="step-name">{words.verifySteps[step]}</span>
      <span className="step-count">
        {state.status === "running" && (
          <progress value={state.share} max={1} aria-label={words.verifyRunning} />
        )}
        {state.status === "ok" && counted > 0 && `${format.count(counted)} ${words.stepCounts[step]}`}
        {state.status === "waiting" && <span className="visually-hidden">{words.notChecked}</span>}
      </span>
      <span className="step-proves">{words.stepProves[step]}</span>
    </li>
  );
}

function Download({ claim }: { claim: ClaimDetail["claim"] }) {
  const { words } = useLocale();
  return (
    <p className="downloads">
      <a
        className="button quiet"
        href={`/api/v1/claims/${claim.id}/evidence.zip`}
        download={`claim-${claim.id}-evidence.zip`}
        data-testid="download-evidence"
        aria-describedby="download-hint"
      >
        {words.downloadEvidence}
      </a>
      <small id="download-hint">{words.downloadHint}</small>
    </p>
  );
}
