import { useState } from "react";
import type { AlarmView } from "../../api-provider.ts";
import { useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { post } from "../portal-api.ts";
import { type Resource, useResource } from "../resource.ts";
import { MoodIcon } from "./icons.tsx";
import { Loaded } from "./views.tsx";

const EVERY_MS = 5_000;
const MAX_OVER = 5;

/** A pond's alarms, with what to do about each; what nobody has heard yet comes first. */
export function usePondAlarms(pond: string): Resource<AlarmView[]> {
  return useResource<AlarmView[]>(`/api/v1/ponds/${pond}/alarms`, { everyMs: EVERY_MS });
}

export function PondAlarms({ pond, name }: { pond: string; name: string }) {
  const { words } = useLocale();
  const alarms = usePondAlarms(pond);
  const id = `alarms-${pond}`;
  return (
    <section className="card" aria-labelledby={id} data-testid="alarms" data-pond={pond}>
      <h2 id={id}>{name}</h2>
      <Loaded of={alarms} rows={1}>
        {(all) => {
          const over = all.filter(({ clearedAtMs }) => clearedAtMs !== null).slice(0, MAX_OVER);
          const shown = [...all.filter(({ clearedAtMs }) => clearedAtMs === null), ...over];
          return shown.length === 0 ? (
            <p className="calm">{words.noAlarms}</p>
          ) : (
            <ul className="rows">
              {shown.map((alarm) => (
                <Alarm key={alarm.id} pond={pond} alarm={alarm} onHeard={alarms.reload} />
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}

function Alarm({ pond, alarm, onHeard }: { pond: string; alarm: AlarmView; onHeard: () => void }) {
  const { words, format } = useLocale();
  const nowMs = useNowMs();
  const [sent, setSent] = useState<"no" | "yes" | "failed">("no");
  const { id, kind, level, raisedAtMs, clearedAtMs, acknowledgedAtMs } = alarm;
  const mood = clearedAtMs !== null ? "stale" : level === "watch" ? "watch" : "danger";
  const acknowledge = async () => {
    setSent("yes");
    const path = `/api/v1/ponds/${pond}/alarms/${id}/acknowledge`;
    const answer = await post(path, {}, new AbortController().signal);
    setSent(answer.ok ? "yes" : "failed");
    onHeard();
  };
  const isOpen = clearedAtMs === null && acknowledgedAtMs === null;
  return (
    <li className={`row mood-${mood}`} data-testid="alarm" data-heard={!isOpen}>
      <span className="mood-word">
        <MoodIcon mood={mood} />
        {words.alarmKinds[kind]}
      </span>
      <time className="row-end" dateTime={new Date(raisedAtMs).toISOString()}>
        {format.moment(raisedAtMs, nowMs)}
      </time>
      {clearedAtMs !== null && (
        <span className="row-more">{words.alarmOver(format.moment(clearedAtMs, nowMs))}</span>
      )}
      {acknowledgedAtMs !== null && (
        <span className="row-more">{words.alarmHeard(format.moment(acknowledgedAtMs, nowMs))}</span>
      )}
      {isOpen && (
        <span className="row-more">
          <button
            type="button"
            className="button"
            disabled={sent === "yes"}
            onClick={() => void acknowledge()}
          >
            {words.acknowledge}
          </button>{" "}
          <span role={sent === "failed" ? "alert" : undefined}>
            {sent === "failed" ? words.failedHint : words.acknowledgeHint}
          </span>
        </span>
      )}
    </li>
  );
}
