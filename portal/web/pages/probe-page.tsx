import type { Verdict } from "../../../protocol/admission.ts";
import type { ProbeGap, ProbeLife } from "../../api-provider.ts";
import { shortened } from "../format.ts";
import { useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import { BackIcon, MoodIcon } from "../parts/icons.tsx";
import { Empty, Loaded } from "../parts/views.tsx";
import { useResource } from "../resource.ts";
import { usePondFacts } from "../site.tsx";
import { Fact, TROUBLE_MOODS } from "./provider-page.tsx";

const EVERY_MS = 15_000;
const MAX_GAPS = 20;
/** What a gateway's clock may be ahead of a reading's time by and still be called prompt. */
const PROMPT_MS = 1_000;

/** A probe's page is its life. */
export function ProbePage({ device }: { device: string }) {
  const { words } = useLocale();
  const life = useResource<ProbeLife>(`/api/v1/provider/probes/${encodeURIComponent(device)}`, {
    everyMs: EVERY_MS,
  });
  return (
    <>
      <Link to={{ page: "provider" }} className="back">
        <BackIcon />
        {words.probesTitle}
      </Link>
      <Loaded of={life} rows={5}>
        {(loaded) => <Life life={loaded} />}
      </Loaded>
    </>
  );
}

function Life({ life }: { life: ProbeLife }) {
  const { words, nameOf } = useLocale();
  const { probe } = life;
  const pond = usePondFacts()(probe.pond);
  const mood = TROUBLE_MOODS[probe.trouble];
  return (
    <>
      <header className={`claim-head mood-${mood}`}>
        <p className="hint">{pond === undefined ? words.inNoPond : nameOf(pond.name)}</p>
        <h1>{words.probeTitle(shortened(probe.device))}</h1>
        <p className="pond-state">
          <span className="mood-word">
            <MoodIcon mood={mood} />
            {words.troubles[probe.trouble]}
          </span>
          {probe.symptoms.map((symptom) => (
            <span key={symptom}>{words.symptoms[symptom]}</span>
          ))}
        </p>
        <p className="hint">{words.troubleHints[probe.trouble]}</p>
      </header>
      <div className="columns">
        <Condition life={life} />
        <div className="stack">
          <History life={life} />
          <Gaps gaps={life.gaps} />
          <Refusals life={life} />
        </div>
      </div>
    </>
  );
}

function Condition({ life }: { life: ProbeLife }) {
  const { words, format } = useLocale();
  const nowMs = useNowMs();
  const { probe, sinceMs, powerUps, unsynchronised, calibrationOverdue, fingerprint, streamId } = life;
  const { lastTimeMs, delayMs, recent } = probe;
  return (
    <section className="card" aria-labelledby="condition">
      <h2 id="condition">{words.lifeTitle}</h2>
      <dl className="facts list">
        <Fact name={words.lastReading}>
          {lastTimeMs === null
            ? words.unknown
            : `${format.age(nowMs - lastTimeMs)} · ${format.moment(lastTimeMs, nowMs)}`}
        </Fact>
        <Fact name={words.sendsEvery}>
          {probe.periodMs > 0 ? format.duration(probe.periodMs) : words.unknown}
        </Fact>
        <Fact name={words.readingsStored}>{format.count(probe.readings)}</Fact>
        <Fact name={words.readingsMissing}>{format.count(probe.holes)}</Fact>
        <Fact name={words.framesRefused}>{format.count(probe.refused)}</Fact>
        <Fact name={words.doubtedOf}>
          {words.ofNewest(format.count(recent.doubted), format.count(recent.readings))}
        </Fact>
        <Fact name={words.clockLabel}>
          {unsynchronised === 0 ? words.clockSet : words.clockUnset(format.count(unsynchronised))}
        </Fact>
        <Fact name={words.delay}>
          {delayMs === null ? words.unknown : delayMs < PROMPT_MS ? words.justNow : format.duration(delayMs)}
        </Fact>
        <Fact name={words.powerUps}>
          {sinceMs === null ? words.unknown : words.since(format.count(powerUps), format.dateTime(sinceMs))}
        </Fact>
        <Fact name={words.calibration}>
          {calibrationOverdue === null
            ? words.unknown
            : calibrationOverdue
              ? words.calibrationOver
              : words.calibrationValid}
        </Fact>
        <Fact name={words.battery}>{words.notMeasured}</Fact>
        <Fact name={words.keyFingerprint}>
          {fingerprint === null ? words.unknown : <code>{fingerprint}</code>}
        </Fact>
      </dl>
      {streamId !== null && (
        <p>
          <Link to={{ page: "reading", stream: streamId, seq: "0" }}>{words.firstReading}</Link>
        </p>
      )}
    </section>
  );
}

function History({ life: { events } }: { life: ProbeLife }) {
  const { words, format } = useLocale();
  const told = events.filter(({ action }) => words.probeActions[action] !== undefined);
  return (
    <section className="card" aria-labelledby="history">
      <h2 id="history">{words.historyTitle}</h2>
      {told.length === 0 ? (
        <Empty title={words.noHistory} hint={words.noHistoryHint} />
      ) : (
        <ul className="rows">
          {told.map(({ atMs, action }, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: what was done is never undone, so its place stays
            <li key={i} className="row">
              <b>{words.probeActions[action]}</b>
              <span className="row-end">{format.dateTime(atMs)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Gaps({ gaps }: { gaps: ProbeGap[] }) {
  const { words, format } = useLocale();
  const newest = gaps.slice(-MAX_GAPS).reverse();
  return (
    <section className="card" aria-labelledby="gaps">
      <h2 id="gaps">{words.gapsTitle}</h2>
      {newest.length === 0 ? (
        <p className="calm">{words.noGaps}</p>
      ) : (
        <ul className="rows">
          {newest.map(({ fromSeq, toSeq, fromMs, toMs }) => (
            <li key={fromSeq} className="row">
              <b>
                {fromSeq === toSeq
                  ? words.gapOne(format.count(fromSeq))
                  : words.gapLine(
                      format.count(toSeq - fromSeq + 1),
                      format.count(fromSeq),
                      format.count(toSeq),
                    )}
              </b>
              {fromMs !== null && toMs !== null && (
                <span className="row-more">
                  {words.betweenTimes(format.dateTime(fromMs), format.dateTime(toMs))}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const ACCEPTED: readonly Verdict[] = ["stored", "ahead"];

function Refusals({ life: { refusals } }: { life: ProbeLife }) {
  const { words, format } = useLocale();
  const all = (Object.entries(refusals) as [Verdict, number][]).filter(
    ([verdict, count]) => count > 0 && !ACCEPTED.includes(verdict),
  );
  return (
    <section className="card" aria-labelledby="refusals">
      <h2 id="refusals">{words.refusalsTitle}</h2>
      {all.length === 0 ? (
        <p className="calm">{words.nothingRefused}</p>
      ) : (
        <ul className="rows">
          {all.map(([verdict, count]) => (
            <li key={verdict} className="row">
              <span>{words.verdicts[verdict]}</span>
              <b className="row-end">{format.count(count)}</b>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
