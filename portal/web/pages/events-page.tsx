import { useEffect, useState } from "react";
import type { EventValue, EventView, EventsPage as Page } from "../../api-books.ts";
import { shortened } from "../format.ts";
import { useLocale } from "../locale.tsx";
import { AuditNav } from "../parts/audit-nav.tsx";
import { Identifier } from "../parts/identifier.tsx";
import { Empty, Failed, Loading } from "../parts/views.tsx";
import { getJson } from "../portal-api.ts";

const LIMIT = 50;
/** A value longer than this is shown with its middle left out, to copy whole. */
const LONG = 46;

type Shown = { events: EventView[]; before: number | null; failed: boolean; loading: boolean };
const NOTHING: Shown = { events: [], before: null, failed: false, loading: true };

/** Every event of the ledger, decoded, newest first. */
export function EventsPage() {
  const { words } = useLocale();
  const [shown, setShown] = useState<Shown>(NOTHING);
  const [leaving] = useState(() => new AbortController());
  const load = async (before: number | null) => {
    setShown((was) => ({ ...was, loading: true, failed: false }));
    const from = before === null ? "" : `&before=${before}`;
    const answer = await getJson<Page>(`/api/v1/events?limit=${LIMIT}${from}`, leaving.signal);
    setShown((was) =>
      answer.ok
        ? {
            events: before === null ? answer.value.events : [...was.events, ...answer.value.events],
            before: answer.value.before,
            failed: false,
            loading: false,
          }
        : { ...was, failed: true, loading: false },
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once; what comes later is asked for with the button
  useEffect(() => {
    void load(null);
  }, []);
  const { events, before, failed, loading } = shown;
  return (
    <>
      <AuditNav current="events" />
      <h1>{words.eventsTitle}</h1>
      <p className="hint">{words.eventsHint}</p>
      {events.length === 0 && !loading && !failed && (
        <div className="card">
          <Empty title={words.noEvents} hint={words.noEventsHint} />
        </div>
      )}
      <ol className="events">
        {events.map((event) => (
          <li key={`${event.block}-${event.logIndex}`} className="card" data-testid="event">
            <Event event={event} />
          </li>
        ))}
      </ol>
      {loading && <Loading rows={4} />}
      {failed && <Failed onRetry={() => void load(events.length === 0 ? null : before)} />}
      {before !== null && !loading && !failed && (
        <p>
          <button type="button" className="button" onClick={() => void load(before)}>
            {words.olderEvents}
          </button>
        </p>
      )}
    </>
  );
}

function Event({ event }: { event: EventView }) {
  const { words, format } = useLocale();
  return (
    <>
      <h2>
        <code>
          {event.contract}.{event.name}
        </code>
      </h2>
      <p className="hint">
        {format.dateTime(event.timeMs)} · {words.blockNumber(format.count(event.block))} · {words.transaction}{" "}
        <Identifier id={event.transaction} />
      </p>
      <dl className="args">
        {event.args.map(({ name, type, value }) => (
          <div key={name}>
            <dt>
              {name} <small>{type}</small>
            </dt>
            <dd>
              <Value value={value} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Value({ value }: { value: EventValue }) {
  const { words } = useLocale();
  if (typeof value === "boolean") return value ? words.yes : words.no;
  if (typeof value === "string") {
    if (value === "") return "–";
    return value.length > LONG ? <Identifier id={value} /> : <code>{value}</code>;
  }
  const parts = Array.isArray(value)
    ? value.map((item, i): [string, EventValue] => [String(i), item])
    : Object.entries(value);
  return (
    <ul>
      {parts.map(([name, part]) => (
        <li key={name}>
          <small>{shortened(name, { head: 30, tail: 4 })}</small> <Value value={part} />
        </li>
      ))}
    </ul>
  );
}
