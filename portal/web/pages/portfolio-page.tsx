import type { PolicyView, PondSummary } from "../../api.ts";
import type { PoolView, ProductView } from "../../api-books.ts";
import { shortened } from "../format.ts";
import { useLive } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Identifier } from "../parts/identifier.tsx";
import { InsurerNav } from "../parts/insurer-nav.tsx";
import { Empty, Loaded, Loading } from "../parts/views.tsx";
import { type Exposure, exposuresOf, type Nearness } from "../portfolio.ts";
import { useResource } from "../resource.ts";
import { usePondFacts } from "../site.tsx";
import { Fact } from "./provider-page.tsx";

const EVERY_MS = 10_000;
const BPS_PER_ONE = 10_000;
const PERCENT = 100;

/** The manager's question: what could I lose tonight? */
export function PortfolioPage() {
  const { words } = useLocale();
  const { ponds } = useLive();
  const policies = useResource<PolicyView[]>("/api/v1/policies", { everyMs: EVERY_MS });
  const pool = useResource<PoolView>("/api/v1/pool", { everyMs: EVERY_MS });
  return (
    <>
      <InsurerNav current="portfolio" />
      <h1>{words.portfolioLead}</h1>
      <Loaded of={policies} rows={4}>
        {(all) => (
          <>
            <Figures exposures={exposuresOf(all, ponds ?? [])} pool={pool.data} />
            <WaterBodies policies={all} ponds={ponds} />
          </>
        )}
      </Loaded>
      <div className="columns">
        <section className="card pool" aria-labelledby="pool">
          <h2 id="pool">{words.pool}</h2>
          <Loaded of={pool} rows={3}>
            {(view) => <Pool pool={view} />}
          </Loaded>
        </section>
        <Products />
      </div>
    </>
  );
}

function Figures({ exposures, pool }: { exposures: Exposure[]; pool: PoolView | undefined }) {
  const { words, format } = useLocale();
  const sum = (amount: (exposure: Exposure) => bigint) =>
    exposures.reduce((total, exposure) => total + amount(exposure), 0n);
  const [premium, paid] = [sum((one) => one.premium), sum((one) => one.paid)];
  const free = pool && BigInt(pool.capital) - BigInt(pool.locked);
  const figures = [
    { value: format.money(sum((one) => one.worstCase)), name: words.worstCase },
    { value: free === undefined ? "–" : format.money(free), name: words.freeCapital },
    { value: format.money(premium), name: words.premiumIn },
    { value: premium === 0n ? "–" : format.percent(Number(paid) / Number(premium)), name: words.lossRatio },
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

function WaterBodies({ policies, ponds }: { policies: PolicyView[]; ponds: PondSummary[] | null }) {
  const { words, format, nameOf } = useLocale();
  const factsOf = usePondFacts();
  if (ponds === null) return <Loading rows={3} />;
  const exposures = exposuresOf(policies, ponds);
  if (exposures.length === 0)
    return (
      <div className="card">
        <Empty title={words.noCover} hint={words.noCoverHint} />
      </div>
    );
  const names = (ids: string[]) =>
    ids.map((id) => nameOf(factsOf(id)?.name ?? { en: id, zh: id })).join(", ");
  return (
    <section className="card flush" aria-labelledby="bodies">
      <div className="card-head">
        <h2 id="bodies">{words.waterBodies}</h2>
        <p className="hint">{words.waterBodiesHint}</p>
      </div>
      <div className="scroll">
        <table className="grid" data-testid="exposures">
          <thead>
            <tr>
              <th scope="col">{words.waterBody}</th>
              <th scope="col" className="right">
                {words.sumInsured}
              </th>
              <th scope="col" className="right">
                {words.worstCaseHere}
              </th>
              <th scope="col" className="right">
                {words.premiumIn}
              </th>
              <th scope="col" className="right">
                {words.lossRatio}
              </th>
              <th scope="col">{words.nearest}</th>
            </tr>
          </thead>
          <tbody>
            {exposures.map((exposure) => (
              <tr key={exposure.waterBody}>
                <th scope="row">
                  {names(exposure.ponds) || words.inNoPond}
                  <small>
                    {words.policiesCount(format.count(exposure.policies))} ·{" "}
                    <code title={exposure.waterBody}>{shortened(exposure.waterBody)}</code>
                  </small>
                </th>
                <td data-label={words.sumInsured} className="right">
                  {format.money(exposure.sumInsured)}
                </td>
                <td data-label={words.worstCaseHere} className="right">
                  <b>{format.money(exposure.worstCase)}</b>
                </td>
                <td data-label={words.premiumIn} className="right">
                  {format.money(exposure.premium)}
                </td>
                <td data-label={words.lossRatio} className="right">
                  {exposure.premium === 0n
                    ? "–"
                    : format.percent(Number(exposure.paid) / Number(exposure.premium))}
                </td>
                <td data-label={words.nearest}>
                  <Nearest nearest={exposure.nearest} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Nearest({ nearest }: { nearest: Nearness | null }) {
  const { words, format, nameOf } = useLocale();
  const pond = usePondFacts()(nearest?.pond ?? null);
  if (nearest === null || pond === undefined) return "–";
  return (
    <span className={nearest.kind === "beyond" ? "mood-danger near-now" : "near-now"}>
      {nameOf(pond.name)}{" "}
      <b>
        {nearest.kind === "beyond"
          ? words.belowTrigger(format.duration(nearest.durationMs))
          : words.aboveTrigger(format.oxygen(nearest.marginMgPerL))}
      </b>
    </span>
  );
}

function Pool({ pool }: { pool: PoolView }) {
  const { words, format } = useLocale();
  const [capital, locked] = [Number(pool.capital), Number(pool.locked)];
  const share = capital === 0 ? 0 : locked / capital;
  return (
    <>
      <p>{words.poolShare(format.percent(share))}</p>
      <progress max={PERCENT} value={share * PERCENT} aria-label={words.poolShare(format.percent(share))} />
      <dl className="facts list" data-testid="pool">
        <Fact name={words.poolCapital}>{format.money(pool.capital)}</Fact>
        <Fact name={words.poolLocked}>{format.money(pool.locked)}</Fact>
        <Fact name={words.poolReserved}>{format.money(pool.reserved)}</Fact>
        <Fact name={words.poolUnearned}>{format.money(pool.unearned)}</Fact>
        <Fact name={words.poolOwed}>{format.money(pool.owed)}</Fact>
        <Fact name={words.poolCooldown}>{format.duration(pool.cooldownMs)}</Fact>
      </dl>
    </>
  );
}

function Products() {
  const { words, format } = useLocale();
  const products = useResource<ProductView[]>("/api/v1/products", { everyMs: EVERY_MS });
  return (
    <section className="card" aria-labelledby="products">
      <h2 id="products">{words.products}</h2>
      <Loaded of={products} rows={3}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={words.noProducts} hint={words.noProductsHint} />
          ) : (
            all.map((product) => (
              <div key={product.number} className="product" data-testid="product">
                <h3>
                  {words.productNumber(product.number)} ·{" "}
                  {product.approved ? words.productApproved : words.productWaiting}
                </h3>
                <dl className="facts list">
                  <Fact name={words.maxSumInsured}>{format.money(product.maxSumInsured)}</Fact>
                  <Fact name={words.maxPerWaterBody}>{format.money(product.maxPerWaterBody)}</Fact>
                  <Fact name={words.approvalLimit}>{format.money(product.approvalLimit)}</Fact>
                  <Fact name={words.maxTerm}>{format.duration(product.maxTermMs)}</Fact>
                  <Fact name={words.providerFee}>{format.percent(product.providerFeeBps / BPS_PER_ONE)}</Fact>
                  <Fact name={words.wordingHash}>
                    <Identifier id={product.document} />
                  </Fact>
                </dl>
              </div>
            ))
          )
        }
      </Loaded>
    </section>
  );
}
