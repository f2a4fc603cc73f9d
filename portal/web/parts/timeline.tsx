import type { TimelineStop } from "../../api.ts";
import { useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import type { AllWords } from "../words.ts";
import { CheckIcon } from "./icons.tsx";
import { Identifier } from "./identifier.tsx";

/** The way from the breach to the money; what lies ahead is there too, and says so. */
export function Timeline({ stops }: { stops: TimelineStop[] }) {
  const { words, format } = useLocale();
  const nowMs = useNowMs();
  const current = stops.findLastIndex(({ reached }) => reached);
  return (
    <ol className="timeline" aria-label={words.timelineTitle}>
      {stops.map((stop, i) => (
        <li
          key={`${stop.kind}-${stop.tier ?? ""}`}
          className={stop.reached ? "reached" : "ahead"}
          aria-current={i === current ? "step" : undefined}
          data-testid="timeline-stop"
          data-kind={stop.kind}
          data-reached={stop.reached}
        >
          <span className="dot">{stop.reached && <CheckIcon />}</span>
          <span className="stop-name">{stopName(stop, words)}</span>
          <span className="stop-time">
            {stop.timeMs === null
              ? words.stillAhead
              : stop.reached
                ? format.moment(stop.timeMs, nowMs)
                : words.atLatest(format.moment(stop.timeMs, nowMs))}
          </span>
          {stop.amount !== undefined && <span className="stop-fact">{format.money(stop.amount)}</span>}
          {stop.batch !== undefined && (
            <span className="stop-fact">{words.stopBatch(format.count(stop.batch))}</span>
          )}
          {stop.transaction !== undefined && (
            <span className="stop-fact">
              <span className="visually-hidden">{words.transaction}</span>
              <Identifier id={stop.transaction.hash} />
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

function stopName(stop: TimelineStop, words: AllWords): string {
  return stop.tier === undefined ? words.stops[stop.kind] : words.stopTier(String(stop.tier + 1));
}
