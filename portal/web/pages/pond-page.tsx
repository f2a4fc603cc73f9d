import { useMemo, useState } from "react";
import { decodeValue, slotOf } from "../../../protocol/record.ts";
import type { PondDetail, PondReadings, ProbeState } from "../../api.ts";
import { stepOf } from "../chart-data.ts";
import { chartWindow } from "../chart-window.ts";
import { shortened } from "../format.ts";
import { useLive, useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import { useLatest, usePaced } from "../paced.ts";
import { ClaimLink } from "../parts/claim-link.tsx";
import { HourlyTable } from "../parts/hourly-table.tsx";
import { BackIcon } from "../parts/icons.tsx";
import { OxygenChart, PROBE_MARKS } from "../parts/oxygen-chart.tsx";
import { PolicyPanel } from "../parts/policy-panel.tsx";
import { adviceOf, BreachClock, NightLine, PondNumber, PondState } from "../parts/pond-card.tsx";
import { Empty, Loaded } from "../parts/views.tsx";
import { useResource } from "../resource.ts";

const REFRESH_MS = 3_000;
/** Points of what is in sight: more than a phone is wide, and with what lies beside it within one answer. */
const MAX_POINTS = 650;
/** How far one step goes, of what is in sight. */
const STEP_SHARE = 0.5;
const DAY_MS = 86_400_000;
const SPANS = { day: DAY_MS, week: 7 * DAY_MS, season: 120 * DAY_MS, year: 365 * DAY_MS } as const;
type Span = keyof typeof SPANS;

/** One pond: its number, its curve, its probes, its policy. */
export function PondPage({ farm, pond }: { farm: string; pond: string }) {
  const detail = useResource<PondDetail>(`/api/v1/ponds/${pond}`, { everyMs: REFRESH_MS });
  const { words } = useLocale();
  return (
    <>
      <Link to={{ page: "farm", farm, tab: "ponds" }} className="back">
        <BackIcon />
        {words.ponds}
      </Link>
      <Loaded of={detail} rows={5}>
        {(loaded) => <PondView farm={farm} detail={loaded} />}
      </Loaded>
    </>
  );
}

function PondView({ farm, detail }: { farm: string; detail: PondDetail }) {
  const { nowMs, probes, policy } = detail;
  const { words, format, nameOf } = useLocale();
  const pond = useLive().ponds?.find(({ id }) => id === detail.pond.id) ?? detail.pond;
  const advice = adviceOf(pond, words);
  const threshold = policy?.terms.perils.flatMap(({ tiers }) => tiers.slice(0, 1))[0]?.threshold;
  return (
    <>
      <div className={`card pond-now mood-${pond.mood}`}>
        <div className="pond-head">
          <h1>{nameOf(pond.name)}</h1>
          <PondNumber pond={pond} />
        </div>
        <p className="hint">
          {words.species[pond.species]} · {format.area(pond.areaMu)} ·{" "}
          {words.deep(format.oxygen(pond.depthM))}
        </p>
        <PondState pond={pond} />
        {advice !== undefined && <p className="advice">{advice}</p>}
        <p className="pond-foot">
          <NightLine night={pond.night} />
          {pond.temperatureC !== null && (
            <span>
              {words.temperature} {format.temperature(pond.temperatureC)} °C
            </span>
          )}
          {pond.aerator !== null && (
            <span>
              {words.aerator}{" "}
              {pond.aerator.running
                ? words.aeratorRuns(format.ampere(pond.aerator.currentA))
                : words.aeratorOff}
            </span>
          )}
        </p>
        {pond.breach !== null && <BreachClock breach={pond.breach} />}
      </div>
      {pond.claims.map((claim) => (
        <ClaimLink key={claim.id} claim={claim} to={{ page: "farm-claim", farm, claim: claim.id }} />
      ))}
      <Readings
        pond={pond.id}
        periodMs={Math.max(1000, ...probes.map(({ periodMs }) => periodMs))}
        threshold={threshold === undefined ? null : decodeValue(threshold)}
      />
      <div className="columns">
        <section className="card" aria-labelledby="probes">
          <h2 id="probes">{words.probes}</h2>
          <Probes probes={probes} askedMs={nowMs} />
        </section>
        <section className="card" aria-labelledby="policy">
          <h2 id="policy">{words.myPolicy}</h2>
          {policy === null ? (
            <Empty title={words.noPolicy} hint={words.noPolicyHint} />
          ) : (
            <PolicyPanel policy={policy} />
          )}
        </section>
      </div>
    </>
  );
}

function Readings({
  pond,
  periodMs,
  threshold,
}: {
  pond: string;
  periodMs: number;
  threshold: number | null;
}) {
  const { words, format } = useLocale();
  const [span, setSpan] = useState<Span>("day");
  const [stoppedMs, setStoppedMs] = useState<number>();
  const nowMs = useNowMs();
  const spanMs = SPANS[span];
  const stepMs = stepOf({ periodMs, spanMs, maxPoints: MAX_POINTS });
  // A new address only when a new point can have come; the old picture stays until then.
  const latestMs = Math.ceil(nowMs / stepMs) * stepMs;
  const shown = chartWindow({ endMs: stoppedMs ?? latestMs, nowMs: latestMs, spanMs, maxPoints: MAX_POINTS });
  const { asked } = shown;
  const path = `/api/v1/ponds/${pond}/readings?fromMs=${asked.fromMs}&toMs=${asked.toMs}&maxPoints=${asked.maxPoints}`;
  const readings = useLatest(useResource<PondReadings>(usePaced(path, `${span} ${stoppedMs}`)));
  const view = useMemo(() => ({ fromMs: shown.fromMs, toMs: shown.toMs }), [shown.fromMs, shown.toMs]);
  /** Goes to another time; at the newest reading the chart follows the clock again. */
  const go = (laterMs: number) => {
    const endMs = Math.max(spanMs, shown.toMs + laterMs);
    setStoppedMs(endMs >= latestMs ? undefined : endMs);
  };
  const choose = (name: Span) => {
    setSpan(name);
    setStoppedMs(undefined);
  };
  return (
    <section className="card" aria-labelledby="readings">
      <div className="section-head">
        <h2 id="readings">{words.oxygen}</h2>
        <fieldset className="segmented">
          <legend className="visually-hidden">{words.range}</legend>
          {(Object.keys(SPANS) as Span[]).map((name) => (
            <label key={name}>
              <input type="radio" name="span" checked={name === span} onChange={() => choose(name)} />
              <span>{words[name]}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <Loaded of={readings} rows={4}>
        {(loaded) =>
          loaded.series.every(({ points }) => points.length === 0) ? (
            <Empty title={words.noReadings} hint={words.noReadingsHint} />
          ) : (
            <>
              <OxygenChart readings={loaded} stepMs={stepMs} threshold={threshold} view={view} onPan={go} />
              <HourlyTable readings={within(loaded, view)} />
            </>
          )
        }
      </Loaded>
      <p className="pan">
        <button type="button" className="button quiet" onClick={() => go(-spanMs * STEP_SHARE)}>
          {words.earlier}
        </button>
        <span>{words.coverSpan(format.dateTime(view.fromMs), format.dateTime(view.toMs))}</span>
        <button
          type="button"
          className="button quiet"
          disabled={stoppedMs === undefined}
          onClick={() => go(spanMs * STEP_SHARE)}
        >
          {words.later}
        </button>
      </p>
    </section>
  );
}

/** What is in sight of what was read. */
function within(readings: PondReadings, { fromMs, toMs }: { fromMs: number; toMs: number }): PondReadings {
  const series = readings.series.map(({ points, ...probe }) => ({
    ...probe,
    points: points.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs),
  }));
  return { fromMs, toMs, series };
}

/** `askedMs`: when the server said this; while it does not answer, the ages go on from there. */
function Probes({ probes, askedMs }: { probes: ProbeState[]; askedMs: number }) {
  const { words, format } = useLocale();
  const currentMs = useNowMs();
  const nowMs = useLive().connection === "live" ? askedMs : currentMs;
  return (
    <ul className="probes">
      {probes.map((probe, i) => {
        const oxygen = probe.latest?.[slotOf("oxygen")];
        const refused = Object.entries(probe.verdicts)
          .filter(([verdict]) => verdict !== "stored" && verdict !== "ahead" && verdict !== "duplicate")
          .reduce((sum, [, count]) => sum + count, 0);
        return (
          <li key={probe.device} className={`probe probe-${probe.link}`}>
            <span className="probe-mark" aria-hidden="true">
              {PROBE_MARKS[i]}
            </span>
            <span className="probe-name">
              {words.probe} {PROBE_MARKS[i]} <code title={probe.device}>{shortened(probe.device)}</code>
            </span>
            <span className="probe-value">
              {probe.link === "online" && typeof oxygen === "number" ? `${format.oxygen(oxygen)} mg/L` : "–"}
            </span>
            <span className="probe-facts">
              <b>{words.probeLinks[probe.link]}</b>
              {probe.lastTimeMs !== null && ` · ${format.age(nowMs - probe.lastTimeMs)}`}
              {probe.periodMs > 0 && ` · ${words.everyPeriod(format.duration(probe.periodMs))}`}
              {probe.holes > 0 && ` · ${words.gaps(format.count(probe.holes))}`}
              {refused > 0 && ` · ${words.refusedCount(format.count(refused))}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
