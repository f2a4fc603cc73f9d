import { type FormEvent, useEffect, useState } from "react";
import { decodeStreams } from "../../../protocol/archive.ts";
import { equalBytes, fromHex, toHex } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { decodeManifest, type Manifest, type ManifestStream } from "../../../protocol/manifest.ts";
import { deviceId } from "../../../protocol/signature.ts";
import type { Batch } from "../../api.ts";
import { shortened } from "../format.ts";
import { useLocale } from "../locale.tsx";
import { goTo, Link } from "../navigation.tsx";
import { BackIcon, CheckIcon, CrossIcon } from "../parts/icons.tsx";
import { Identifier } from "../parts/identifier.tsx";
import { Standing } from "../parts/standing.tsx";
import { Failed, Loaded, Loading } from "../parts/views.tsx";
import { getBytes } from "../portal-api.ts";
import { useResource } from "../resource.ts";
import { Fact } from "./provider-page.tsx";

const LIMIT = 500;

/** A batch opened: its transaction, what it adds to each probe's stream, and the raw data to take away. */
export function BatchPage({ batch: number }: { batch: string }) {
  const { words } = useLocale();
  const batches = useResource<Batch[]>(`/api/v1/batches?limit=${LIMIT}`);
  return (
    <>
      <Link to={{ page: "auditor" }} className="back">
        <BackIcon />
        {words.batchesTitle}
      </Link>
      <Loaded of={batches} rows={5}>
        {(all) => {
          const batch = all.find((candidate) => String(candidate.number) === number);
          return batch === undefined ? <Failed missing /> : <Opened batch={batch} />;
        }}
      </Loaded>
    </>
  );
}

function Opened({ batch }: { batch: Batch }) {
  const { words, format } = useLocale();
  const { number, transaction, readings, streamCount, directoryRoot, manifest } = batch;
  return (
    <>
      <header className="claim-head">
        <h1>{words.batchNumber(format.count(number))}</h1>
        <p>
          <Standing batch={batch} />
        </p>
      </header>
      <section className="card" aria-label={words.transaction}>
        <dl className="facts list">
          <Fact name={words.anchoredAt}>
            {format.dateTime(transaction.timeMs)} {format.zone(transaction.timeMs)}
          </Fact>
          <Fact name={words.block}>{format.count(transaction.blockNumber)}</Fact>
          <Fact name={words.transaction}>
            <Identifier id={transaction.hash} />
          </Fact>
          <Fact name={words.readingsSoFar}>{format.count(readings)}</Fact>
          <Fact name={words.probesInBatch}>{format.count(streamCount)}</Fact>
          <Fact name={words.directoryRoot}>
            <Identifier id={directoryRoot} />
          </Fact>
          <Fact name={words.manifestHash}>
            <Identifier id={manifest} />
          </Fact>
        </dl>
      </section>
      <Contents batch={batch} />
    </>
  );
}

type Read = { manifest: Manifest; holds: boolean } | "failed" | undefined;

/** The batch's list of contents, hashed here. */
function Contents({ batch }: { batch: Batch }) {
  const { words } = useLocale();
  const [read, setRead] = useState<Read>();
  const [asked, setAsked] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `asked` only says that it is time to ask again
  useEffect(() => {
    const leaving = new AbortController();
    void getBytes(`/api/v1/batches/${batch.number}/manifest`, leaving.signal).then((answer) => {
      if (!leaving.signal.aborted) setRead(answer.ok ? readManifest(answer.value, batch) : "failed");
    });
    return () => leaving.abort();
  }, [batch.number, asked]);
  return (
    <section className="card" aria-labelledby="streams">
      <h2 id="streams">{words.streamsTitle}</h2>
      {read === undefined ? (
        <Loading rows={4} />
      ) : read === "failed" ? (
        <Failed onRetry={() => setAsked((count) => count + 1)} />
      ) : (
        <>
          <p
            className={`result ${read.holds ? "holds" : "fails"}`}
            data-testid="manifest"
            data-ok={read.holds}
          >
            {read.holds ? <CheckIcon /> : <CrossIcon />}
            {read.holds ? words.manifestHolds : words.manifestFails}
          </p>
          <p className="hint">{words.streamsHint}</p>
          <Streams number={batch.number} streams={read.manifest.streams} />
        </>
      )}
    </section>
  );
}

function readManifest(bytes: Uint8Array, batch: Batch): Read {
  try {
    return {
      manifest: decodeManifest(bytes),
      holds: equalBytes(sha256(bytes), fromHex(batch.manifest)),
    };
  } catch {
    // Not a manifest: the archive's fault, which reads to the auditor as "did not answer".
    return "failed";
  }
}

function Streams({ number, streams }: { number: number; streams: ManifestStream[] }) {
  const { words, format } = useLocale();
  const names = useResource<unknown>("/api/v1/streams");
  const known = names.data === undefined ? [] : decodeStreams(names.data);
  const nameOf = (streamId: Uint8Array) => {
    const probe = known.find((one) => equalBytes(one.streamId, streamId));
    return probe === undefined ? toHex(streamId) : toHex(deviceId(probe.publicKey)).slice(2);
  };
  return (
    <div className="scroll">
      <table className="grid" data-testid="streams">
        <thead>
          <tr>
            <th scope="col">{words.probe}</th>
            <th scope="col">{words.positions}</th>
            <th scope="col" className="right">
              {words.readingsCount}
            </th>
            <th scope="col" className="right">
              {words.holesCount}
            </th>
            <th scope="col">{words.segment}</th>
            <th scope="col">{words.openReading}</th>
          </tr>
        </thead>
        <tbody>
          {streams.map(({ streamId, from, to, holes, frames }) => {
            const stream = toHex(streamId);
            const name = nameOf(streamId);
            const file = toHex(frames).slice(2);
            return (
              <tr key={stream}>
                <th scope="row">
                  <Identifier id={name} />
                </th>
                <td data-label={words.positions}>{words.fromTo(format.count(from), format.count(to))}</td>
                <td data-label={words.readingsCount} className="right">
                  {format.count(to - from + 1 - holes.length)}
                </td>
                <td data-label={words.holesCount} className="right">
                  {format.count(holes.length)}
                </td>
                <td data-label={words.segment}>
                  <a
                    href={`/api/v1/segments/${file}`}
                    download={`batch-${number}-${shortened(name)}-${file}.bin`}
                    aria-label={`${words.download}: ${words.probe} ${shortened(name)}`}
                  >
                    {words.download}
                  </a>
                </td>
                <td data-label={words.openReading}>
                  <OpenReading stream={stream} from={from} to={to} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function OpenReading({ stream, from, to }: { stream: string; from: number; to: number }) {
  const { words } = useLocale();
  const [seq, setSeq] = useState(String(from));
  const open = (event: FormEvent) => {
    event.preventDefault();
    goTo({ page: "reading", stream, seq });
  };
  return (
    <form className="jump small" onSubmit={open}>
      <input
        type="number"
        min={0}
        max={to}
        required
        value={seq}
        aria-label={words.readingNumber}
        onChange={(event) => setSeq(event.target.value)}
      />
      <button type="submit" className="button quiet">
        {words.open}
      </button>
    </form>
  );
}
