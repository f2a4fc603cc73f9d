import { type FormEvent, useState } from "react";
import type { Batch } from "../../api.ts";
import { useLocale } from "../locale.tsx";
import { goTo, Link } from "../navigation.tsx";
import { AuditNav } from "../parts/audit-nav.tsx";
import { Identifier } from "../parts/identifier.tsx";
import { Standing } from "../parts/standing.tsx";
import { Empty, Loaded } from "../parts/views.tsx";
import { useResource } from "../resource.ts";

const EVERY_MS = 5_000;
const LIMIT = 200;

/** The auditor's way in: every batch, what it holds, and whether somebody proved it false. */
export function AuditorPage() {
  const { words } = useLocale();
  const batches = useResource<Batch[]>(`/api/v1/batches?limit=${LIMIT}`, { everyMs: EVERY_MS });
  return (
    <>
      <AuditNav current="auditor" />
      <h1>{words.batchesTitle}</h1>
      <OpenBatch />
      <Loaded of={batches} rows={5}>
        {(all) =>
          all.length === 0 ? (
            <div className="card">
              <Empty title={words.noBatchYet} hint={words.noBatchesHint} />
            </div>
          ) : (
            <>
              <Batches batches={all} />
              {all.length === LIMIT && <p className="hint">{words.olderBatches}</p>}
            </>
          )
        }
      </Loaded>
    </>
  );
}

function OpenBatch() {
  const { words } = useLocale();
  const [number, setNumber] = useState("");
  const open = (event: FormEvent) => {
    event.preventDefault();
    if (/^[1-9]\d{0,9}$/.test(number)) goTo({ page: "batch", batch: number });
  };
  return (
    <form className="jump" onSubmit={open}>
      <label htmlFor="batch-number">{words.openBatch}</label>
      <input
        id="batch-number"
        inputMode="numeric"
        pattern="[1-9][0-9]*"
        required
        value={number}
        onChange={(event) => setNumber(event.target.value)}
      />
      <button type="submit" className="button">
        {words.open}
      </button>
    </form>
  );
}

function Batches({ batches }: { batches: Batch[] }) {
  const { words, format } = useLocale();
  return (
    <div className="card flush scroll">
      <table className="grid" data-testid="batches">
        <thead>
          <tr>
            <th scope="col">{words.batch}</th>
            <th scope="col">{words.anchoredAt}</th>
            <th scope="col" className="right">
              {words.readingsSoFar}
            </th>
            <th scope="col" className="right">
              {words.probesInBatch}
            </th>
            <th scope="col">{words.transaction}</th>
            <th scope="col">{words.standing}</th>
          </tr>
        </thead>
        <tbody>
          {batches.map((batch) => (
            <tr key={batch.number}>
              <th scope="row">
                <Link to={{ page: "batch", batch: String(batch.number) }}>
                  {words.batchNumber(format.count(batch.number))}
                </Link>
              </th>
              <td data-label={words.anchoredAt}>{format.dateTime(batch.transaction.timeMs)}</td>
              <td data-label={words.readingsSoFar} className="right">
                {format.count(batch.readings)}
              </td>
              <td data-label={words.probesInBatch} className="right">
                {format.count(batch.streamCount)}
              </td>
              <td data-label={words.transaction}>
                <Identifier id={batch.transaction.hash} />
              </td>
              <td data-label={words.standing}>
                <Standing batch={batch} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
