import type { BondView } from "../../api-books.ts";
import { type GatewayView, type ProbeHealth, TROUBLES, type Trouble } from "../../api-provider.ts";
import type { Mood } from "../../levels.ts";
import { shortened } from "../format.ts";
import { useLive, useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import { MoodIcon } from "../parts/icons.tsx";
import { Identifier } from "../parts/identifier.tsx";
import { PairingPanel } from "../parts/pairing-panel.tsx";
import { Empty, Loaded } from "../parts/views.tsx";
import { useResource } from "../resource.ts";
import { usePondFacts, useSite } from "../site.tsx";

/** Asking for every probe's newest readings is work: a minute is what a person in a van waits anyway. */
const PROBES_EVERY_MS = 30_000;
const GATEWAYS_EVERY_MS = 10_000;

export const TROUBLE_MOODS: Record<Trouble, Mood> = {
  silent: "danger",
  doubtful: "watch",
  due: "stale",
  fine: "good",
};

/** The provider's question: which probe needs me? */
export function ProviderPage() {
  const { words, nameOf } = useLocale();
  const { site } = useSite();
  const probes = useResource<ProbeHealth[]>("/api/v1/provider/probes", { everyMs: PROBES_EVERY_MS });
  return (
    <>
      <p className="hint">{nameOf(site.name)}</p>
      <h1>{words.probesTitle}</h1>
      <div className="columns wide-left">
        <Loaded of={probes} rows={5}>
          {(all) =>
            all.length === 0 ? (
              <div className="card">
                <Empty title={words.noProbes} hint={words.noProbesHint} />
              </div>
            ) : (
              <Groups probes={all} />
            )
          }
        </Loaded>
        <div className="stack">
          <PairingPanel onPaired={probes.reload} />
          <Gateways />
          <Bond />
        </div>
      </div>
    </>
  );
}

function Groups({ probes }: { probes: ProbeHealth[] }) {
  const { words, format } = useLocale();
  const groups = TROUBLES.map((trouble) => ({
    trouble,
    own: probes.filter((probe) => probe.trouble === trouble),
  }));
  return (
    <div className="stack">
      {groups
        .filter(({ own }) => own.length > 0)
        .map(({ trouble, own }) => (
          <section
            key={trouble}
            className={`card mood-${TROUBLE_MOODS[trouble]}`}
            aria-labelledby={`trouble-${trouble}`}
            data-testid="trouble"
            data-trouble={trouble}
          >
            <h2 id={`trouble-${trouble}`} className="trouble-head">
              <span className="mood-word">
                <MoodIcon mood={TROUBLE_MOODS[trouble]} />
                {words.troubles[trouble]}
              </span>{" "}
              {format.count(own.length)}
            </h2>
            <p className="hint">{words.troubleHints[trouble]}</p>
            <ul className="rows">
              {own.map((probe) => (
                <ProbeRow key={probe.device} probe={probe} />
              ))}
            </ul>
          </section>
        ))}
    </div>
  );
}

function ProbeRow({ probe }: { probe: ProbeHealth }) {
  const { words, format, nameOf } = useLocale();
  const nowMs = useNowMs();
  const pond = usePondFacts()(probe.pond);
  return (
    <li className="row" data-testid="probe-row">
      <Link to={{ page: "probe", device: probe.device }}>
        <b>{pond === undefined ? words.inNoPond : nameOf(pond.name)}</b>{" "}
        <code>{shortened(probe.device)}</code>
      </Link>
      <span className="row-end">
        {probe.lastTimeMs === null ? "–" : format.age(nowMs - probe.lastTimeMs)}
      </span>
      {probe.symptoms.length > 0 && (
        <span className="row-more">
          {probe.symptoms.map((symptom) => words.symptoms[symptom]).join(" · ")}
        </span>
      )}
    </li>
  );
}

function Gateways() {
  const { words, format } = useLocale();
  const nowMs = useNowMs();
  const gateways = useResource<GatewayView[]>("/api/v1/provider/gateways", { everyMs: GATEWAYS_EVERY_MS });
  return (
    <section className="card" aria-labelledby="gateways">
      <h2 id="gateways">{words.gatewaysTitle}</h2>
      <Loaded of={gateways} rows={1}>
        {(all) => (
          <ul className="rows">
            {all.map(({ ok, reasons, sinceMs }, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a site's gateways keep their order
              <li key={i} className={`row mood-${ok ? "good" : "watch"}`}>
                <span className="mood-word">
                  <MoodIcon mood={ok ? "good" : "watch"} />
                  {words.gatewayName} {format.count(i + 1)}
                  {ok && ` · ${words.gatewayWell}`}
                </span>
                <span className="row-end">{format.moment(sinceMs, nowMs)}</span>
                {reasons.map((reason) => (
                  <span key={reason} className="row-more">
                    {words.gatewayReasons[reason] ?? words.gatewayReasons.other}
                  </span>
                ))}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}

function Bond() {
  const { words, format } = useLocale();
  const { tick } = useLive();
  const bonds = useResource<BondView[]>("/api/v1/bonds", { everyMs: PROBES_EVERY_MS });
  return (
    <section className="card" aria-labelledby="bond">
      <h2 id="bond">{words.bondTitle}</h2>
      <p className="hint">{words.bondHint}</p>
      <Loaded of={bonds} rows={2}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={words.noBond} hint={words.noBondHint} />
          ) : (
            all.map(({ operator, bond, leaving, suffices, slashed }) => (
              <div key={operator}>
                <dl className="facts list">
                  <Fact name={words.bondHeld}>{format.money(bond)}</Fact>
                  <Fact name={words.bondLeaving}>{format.money(leaving)}</Fact>
                  <Fact name={words.bondSlashed}>{format.count(slashed)}</Fact>
                  <Fact name={words.anchored}>
                    {words.anchoredHint(format.count(tick?.pipeline.batches ?? 0))}
                  </Fact>
                  <Fact name={words.accountOnLedger}>
                    <Identifier id={operator} />
                  </Fact>
                </dl>
                <p className={suffices ? "hint" : "fallen"}>
                  {suffices ? words.bondEnough : words.bondTooLittle}
                </p>
              </div>
            ))
          )
        }
      </Loaded>
    </section>
  );
}

/** A name and what it is, on one line. */
export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
