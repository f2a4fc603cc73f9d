import type { PolicyView, PondSummary } from "../../api.ts";
import { useLive } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import { PondAlarms } from "../parts/alarms.tsx";
import { ClaimLink } from "../parts/claim-link.tsx";
import { FarmData } from "../parts/farm-data.tsx";
import { BellIcon, KeyIcon, PolicyIcon, PondsIcon } from "../parts/icons.tsx";
import { PolicyPanel } from "../parts/policy-panel.tsx";
import { PondCard } from "../parts/pond-card.tsx";
import { PushSwitch } from "../parts/push-switch.tsx";
import { Empty, Failed, Loaded, Loading } from "../parts/views.tsx";
import { useResource } from "../resource.ts";
import type { FarmTab } from "../router.ts";
import { useFarm, usePondFacts, useSite } from "../site.tsx";

/** The farmer's two questions: is every pond all right, and will I be paid. */
export function FarmPage({ farm, tab }: { farm: string; tab: FarmTab }) {
  const { words, nameOf } = useLocale();
  const facts = useFarm(farm);
  if (facts === undefined) return <Failed missing />;
  return (
    <>
      <h1 className="visually-hidden">{nameOf(facts.name)}</h1>
      {tab === "ponds" && <Ponds />}
      {tab === "alarms" && <Alarms farm={farm} />}
      {tab === "policies" && <Policies farm={farm} />}
      {tab === "data" && <FarmData farm={farm} />}
      <nav className="tabs" aria-label={nameOf(facts.name)}>
        <Link to={{ page: "farm", farm, tab: "ponds" }} aria-current={tab === "ponds" ? "page" : undefined}>
          <PondsIcon />
          {words.ponds}
        </Link>
        <Link to={{ page: "farm", farm, tab: "alarms" }} aria-current={tab === "alarms" ? "page" : undefined}>
          <BellIcon />
          {words.alarms}
        </Link>
        <Link
          to={{ page: "farm", farm, tab: "policies" }}
          aria-current={tab === "policies" ? "page" : undefined}
        >
          <PolicyIcon />
          {words.policies}
        </Link>
        <Link to={{ page: "farm", farm, tab: "data" }} aria-current={tab === "data" ? "page" : undefined}>
          <KeyIcon />
          {words.myData}
        </Link>
      </nav>
    </>
  );
}

function Ponds() {
  const { words, format } = useLocale();
  const { ponds, claims } = useLive();
  if (ponds === null) return <Loading rows={4} />;
  if (ponds.length === 0) return <Empty title={words.noPonds} hint={words.noPondsHint} />;
  const need = ponds.filter(needsSomebody).length;
  const count = format.count(ponds.length);
  const calm = ponds.every(({ mood }) => mood === "good") ? words.pondsFine : words.pondsNoDanger;
  const summary = need === 0 ? calm(count) : words.pondsNeed(format.count(need), count);
  const open = (claims ?? []).filter(({ state }) => state !== "paid");
  return (
    <>
      <p className={`farm-summary ${need > 0 ? "needs" : "fine"}`}>{summary}</p>
      {open.map((claim) => (
        <ClaimLink
          key={claim.id}
          claim={claim}
          to={{ page: "farm-claim", farm: claim.farm ?? "", claim: claim.id }}
        />
      ))}
      <div className="ponds">
        {ponds.map((pond) => (
          <PondCard key={pond.id} pond={pond} />
        ))}
      </div>
    </>
  );
}

function Alarms({ farm }: { farm: string }) {
  const { words, nameOf } = useLocale();
  const own = useSite().ponds.filter((pond) => pond.farm === farm);
  return (
    <>
      <p className="hint">{words.noAlarmsHint}</p>
      <div className="ponds">
        {own.map(({ id, name }) => (
          <PondAlarms key={id} pond={id} name={nameOf(name)} />
        ))}
      </div>
      <PushSwitch />
    </>
  );
}

function needsSomebody({ mood }: PondSummary): boolean {
  return mood === "danger" || mood === "stale";
}

function Policies({ farm }: { farm: string }) {
  const { words } = useLocale();
  const { claims } = useLive();
  const policies = useResource<PolicyView[]>(`/api/v1/policies?farm=${farm}`, { everyMs: 5_000 });
  return (
    <>
      <section aria-labelledby="claims">
        <h2 id="claims">{words.claims}</h2>
        {claims === null ? (
          <Loading rows={1} />
        ) : claims.length === 0 ? (
          <Empty title={words.noClaims} hint={words.noClaimsFarmer} />
        ) : (
          claims.map((claim) => (
            <ClaimLink key={claim.id} claim={claim} to={{ page: "farm-claim", farm, claim: claim.id }} />
          ))
        )}
      </section>
      <section aria-labelledby="policies">
        <h2 id="policies">{words.policies}</h2>
        <Loaded of={policies}>{(all) => <PolicyList policies={all} />}</Loaded>
      </section>
    </>
  );
}

function PolicyList({ policies }: { policies: PolicyView[] }) {
  const { words, nameOf } = useLocale();
  const factsOf = usePondFacts();
  if (policies.length === 0) return <Empty title={words.noPolicy} hint={words.noPolicyHint} />;
  return (
    <div className="ponds">
      {policies.map((policy) => {
        const pond = factsOf(policy.pond);
        return (
          <article key={policy.id} className="card">
            {pond !== undefined && <h3>{nameOf(pond.name)}</h3>}
            <PolicyPanel policy={policy} />
          </article>
        );
      })}
    </div>
  );
}
