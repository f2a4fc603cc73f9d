import { useState } from "react";
import { PURPOSES, type Purpose } from "../../../protocol/consent.ts";
import type { AccessEntry, Grant, Institution, PondFacts } from "../../api.ts";
import { type ConsentAct, sendConsent } from "../consent-act.ts";
import { useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { useResource } from "../resource.ts";
import { useSite } from "../site.tsx";
import { Identifier } from "./identifier.tsx";
import { PersonCard } from "./person-card.tsx";
import { Empty, Loaded } from "./views.tsx";

const DAY_MS = 86_400_000;
const SHOWN_READS = 8;

/** Whom a farmer has granted his data, pond by pond, who has read it, and both buttons. */
export function FarmData({ farm }: { farm: string }) {
  const { words } = useLocale();
  const { ponds } = useSite();
  const institutions = useResource<Institution[]>("/api/v1/institutions");
  return (
    <>
      <h2>{words.grantsTitle}</h2>
      <p className="hint">{words.grantsHint}</p>
      <div className="ponds">
        {ponds
          .filter((pond) => pond.farm === farm)
          .map((pond) => (
            <PondData key={pond.id} pond={pond} institutions={institutions.data ?? []} />
          ))}
      </div>
      <PersonCard />
    </>
  );
}

function PondData({ pond, institutions }: { pond: PondFacts; institutions: Institution[] }) {
  const { words, nameOf } = useLocale();
  const { session } = useSite();
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const grants = useResource<Grant[]>(`/api/v1/ponds/${pond.id}/grants`, { everyMs: 5_000 });
  const reads = useResource<AccessEntry[]>(`/api/v1/ponds/${pond.id}/reads`, { everyMs: 15_000 });
  const act = async (consent: ConsentAct) => {
    setState("busy");
    const { signal } = new AbortController();
    const who = { account: session.me?.account ?? "", ready: session.ready, signal };
    const answer = await sendConsent(pond.id, consent, who);
    setState(answer.ok ? "idle" : "failed");
    grants.reload();
  };
  return (
    <article className="card" data-testid="pond-data" data-pond={pond.id}>
      <h3>{nameOf(pond.name)}</h3>
      <Loaded of={grants} rows={1}>
        {(all) => <Grants grants={all} busy={state === "busy"} onWithdraw={(consent) => void act(consent)} />}
      </Loaded>
      {institutions.length > 0 && (
        <GrantForm
          institutions={institutions}
          busy={state === "busy"}
          onGrant={(consent) => void act(consent)}
        />
      )}
      <p className="hint" role="status">
        {state === "busy" && words.granting}
        {state === "failed" && words.grantFailed}
      </p>
      <h4>{words.readsTitle}</h4>
      <p className="hint">{words.readsHint}</p>
      <Loaded of={reads} rows={1}>
        {(all) => <Reads reads={all} />}
      </Loaded>
    </article>
  );
}

function Grants({
  grants,
  busy,
  onWithdraw,
}: {
  grants: Grant[];
  busy: boolean;
  onWithdraw: (act: ConsentAct) => void;
}) {
  const { words, format, nameOf } = useLocale();
  const nowMs = useNowMs();
  if (grants.length === 0) return <Empty title={words.noGrants} hint={words.noGrantsHint} />;
  return (
    <ul className="grants">
      {grants.map(({ institution, name, purpose, untilMs }) => {
        const whom = name === null ? institution : nameOf(name);
        return (
          <li key={`${institution} ${purpose}`} data-testid="grant" data-purpose={purpose}>
            <span>
              <b>{name === null ? <Identifier id={institution} /> : nameOf(name)}</b> ·{" "}
              {words.purposes[purpose]} ·{" "}
              {untilMs > nowMs ? words.until(format.dateTime(untilMs)) : words.expired}
            </span>
            <button
              type="button"
              className="button quiet"
              disabled={busy}
              aria-label={words.withdrawFrom(whom, words.purposes[purpose])}
              onClick={() => onWithdraw({ act: "withdraw", institution, purpose })}
            >
              {words.withdraw}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function GrantForm({
  institutions,
  busy,
  onGrant,
}: {
  institutions: Institution[];
  busy: boolean;
  onGrant: (act: ConsentAct) => void;
}) {
  const { words, nameOf } = useLocale();
  const nowMs = useNowMs();
  const spans = [
    [30, words.days30],
    [180, words.days180],
    [365, words.days365],
  ] as const;
  const submit = (form: FormData) => {
    const untilMs = Math.floor(nowMs + Number(form.get("days")) * DAY_MS);
    const purpose = form.get("purpose") as Purpose;
    onGrant({ act: "grant", institution: String(form.get("institution")), purpose, untilMs });
  };
  return (
    <form className="grant-form" action={submit}>
      <label>
        {words.grantWhom}
        <select name="institution">
          {institutions.map(({ account, name }) => (
            <option key={account} value={account}>
              {nameOf(name)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.grantWhat}
        <select name="purpose">
          {PURPOSES.map((purpose) => (
            <option key={purpose} value={purpose}>
              {words.purposes[purpose]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.grantHowLong}
        <select name="days">
          {spans.map(([days, word]) => (
            <option key={days} value={days}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <button type="submit" className="button" disabled={busy} data-testid="grant-button">
        {words.grant}
      </button>
    </form>
  );
}

function Reads({ reads }: { reads: AccessEntry[] }) {
  const { words, format } = useLocale();
  if (reads.length === 0) return <p className="hint">{words.noReads}</p>;
  return (
    <ul className="reads">
      {reads.slice(0, SHOWN_READS).map(({ day, account, basis, what, count }) => (
        <li key={`${day} ${account} ${basis} ${what}`} data-testid="read" data-basis={basis}>
          <time dateTime={day}>{day}</time> {words.bases[basis]} <Identifier id={account} />{" "}
          {words.times(format.count(count))}
        </li>
      ))}
    </ul>
  );
}
