import type { LiveEvents } from "../api.ts";
import { noteHeard } from "./last-heard.ts";

/** A server that says nothing for this long is gone: it sends a tick a second. */
const SILENCE_MS = 6_000;

/** What has come down the live connection; what has not come yet is null. */
export type LiveState = { [Name in keyof LiveEvents]: LiveEvents[Name] | null } & {
  connection: "connecting" | "live" | "lost";
  /** The server's clock when it was last heard. */
  heardMs: number | null;
};

/** The live connection of a page, for React's external store. */
export type LiveStore = {
  subscribe(listener: () => void): () => void;
  getState(): LiveState;
  /** Opens the connection and keeps it; returns what closes it. */
  connect(): () => void;
};

const NOTHING: LiveState = {
  tick: null,
  ponds: null,
  claims: null,
  batches: null,
  connection: "connecting",
  heardMs: null,
};

export function createLiveStore({ farm }: { farm: string | undefined }): LiveStore {
  const listeners = new Set<() => void>();
  let state = NOTHING;

  const become = (change: Partial<LiveState>) => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    connect() {
      const source = new EventSource(`/api/v1/live${farm === undefined ? "" : `?farm=${farm}`}`);
      let silence: ReturnType<typeof setTimeout> | undefined;
      const lost = () => become({ connection: "lost" });
      const on = <Name extends keyof LiveEvents>(name: Name) =>
        source.addEventListener(name, ({ data }: MessageEvent<string>) => {
          clearTimeout(silence);
          silence = setTimeout(lost, SILENCE_MS);
          const value = JSON.parse(data) as LiveEvents[Name];
          const heardMs = name === "tick" ? (value as LiveEvents["tick"]).nowMs : state.heardMs;
          if (heardMs !== null) noteHeard(heardMs);
          become({ [name]: value, connection: "live", heardMs });
        });
      on("tick");
      on("ponds");
      on("claims");
      on("batches");
      source.addEventListener("error", lost);
      return () => {
        clearTimeout(silence);
        source.close();
      };
    },
  };
}
