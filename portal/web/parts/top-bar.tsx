import { SOURCES } from "../../api.ts";
import { useLive, useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import type { Route } from "../router.ts";
import { useSite } from "../site.tsx";
import { DropIcon } from "./icons.tsx";

/** Who one is, what time it is at the ponds, whether the page is live, and the other language. */
export function TopBar({ route }: { route: Route }) {
  const { words, nameOf, language, switchLanguage } = useLocale();
  const { farms } = useSite();
  const farm = "farm" in route ? farms.find(({ id }) => id === route.farm) : undefined;
  const desk = deskOf(route);
  return (
    <header className="top">
      <div className="top-in">
        <Link to={{ page: "start" }} className="brand" aria-label={`${words.brand}: ${words.home}`}>
          <DropIcon />
          <span>{words.brand}</span>
        </Link>
        {farm !== undefined && (
          <Link to={{ page: "farm", farm: farm.id, tab: "ponds" }} className="role">
            {nameOf(farm.name)}
          </Link>
        )}
        {desk !== undefined && (
          <Link to={{ page: desk }} className="role">
            {words[desk]}
          </Link>
        )}
        <LiveClock />
        <button
          type="button"
          className="button quiet language"
          lang={language === "zh" ? "en" : "zh-Hans"}
          onClick={switchLanguage}
        >
          {words.otherLanguage}
        </button>
      </div>
    </header>
  );
}

/** The people that a page is for, where they are no farm. */
function deskOf({ page }: Route): "insurer" | "provider" | "auditor" | undefined {
  switch (page) {
    case "insurer":
    case "insurer-claim":
    case "portfolio":
      return "insurer";
    case "provider":
    case "probe":
      return "provider";
    case "auditor":
    case "batch":
    case "reading":
    case "events":
      return "auditor";
    case "start":
    case "farm":
    case "pond":
    case "farm-claim":
    case "unknown":
      return undefined;
  }
}

function LiveClock() {
  const { words, format } = useLocale();
  const { connection, tick } = useLive();
  const nowMs = useNowMs();
  const speed = tick?.simulation?.speed ?? 1;
  const state = { live: words.live, lost: words.notLive, connecting: words.connecting }[connection];
  return (
    <p className={`clock clock-${connection}`} data-testid="live" data-state={connection}>
      <span className="clock-dot" aria-hidden="true" />
      <span className="clock-state">{state}</span>
      {tick !== null && (
        <>
          <time dateTime={new Date(nowMs).toISOString()}>
            <span className="clock-day">{format.weekday(nowMs)} </span>
            {format.clock(nowMs)}
          </time>
          <span className="clock-zone">{format.zone(nowMs)}</span>
          {speed !== 1 && (
            <span className="clock-speed" title={words.speed(format.count(speed))}>
              ×{format.count(speed)}
            </span>
          )}
        </>
      )}
    </p>
  );
}

/** What does not answer, and since when what is shown is old. */
export function SourceNotices() {
  const { words, format } = useLocale();
  const { connection, tick, heardMs } = useLive();
  const nowMs = useNowMs();
  if (connection === "lost") {
    return (
      <p className="notice" role="status">
        {words.notLiveSince(heardMs === null ? "–" : format.moment(heardMs, nowMs))}
      </p>
    );
  }
  return SOURCES.filter((source) => tick?.sources[source].up === false).map((source) => (
    <p className="notice" role="status" key={source}>
      {words.sourceDown(words.sources[source], format.moment(tick!.sources[source].sinceMs, nowMs))}
    </p>
  ));
}
