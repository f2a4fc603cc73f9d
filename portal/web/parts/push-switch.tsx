import { useEffect, useState } from "react";
import { useLocale } from "../locale.tsx";
import { type PushState, pushState, switchPushOff, switchPushOn } from "../push-subscription.ts";

/** Lets this telephone ring when a pond needs somebody; where the portal offers it. */
export function PushSwitch() {
  const { words, language } = useLocale();
  const [state, setState] = useState<PushState | "failed" | "asking">();
  useEffect(() => {
    const leaving = new AbortController();
    void pushState(leaving.signal).then((found) => {
      if (!leaving.signal.aborted) setState(found);
    });
    return () => leaving.abort();
  }, []);
  if (state === undefined || state === "unoffered") return null;
  const act = async (change: (signal: AbortSignal) => Promise<PushState | "failed">) => {
    setState("asking");
    setState(await change(new AbortController().signal));
  };
  const said = {
    asking: words.loading,
    unsupported: words.pushUnsupported,
    denied: words.pushDenied,
    failed: words.pushFailed,
    off: words.pushOffer,
    on: words.pushIsOn,
  }[state];
  return (
    <section className="card" aria-labelledby="push" data-testid="push-switch">
      <h2 id="push">{words.pushHeading}</h2>
      <p aria-live="polite">{said}</p>
      {(state === "off" || state === "failed") && (
        <button
          type="button"
          className="button"
          onClick={() => void act((signal) => switchPushOn(language, signal))}
        >
          {words.pushOn}
        </button>
      )}
      {state === "on" && (
        <button type="button" className="button" onClick={() => void act(switchPushOff)}>
          {words.pushOff}
        </button>
      )}
    </section>
  );
}
