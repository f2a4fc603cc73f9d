import { type FormEvent, useState } from "react";
import type { Pairing, PendingProbe } from "../../api-provider.ts";
import { fingerprintIn } from "../fingerprint.ts";
import { shortened } from "../format.ts";
import { useLocale } from "../locale.tsx";
import { post } from "../portal-api.ts";
import { useResource } from "../resource.ts";
import { Loaded } from "./views.tsx";

const EVERY_MS = 2_000;
const WINDOW_SECONDS = 240;
const MS_PER_SECOND = 1000;

type Said = "paired" | "turnedAway" | "wrongFingerprint" | "gone" | "failedHint";

/** New probes: a window in which they may ask, and the comparison by which one is let in. */
export function PairingPanel({ onPaired }: { onPaired: () => void }) {
  const { words, format } = useLocale();
  const pairing = useResource<Pairing>("/api/v1/provider/pairing", { everyMs: EVERY_MS });
  const [said, setSaid] = useState<Said>();
  const open = async () => {
    setSaid(undefined);
    const body = { seconds: WINDOW_SECONDS };
    const answer = await post("/api/v1/provider/pairing/window", body, new AbortController().signal);
    if (!answer.ok) setSaid("failedHint");
    pairing.reload();
  };
  const done = (outcome: Said) => {
    setSaid(outcome);
    pairing.reload();
    if (outcome === "paired") onPaired();
  };
  return (
    <section className="card pairing" aria-labelledby="pairing">
      <h2 id="pairing">{words.pairingTitle}</h2>
      <p className="hint">{words.pairingHint}</p>
      <p role="status" className={said === "paired" || said === undefined ? "calm" : "fallen"}>
        {said === undefined ? "" : words[said]}
      </p>
      <Loaded of={pairing} rows={2}>
        {({ openForSeconds, pending }) => (
          <>
            {openForSeconds > 0 ? (
              <p>
                <b>{words.pairingLeft(format.duration(openForSeconds * MS_PER_SECOND))}</b>
              </p>
            ) : (
              <>
                <p className="hint">{words.pairingClosed}</p>
                <button type="button" className="button" onClick={() => void open()}>
                  {words.pairingOpen(format.duration(WINDOW_SECONDS * MS_PER_SECOND))}
                </button>
              </>
            )}
            {pending.length === 0 ? (
              <p className="hint">{words.noPending}</p>
            ) : (
              pending.map((probe) => <Pending key={probe.device} probe={probe} onDone={done} />)
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}

/** The operator types what he reads at the probe; a key that somebody else presents has another fingerprint. */
function Pending({ probe, onDone }: { probe: PendingProbe; onDone: (said: Said) => void }) {
  const { words, format } = useLocale();
  const [typed, setTyped] = useState("");
  const fingerprint = fingerprintIn(typed);
  const act = async (path: string, body: unknown, well: Said) => {
    const answer = await post(
      `/api/v1/provider/pairing/${probe.device}/${path}`,
      body,
      new AbortController().signal,
    );
    onDone(answer.ok ? well : saidOf(answer.problem?.code));
  };
  const approve = (event: FormEvent) => {
    event.preventDefault();
    if (fingerprint !== undefined) void act("approve", { fingerprint }, "paired");
  };
  const id = `fingerprint-${probe.device}`;
  return (
    <form className="pending" onSubmit={approve} data-testid="pending">
      <p>
        <b>
          {words.probe} <code>{shortened(probe.device)}</code>
        </b>
        <br />
        <span className="hint">
          {words.pendingFacts(
            probe.firmware,
            probe.metrics.map((metric) => words.fields[metric] ?? metric).join(", "),
          )}{" "}
          · {words.everyPeriod(format.duration(probe.periodMs))}
        </span>
      </p>
      <label htmlFor={id}>{words.fingerprintLabel}</label>
      <input
        id={id}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={20}
        aria-describedby={`${id}-form`}
      />
      <small id={`${id}-form`}>{words.fingerprintForm}</small>
      <p className="pending-act">
        <button type="submit" className="button primary" disabled={fingerprint === undefined}>
          {words.pair}
        </button>
        <button type="button" className="button" onClick={() => void act("refuse", {}, "turnedAway")}>
          {words.turnAway}
        </button>
      </p>
    </form>
  );
}

function saidOf(code: string | undefined): Said {
  if (code === "wrong-fingerprint") return "wrongFingerprint";
  return code === "unknown-probe" ? "gone" : "failedHint";
}
