import type { Breach, PondSummary } from "../../api.ts";
import { useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import type { AllWords } from "../words.ts";
import { AeratorIcon, MoodIcon, TrendIcon } from "./icons.tsx";
import { Spark } from "./spark.tsx";

const HALF_HOUR_MS = 1_800_000;

/** One pond in three seconds: a word, a number, a trend; what to do; what the policy's clock says. */
export function PondCard({ pond }: { pond: PondSummary }) {
  const { words, format, nameOf } = useLocale();
  const advice = adviceOf(pond, words);
  return (
    <article
      className={`card pond-card mood-${pond.mood}`}
      data-testid="pond-card"
      data-pond={pond.id}
      data-mood={pond.mood}
    >
      <Link to={{ page: "pond", farm: pond.farm, pond: pond.id }} className="pond-head">
        <h2>{nameOf(pond.name)}</h2>
        <PondNumber pond={pond} />
      </Link>
      <PondState pond={pond} />
      {advice !== undefined && <p className="advice">{advice}</p>}
      <div className="pond-day">
        <Spark values={pond.spark} markAt={nightIndex(pond)} label={words.last24h} />
        <NightLine night={pond.night} />
      </div>
      {pond.breach !== null && <BreachClock breach={pond.breach} />}
      <p className="pond-foot">
        {pond.temperatureC !== null && (
          <span>
            {words.temperature} {format.temperature(pond.temperatureC)} °C
          </span>
        )}
        {pond.aerator !== null && (
          <span className={pond.aerator.running ? "aerator-on" : ""}>
            <AeratorIcon />
            {words.aerator}{" "}
            {pond.aerator.running
              ? words.aeratorRuns(format.ampere(pond.aerator.currentA))
              : words.aeratorOff}
          </span>
        )}
        <span>{words.probesOnline(format.count(pond.probes.online), format.count(pond.probes.total))}</span>
      </p>
    </article>
  );
}

/** The pond's oxygen now, large, with its trend. */
export function PondNumber({ pond }: { pond: PondSummary }) {
  const { words, format } = useLocale();
  if (pond.oxygenMgPerL === null) return <span className="number">–</span>;
  return (
    <span className="number">
      {pond.trend !== null && (
        <>
          <TrendIcon trend={pond.trend} />
          <span className="visually-hidden">{words.trends[pond.trend]}</span>
        </>
      )}
      <strong>{format.oxygen(pond.oxygenMgPerL)}</strong>
      <small>mg/L</small>
    </span>
  );
}

/** The state in words, with the age of the reading that says so. */
export function PondState({ pond }: { pond: PondSummary }) {
  const { words, format } = useLocale();
  const nowMs = useNowMs();
  const level = pond.level === null || pond.level === "normal" ? undefined : words.levels[pond.level];
  const exact = pond.lastTimeMs === null ? undefined : format.dateTime(pond.lastTimeMs);
  return (
    <p className="pond-state">
      <span className="mood-word">
        <MoodIcon mood={pond.mood} />
        {words.moods[pond.mood]}
      </span>
      {level !== undefined && level !== words.moods[pond.mood] && <span>{level}</span>}
      {pond.lastTimeMs !== null && (
        <time title={exact} dateTime={new Date(pond.lastTimeMs).toISOString()}>
          {format.age(nowMs - pond.lastTimeMs)}
        </time>
      )}
    </p>
  );
}

/** How long the policy's metric has been beyond its level, and what it would pay if that goes on. */
export function BreachClock({ breach }: { breach: Breach }) {
  const { words, format } = useLocale();
  const { next, reached } = breach;
  return (
    <div className="breach">
      <p className="breach-since">
        {words.belowFor(format.oxygen(breach.threshold), format.duration(breach.durationMs))}
      </p>
      {next !== null && (
        <progress
          max={next.minDurationMs}
          value={breach.durationMs}
          aria-label={words.ifUntil(format.duration(next.minDurationMs))}
        />
      )}
      {reached !== null && <p>{words.reachedPays(format.money(reached.amount))}</p>}
      <p>
        {next === null ? (
          words.topTier
        ) : (
          <>
            {words.ifUntil(format.duration(next.minDurationMs))}{" "}
            <b>{words.pays(format.money(next.amount))}</b>
          </>
        )}
      </p>
    </div>
  );
}

export function NightLine({ night }: { night: PondSummary["night"] }) {
  const { words, format } = useLocale();
  if (night === null) return null;
  const least = format.oxygen(night.minMgPerL);
  return (
    <span className="night" title={format.dateTime(night.atMs)}>
      {night.over ? words.lastNight(least) : words.thisNight(least)}
    </span>
  );
}

/** Where on the spark line the night's minimum lies. */
function nightIndex({ night, spark, sparkToMs }: PondSummary): number | undefined {
  if (night === null) return undefined;
  const index = spark.length - Math.ceil((sparkToMs - night.atMs) / HALF_HOUR_MS);
  return index >= 0 ? index : undefined;
}

/** What the farmer should do now, if anything. */
export function adviceOf(pond: Pick<PondSummary, "mood" | "aerator">, words: AllWords): string | undefined {
  switch (pond.mood) {
    case "danger":
      return pond.aerator?.running ? words.adviceAerateMore : words.adviceAerate;
    case "watch":
      return words.adviceWatch;
    case "stale":
      return words.adviceProbe;
    case "good":
      return undefined;
  }
}
