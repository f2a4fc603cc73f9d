import { useState } from "react";
import type { Verdict } from "../../../protocol/admission.ts";
import type { Batch, Pipeline, Scenario, SimulationState, Watched } from "../../api.ts";
import { useLive } from "../live.tsx";
import { useLocale } from "../locale.tsx";
import { Identifier } from "../parts/identifier.tsx";
import { Who } from "../parts/sign-in.tsx";
import { Loading } from "../parts/views.tsx";
import { post } from "../portal-api.ts";
import { useResource } from "../resource.ts";
import { useSite } from "../site.tsx";

/** What runs here, as whom one can look, and what can be made to happen. */
export function StartPage() {
  const { words } = useLocale();
  const { scenarios } = useSite();
  const { tick } = useLive();
  return (
    <>
      <section className="hero">
        <h1>{words.startTitle}</h1>
        <p className="lead">{words.startLead}</p>
      </section>
      <Who />
      <section aria-labelledby="pipeline">
        <h2 id="pipeline">{words.pipelineTitle}</h2>
        {tick === null ? <Loading rows={1} /> : <PipelineStrip pipeline={tick.pipeline} />}
      </section>
      {scenarios !== null && tick?.simulation && (
        <ScenarioPicker scenarios={scenarios} simulation={tick.simulation} />
      )}
      <WhatRuns />
    </>
  );
}

const ACCEPTED: readonly Verdict[] = ["stored", "ahead"];
/** Nobody lied and nothing was lost. */
const HARMLESS: readonly Verdict[] = ["duplicate", "late"];

function PipelineStrip({ pipeline }: { pipeline: Pipeline }) {
  const { words, format } = useLocale();
  const { signed, stored, anchored, batches, verdicts } = pipeline;
  const others = Object.entries(verdicts).filter(
    ([verdict, count]) => count > 0 && !ACCEPTED.includes(verdict as Verdict),
  ) as [Verdict, number][];
  return (
    <div className="card pipeline" data-testid="pipeline">
      <ol>
        {signed !== null && <Stage count={signed} name={words.signed} hint={words.signedHint} />}
        <Stage count={stored} name={words.stored} hint={words.storedHint} />
        <Stage count={anchored} name={words.anchored} hint={words.anchoredHint(format.count(batches))} />
      </ol>
      <div className="refusals">
        <p>
          <b>{words.refused}</b> <span className="hint">{words.refusedHint}</span>
        </p>
        {others.length === 0 ? (
          <p className="hint">{words.nothingRefused}</p>
        ) : (
          <ul>
            {others.map(([verdict, count]) => (
              <li
                key={verdict}
                data-verdict={verdict}
                className={HARMLESS.includes(verdict) ? "harmless" : ""}
              >
                <b>{format.count(count)}</b> {words.verdicts[verdict]}
              </li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function Stage({ count, name, hint }: { count: number; name: string; hint: string }) {
  const { format } = useLocale();
  return (
    <li>
      <strong>{format.count(count)}</strong>
      <span>{name}</span>
      <small>{hint}</small>
    </li>
  );
}

function ScenarioPicker({ scenarios, simulation }: { scenarios: Scenario[]; simulation: SimulationState }) {
  const { words, nameOf } = useLocale();
  const [starting, setStarting] = useState<string>();
  const start = async (name: string) => {
    setStarting(name);
    await post(`/api/v1/scenarios/${name}/start`, {}, new AbortController().signal);
    setStarting(undefined);
  };
  return (
    <section aria-labelledby="scenarios">
      <h2 id="scenarios">{words.scenariosTitle}</h2>
      <ul className="scenarios">
        {scenarios.map(({ name, title, story }) => {
          const current = name === simulation.scenario;
          return (
            <li key={name} className="card" data-testid="scenario" data-current={current}>
              <h3>{nameOf(title)}</h3>
              <p>{nameOf(story)}</p>
              {current ? (
                <span className="badge running">
                  <span className="badge-dot" aria-hidden="true" />
                  {simulation.finished ? words.scenarioOver : words.scenarioRuns}
                </span>
              ) : (
                <button
                  type="button"
                  className="button"
                  disabled={starting !== undefined}
                  aria-label={`${words.scenarioStart}: ${nameOf(title)}`}
                  onClick={() => void start(name)}
                >
                  {starting === name ? words.scenarioStarting : words.scenarioStart}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const SHOWN_BATCHES = 5;

/** What somebody who believes no operator found of all batches. */
function WatchedLine() {
  const { words, format } = useLocale();
  const { data } = useResource<Watched>("/api/v1/watched", { everyMs: 5_000 });
  if (data === undefined || data === null) return null;
  const { verified, batches, refuted, convicted } = data;
  return (
    <p className="hint" data-testid="watched" data-refuted={refuted}>
      {words.watched(format.count(verified), format.count(batches))}
      {refuted > 0 && <strong> {words.watchedRefuted(format.count(refuted))}</strong>}
      {convicted > 0 && <strong> {words.watchedConvicted(format.count(convicted))}</strong>}
    </p>
  );
}

/** What challenges have left of a batch; nothing where they left all of it. */
function BatchVerdict({ batch: { convicted, voidStreams } }: { batch: Batch }) {
  const { words, format } = useLocale();
  if (voidStreams === 0 && convicted.length === 0) return null;
  const what = convicted.map((code) => words.cases[code]).join(", ");
  return (
    <strong className="void">
      <span aria-hidden="true">▼ </span>
      {convicted.length > 0 && <>{words.convicted(what)} · </>}
      {words.batchVoid(format.count(voidStreams))}
    </strong>
  );
}

function WhatRuns() {
  const { words, format } = useLocale();
  const { deployment } = useSite();
  const { batches } = useLive();
  return (
    <section aria-labelledby="what-runs">
      <h2 id="what-runs">{words.whatRuns}</h2>
      <div className="columns">
        <div className="card">
          <h3>{words.chain}</h3>
          {deployment === null ? (
            <p className="hint">{words.notDeployed}</p>
          ) : (
            <dl className="facts list">
              <div>
                <dt>{words.chainId}</dt>
                <dd>{deployment.chainId}</dd>
              </div>
              <div>
                <dt>{words.node}</dt>
                <dd>
                  <code>{deployment.rpc}</code>
                </dd>
              </div>
              {Object.entries(deployment.contracts).map(([name, address]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>
                    <Identifier id={address} />
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </div>
        <div className="card">
          <h3>{words.lastBatches}</h3>
          <WatchedLine />
          {batches === null ? (
            <Loading rows={2} />
          ) : batches.length === 0 ? (
            <p className="hint">{words.noBatches}</p>
          ) : (
            <ul className="batches">
              {batches.slice(0, SHOWN_BATCHES).map((batch) => (
                <li key={batch.number} data-testid="batch" data-convicted={batch.convicted.join(" ")}>
                  <b>
                    {words.batch} {format.count(batch.number)}
                  </b>
                  <time>{format.dateTime(batch.transaction.timeMs)}</time>
                  <span>
                    {format.count(batch.readings)} {words.readings} · {format.count(batch.streamCount)}{" "}
                    {words.streams}
                  </span>
                  <Identifier id={batch.transaction.hash} />
                  <BatchVerdict batch={batch} />
                </li>
              ))}
            </ul>
          )}
        </div>
      </div>
    </section>
  );
}
