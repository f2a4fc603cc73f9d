import { useEffect, useState } from "react";
import { toHex } from "../../../protocol/bytes.ts";
import { decodeRecord, METRICS, RECORD_BYTES } from "../../../protocol/record.ts";
import type { Hex } from "../../../protocol/terms.ts";
import type { Batch } from "../../api.ts";
import { createChainReader } from "../chain.ts";
import { shortened } from "../format.ts";
import { useLocale } from "../locale.tsx";
import { Link } from "../navigation.tsx";
import { BackIcon, CheckIcon, CrossIcon } from "../parts/icons.tsx";
import { Empty, Failed, Loaded, Loading } from "../parts/views.tsx";
import { getJson } from "../portal-api.ts";
import { checkReading, READING_STEPS, type ReadingChecked, type ReadingStep } from "../reading-check.ts";
import { fieldsOf, flagNamesIn } from "../record-fields.ts";
import { useResource } from "../resource.ts";
import { createSignatureCheck } from "../signature-check.ts";
import { useSite } from "../site.tsx";

const STREAM = /^0x[0-9a-f]{64}$/;
const SEQ = /^\d{1,10}$/;
/** Every later batch has all that an earlier one has: one look at the newest is enough. */
const NEWEST = "/api/v1/batches?limit=1";

/** A reading's own address: its bytes, who signed them, and the way from the ledger's root down to it. */
export function ReadingPage({ stream, seq }: { stream: string; seq: string }) {
  const { words } = useLocale();
  const newest = useResource<Batch[]>(NEWEST);
  if (!STREAM.test(stream) || !SEQ.test(seq)) return <Failed missing />;
  return (
    <>
      <Link to={{ page: "auditor" }} className="back">
        <BackIcon />
        {words.batchesTitle}
      </Link>
      <Loaded of={newest} rows={5}>
        {([batch]) =>
          batch === undefined ? (
            <NotAnchored />
          ) : (
            <Reading key={`${stream} ${seq}`} batch={batch.number} stream={stream as Hex} seq={Number(seq)} />
          )
        }
      </Loaded>
    </>
  );
}

function NotAnchored() {
  const { words } = useLocale();
  return (
    <>
      <h1>{words.notAnchoredYet}</h1>
      <div className="card">
        <Empty title={words.notAnchoredYet} hint={words.notAnchoredHint} />
      </div>
    </>
  );
}

type Run = { done: readonly ReadingStep[]; checked: ReadingChecked | undefined };

function Reading({ batch, stream, seq }: { batch: number; stream: Hex; seq: number }) {
  const { words, format } = useLocale();
  const { deployment } = useSite();
  const [{ done, checked }, setRun] = useState<Run>({ done: [], checked: undefined });

  useEffect(() => {
    if (deployment === null) return;
    const leaving = new AbortController();
    const { signal } = leaving;
    const run = async () => {
      const result = await checkReading({
        batch,
        streamId: stream,
        seq,
        deployment,
        chain: createChainReader({ rpc: deployment.rpc, deployment, signal }),
        verifySignature: await createSignatureCheck(crypto.subtle),
        async fetchJson(path) {
          const answer = await getJson<unknown>(path, signal);
          return answer.ok ? answer.value : undefined;
        },
        onStep: (step) => {
          if (!signal.aborted) setRun((was) => ({ ...was, done: [...was.done, step] }));
        },
      });
      if (!signal.aborted) setRun((was) => ({ ...was, checked: result }));
    };
    setRun({ done: [], checked: undefined });
    void run();
    return () => leaving.abort();
  }, [batch, stream, seq, deployment]);

  if (checked?.kind === "not-anchored") return <NotAnchored />;
  const frame = checked?.kind === "reading" || checked?.kind === "failed" ? checked.frame : undefined;
  return (
    <>
      <header className="claim-head">
        <h1>{words.readingTitle(format.count(seq))}</h1>
        <p className="hint">{words.readingOf(shortened(stream), format.count(batch))}</p>
        <nav className="sections" aria-label={words.openReading}>
          {seq > 0 && (
            <Link to={{ page: "reading", stream, seq: String(seq - 1) }}>{words.previousReading}</Link>
          )}
          <Link to={{ page: "reading", stream, seq: String(seq + 1) }}>{words.nextReading}</Link>
        </nav>
      </header>
      <section className="card" aria-labelledby="checks">
        <h2 id="checks">{words.readingChecks}</h2>
        <Verdict checked={checked} />
        <Steps done={done} checked={checked} />
      </section>
      {frame !== undefined && <Fields frame={frame} />}
    </>
  );
}

function Verdict({ checked }: { checked: ReadingChecked | undefined }) {
  const { words } = useLocale();
  if (checked === undefined)
    return (
      <>
        <p className="hint">{words.readingRunning}</p>
        <Loading rows={1} />
      </>
    );
  switch (checked.kind) {
    case "reading":
      return (
        <p className="result holds" role="status" data-testid="reading-result" data-ok="true">
          <CheckIcon />
          {words.readingHolds}
        </p>
      );
    case "hole":
      return (
        <p className="result" role="status" data-testid="reading-result" data-ok="hole">
          {words.holeTitle}. {words.holeReasons[checked.reason]}
        </p>
      );
    case "failed":
      return (
        <p className="result fails" role="alert" data-testid="reading-result" data-ok="false">
          <CrossIcon />
          {words.readingFails}. {words.readingProblems[checked.step]}
        </p>
      );
    case "not-anchored":
      return null;
  }
}

function Steps({ done, checked }: { done: readonly ReadingStep[]; checked: ReadingChecked | undefined }) {
  const { words, format } = useLocale();
  const nodes = checked !== undefined && "nodes" in checked ? checked.nodes : undefined;
  const wanted = checked?.kind === "hole" ? READING_STEPS.slice(0, 3) : READING_STEPS;
  return (
    <ol className="steps">
      {wanted.map((step) => {
        const state = done.includes(step)
          ? "ok"
          : checked?.kind === "failed" && checked.step === step
            ? "failed"
            : "waiting";
        return (
          <li key={step} className={`step step-${state}`} data-testid="reading-step" data-ok={state === "ok"}>
            <span className="dot">
              {state === "ok" && <CheckIcon />}
              {state === "failed" && <CrossIcon />}
            </span>
            <span className="step-name">{words.readingSteps[step]}</span>
            <span className="step-count">
              {step === "path" && nodes !== undefined && words.nodesChecked(format.count(nodes))}
              {state === "waiting" && <span className="visually-hidden">{words.notChecked}</span>}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function Fields({ frame }: { frame: Uint8Array }) {
  const { words } = useLocale();
  const meaning = useMeanings(frame);
  return (
    <section className="card" aria-labelledby="fields">
      <h2 id="fields">{words.fieldsTitle}</h2>
      <div className="scroll">
        <table className="grid bytes" data-testid="fields">
          <thead>
            <tr>
              <th scope="col">{words.fieldColumn}</th>
              <th scope="col">{words.valueColumn}</th>
              <th scope="col">{words.bytesColumn}</th>
              <th scope="col">{words.hexColumn}</th>
            </tr>
          </thead>
          <tbody>
            {fieldsOf(frame).map(({ name, from, to, hex }) => (
              <tr key={name}>
                <th scope="row">{words.fields[name]}</th>
                <td data-label={words.valueColumn}>{meaning(name)}</td>
                <td data-label={words.bytesColumn}>
                  {from}–{to}
                </td>
                <td data-label={words.hexColumn}>
                  <code>{hex}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What each field of a frame says, in the reader's words. */
function useMeanings(frame: Uint8Array): (name: string) => string {
  const { words, format } = useLocale();
  const record = decodeRecord(frame.subarray(0, RECORD_BYTES));
  const flags = flagNamesIn(record.flags).map((name) => words.flagNames[name]);
  const metrics = METRICS.map(({ name, unit }, slot): [string, string] => {
    const value = record.values[slot];
    return [
      name,
      value === null || value === undefined ? words.slotEmpty : `${format.oxygenExact(value)} ${unit}`,
    ];
  });
  const meanings: Record<string, string> = {
    schema: "1",
    flags: flags.length === 0 ? words.noFlags : flags.join(", "),
    device: toHex(record.device).slice(2),
    beacon: record.beacon === 0 ? words.none : `…${record.beacon.toString(16).padStart(8, "0")}`,
    seq: format.count(record.seq),
    time: `${format.year(record.timeMs)} ${format.clockSeconds(record.timeMs)} ${format.zone(record.timeMs)}`,
    calibration:
      record.calibration === 0 ? words.noCredential : words.credential(format.count(record.calibration)),
    ...Object.fromEntries(metrics),
    prev: words.previousReading,
    signature: "ECDSA P-256, r ‖ s",
  };
  return (name) => meanings[name] ?? "";
}
