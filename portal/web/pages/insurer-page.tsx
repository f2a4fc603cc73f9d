import type { ClaimSummary, PolicyView, PondSummary } from "../../api.ts";
import { useLive, useNowMs } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import { ClaimEventLine, ClaimStateBadge } from "../parts/claim-state.tsx";
import { InsurerNav } from "../parts/insurer-nav.tsx";
import { BreachClock, PondNumber, PondState } from "../parts/pond-card.tsx";
import { Empty, Loading } from "../parts/views.tsx";
import { useResource } from "../resource.ts";
import { useFarm, usePondFacts } from "../site.tsx";

const NEAR_PONDS = 4;

/** The reviewer's queue: what must be decided, by when; and what may come next. */
export function InsurerPage() {
  const { words } = useLocale();
  const { claims, ponds } = useLive();
  const policies = useResource<PolicyView[]>("/api/v1/policies", { everyMs: 5_000 });
  return (
    <>
      <InsurerNav current="insurer" />
      <h1>{words.claims}</h1>
      <Figures claims={claims ?? []} policies={policies.data ?? []} />
      <div className="columns wide-left">
        <section aria-label={words.claims}>
          {claims === null ? (
            <Loading rows={3} />
          ) : claims.length === 0 ? (
            <div className="card">
              <Empty title={words.noClaims} hint={words.noClaimsInsurer} />
            </div>
          ) : (
            <Queue claims={claims} />
          )}
        </section>
        <section aria-labelledby="near" className="card">
          <h2 id="near">{words.nearTrigger}</h2>
          <p className="hint">{words.nearTriggerHint}</p>
          {ponds === null ? <Loading rows={2} /> : <Nearest ponds={ponds} />}
        </section>
      </div>
    </>
  );
}

function Figures({ claims, policies }: { claims: ClaimSummary[]; policies: PolicyView[] }) {
  const { words, format } = useLocale();
  const open = claims.filter(({ state }) => state === "evaluated");
  const inForce = policies.filter(({ state }) => state === "active");
  const sum = (amounts: string[]) => amounts.reduce((total, amount) => total + BigInt(amount), 0n);
  const figures = [
    { value: format.count(open.length), name: words.openClaims },
    { value: format.money(sum(open.map(({ amount }) => amount))), name: words.openAmount },
    { value: format.count(inForce.length), name: words.policiesInForce },
    { value: format.money(sum(inForce.map(({ terms }) => terms.sumInsured))), name: words.exposure },
  ];
  return (
    <ul className="figures">
      {figures.map(({ value, name }) => (
        <li key={name}>
          <strong>{value}</strong>
          <span>{name}</span>
        </li>
      ))}
    </ul>
  );
}

function Queue({ claims }: { claims: ClaimSummary[] }) {
  const { words } = useLocale();
  return (
    <div className="card flush scroll">
      <table className="queue">
        <thead>
          <tr>
            <th scope="col">{words.claim}</th>
            <th scope="col">{words.event}</th>
            <th scope="col" className="right">
              {words.amount}
            </th>
            <th scope="col">{words.deadline}</th>
            <th scope="col">{words.state}</th>
          </tr>
        </thead>
        <tbody>
          {claims.map((claim) => (
            <Row key={claim.id} claim={claim} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ claim }: { claim: ClaimSummary }) {
  const { words, format, nameOf } = useLocale();
  const nowMs = useNowMs();
  const pond = usePondFacts()(claim.pond);
  const farm = useFarm(claim.farm ?? "");
  const leftMs = claim.payableFromMs - nowMs;
  return (
    <tr data-testid="claim-row" data-claim={claim.id}>
      <th scope="row">
        <Link to={{ page: "insurer-claim", claim: claim.id }}>{words.claimNumber(claim.id)}</Link>
        {pond !== undefined && <small>{nameOf(pond.name)}</small>}
      </th>
      <td>
        <ClaimEventLine claim={claim} />
        {farm !== undefined && <small>{nameOf(farm.name)}</small>}
      </td>
      <td className="right">
        <strong>{format.money(claim.amount)}</strong>
      </td>
      <td>
        {claim.state === "evaluated" ? (
          <>
            {format.moment(claim.payableFromMs, nowMs)}
            <small>{leftMs > 0 ? words.inTime(format.duration(leftMs)) : words.payableByItself}</small>
          </>
        ) : (
          "–"
        )}
      </td>
      <td>
        <ClaimStateBadge state={claim.state} />
      </td>
    </tr>
  );
}

function Nearest({ ponds }: { ponds: PondSummary[] }) {
  const { words, nameOf } = useLocale();
  const near = ponds
    .filter(({ policy, mood, breach }) => policy !== null && (breach !== null || mood === "danger"))
    .sort((a, b) => (b.breach?.durationMs ?? 0) - (a.breach?.durationMs ?? 0))
    .slice(0, NEAR_PONDS);
  if (near.length === 0) return <p className="calm">{words.nothingNear}</p>;
  return (
    <ul className="near">
      {near.map((pond) => (
        <li key={pond.id} className={`mood-${pond.mood}`}>
          <span className="pond-head">
            <b>{nameOf(pond.name)}</b>
            <PondNumber pond={pond} />
          </span>
          <PondState pond={pond} />
          {pond.breach !== null && <BreachClock breach={pond.breach} />}
        </li>
      ))}
    </ul>
  );
}
