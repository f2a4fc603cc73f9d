import { useMemo, useState } from "react";
import type { Verified } from "../../../protocol/claim-check.ts";
import type { Peril } from "../../../protocol/terms.ts";
import type { ClaimDetail, ClaimSummary, PondReadings } from "../../api.ts";
import { stepOf } from "../chart-data.ts";
import { useLive, useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import { useLatest } from "../paced.ts";
import { Approve } from "../parts/approve.tsx";
import { ClaimEventLine, ClaimStateBadge } from "../parts/claim-state.tsx";
import { HourlyTable } from "../parts/hourly-table.tsx";
import { BackIcon } from "../parts/icons.tsx";
import { OxygenChart } from "../parts/oxygen-chart.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { TriggerTable } from "../parts/trigger-table.tsx";
import { VerifyPanel } from "../parts/verify-panel.tsx";
import { Loaded } from "../parts/views.tsx";
import { useResource } from "../resource.ts";
import { triggerLines } from "../trigger.ts";

const AROUND_MS = 3 * 3_600_000;
const MAX_POINTS = 900;
/** The shortest distance at which points of this chart are taken for neighbours. */
const LEAST_STEP_MS = 60_000;

/** A claim as an argument, read from top to bottom: for the insurer, or, with `farm`, for the farmer. */
export function ClaimPage({ claim, farm }: { claim: string; farm?: string }) {
  const { words } = useLocale();
  const { claims } = useLive();
  const known = claims?.find(({ id }) => id === claim);
  const detail = useResource<ClaimDetail>(`/api/v1/claims/${claim}`, {
    everyMs: 5_000,
    version: known === undefined ? "" : `${known.state} ${known.amount} ${known.paid}`,
  });
  return (
    <>
      <Link
        to={farm === undefined ? { page: "insurer" } : { page: "farm", farm, tab: "policies" }}
        className="back"
      >
        <BackIcon />
        {words.claims}
      </Link>
      <Loaded of={detail} rows={5}>
        {(loaded) => <Argument detail={loaded} forFarmer={farm !== undefined} />}
      </Loaded>
    </>
  );
}

function Argument({ detail, forFarmer }: { detail: ClaimDetail; forFarmer: boolean }) {
  const { words, format, nameOf } = useLocale();
  const [verified, setVerified] = useState<Verified>();
  const { claim, pond, timeline } = detail;
  return (
    <>
      <header className="claim-head">
        <p className="hint">
          {words.claimNumber(claim.id)}
          {pond !== null && <> · {nameOf(pond.name)}</>}
        </p>
        <h1>{forFarmer ? <FarmersWord claim={claim} /> : format.money(claim.amount)}</h1>
        <p className="claim-what">
          <ClaimStateBadge state={claim.state} />
          <span>
            <ClaimEventLine claim={claim} />
          </span>
        </p>
        <Fallen batch={detail.evaluation.batch} />
        {claim.state === "evaluated" && !forFarmer && <Deadline claim={claim} />}
        {/* A claim that has grown is decided anew. */}
        {!forFarmer && <Approve key={claim.amount} detail={detail} />}
      </header>
      <section className="card" aria-labelledby="timeline">
        <h2 id="timeline">{words.timelineTitle}</h2>
        <Timeline stops={timeline} />
      </section>
      <WindowChart detail={detail} />
      <div className="columns argument">
        <div className="card">
          <VerifyPanel detail={detail} onVerified={setVerified} />
        </div>
        <section className="card" aria-labelledby="trigger">
          <h2 id="trigger">{words.triggerTitle}</h2>
          <Trigger detail={detail} verified={verified} />
        </section>
      </div>
    </>
  );
}

/** What was found of the batch that the claim was proven from, where that was convicted. */
function Fallen({ batch }: { batch: number | null }) {
  const { words, format } = useLocale();
  const convicted = useConvicted(batch);
  if (batch === null || convicted.length === 0) return null;
  const what = convicted.map((code) => words.cases[code]).join(", ");
  return (
    <p className="fallen" role="alert" data-testid="claim-fell">
      <span aria-hidden="true">▼ </span>
      {words.claimFell(format.count(batch), what)}
    </p>
  );
}

/** By which cases a batch was found false. */
function useConvicted(batch: number | null) {
  const { batches } = useLive();
  return batches?.find(({ number }) => number === batch)?.convicted ?? [];
}

function FarmersWord({ claim }: { claim: ClaimSummary }) {
  const { words, format } = useLocale();
  const nowMs = useNowMs();
  const money = format.money(claim.amount);
  switch (claim.state) {
    case "evaluated":
      return words.claimEvaluatedLead(money, format.moment(claim.payableFromMs, nowMs));
    case "payable":
      return words.claimPayableLead(money);
    case "paid":
      return words.claimPaidLead(money);
    case "disputed":
      return words.claimDisputedLead(money);
    case "reopened":
      return words.claimReopenedLead;
    case "rejected":
      return words.claimRejectedLead;
  }
}

function Deadline({ claim }: { claim: ClaimSummary }) {
  const { words, format } = useLocale();
  const nowMs = useNowMs();
  const leftMs = claim.payableFromMs - nowMs;
  return (
    <p className="deadline">
      <b>{words.actBefore(format.moment(claim.payableFromMs, nowMs))}</b>{" "}
      {leftMs > 0 && <>({words.inTime(format.duration(leftMs))}) </>}
      {words.payableByItself}
    </p>
  );
}

function WindowChart({ detail: { claim, pond } }: { detail: ClaimDetail }) {
  const { words } = useLocale();
  if (pond === null) return null;
  return (
    <section className="card" aria-labelledby="window">
      <h2 id="window">{words.windowChart}</h2>
      <WindowReadings pond={pond.id} claim={claim} />
    </section>
  );
}

function WindowReadings({ pond, claim }: { pond: string; claim: ClaimSummary }) {
  const { fromMs, toMs, threshold } = claim;
  const span = { fromMs: fromMs - AROUND_MS, toMs: toMs + AROUND_MS };
  const path = `/api/v1/ponds/${pond}/readings?fromMs=${span.fromMs}&toMs=${span.toMs}&maxPoints=${MAX_POINTS}`;
  const readings = useLatest(useResource<PondReadings>(path, { everyMs: 10_000 }));
  const marked = useMemo(() => ({ fromMs, toMs }), [fromMs, toMs]);
  const stepMs = stepOf({ periodMs: LEAST_STEP_MS, spanMs: span.toMs - span.fromMs, maxPoints: MAX_POINTS });
  return (
    <Loaded of={readings} rows={4}>
      {(loaded) => (
        <>
          <OxygenChart readings={loaded} stepMs={stepMs} threshold={threshold} window={marked} height={280} />
          <HourlyTable readings={loaded} />
        </>
      )}
    </Loaded>
  );
}

/** Before the check: what the policy asks for, by the server's word. After it: everything from the chain and the readings. */
function Trigger({ detail, verified }: { detail: ClaimDetail; verified: Verified | undefined }) {
  const { claim, policy, evaluation, probes } = detail;
  const convicted = useConvicted(evaluation.batch);
  const fell = claim.state === "reopened" || (claim.state === "rejected" && convicted.length > 0);
  // What is void shows nothing, whatever this browser can compute from it.
  const facts = fell ? undefined : verified?.facts;
  const perils = facts?.terms.perils ?? policy.terms.perils.map(withAmounts);
  const peril = perils[facts?.evaluated.peril ?? claim.peril];
  const payoutBps = facts?.evaluated.payoutBps ?? claim.payoutBps;
  const tier = peril?.tiers.find((candidate) => candidate.payoutBps === payoutBps);
  if (peril === undefined || tier === undefined) return null;
  const lines = triggerLines({
    terms: facts?.terms ?? policy.terms,
    peril,
    tier,
    coverFromMs: facts?.coverFromMs ?? policy.coverFromMs ?? 0,
    toMs: facts?.window.toMs ?? claim.toMs,
    probes: facts?.probes.map(({ evidence }) => evidence) ?? [],
  });
  const streams = facts?.probes.map(({ streamId }) => streamId) ?? evaluation.streamIds;
  const names = streams.map((id) => probes.find(({ streamId }) => streamId === id)?.device ?? id);
  return <TriggerTable lines={lines} probes={names} fell={fell} />;
}

type WirePeril = ClaimDetail["policy"]["terms"]["perils"][number];

function withAmounts(peril: WirePeril): Peril {
  return { ...peril, deductible: BigInt(peril.deductible), sublimit: BigInt(peril.sublimit) };
}
