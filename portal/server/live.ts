import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { LiveEvents } from "../api.ts";
import type { Session } from "./access/sessions.ts";
import type { Sight } from "./access/sight.ts";
import type { Viewer } from "./access/viewer.ts";
import type { LedgerWatch } from "./ledger-watch.ts";
import type { World } from "./world.ts";

const EVERY_MS = 1_000;
const MAX_LISTENERS = 100;
/** A listener that reads so slowly that this much waits for him is let go; his browser connects again. */
const MAX_WAITING_BYTES = 2 ** 20;
const BATCHES = 50;

/** Sends every listener what changed of what he may see, once a second; who is not signed in sees no pond. */
export type Live = {
  /** Writes the headers and, a moment later, everything once; false when there are too many listeners already. */
  add(
    response: ServerResponse,
    options: { session: Session | null; farm: string | undefined; headers: Record<string, string> },
  ): boolean;
  /** Works until the signal; then lets all listeners go. */
  run(signal: AbortSignal): Promise<void>;
};

type Listener = {
  response: ServerResponse;
  session: Session | null;
  farm: string | undefined;
  sent: Map<string, string>;
};

export function createLive({
  world,
  ledger,
  sight,
  viewerOf,
  onSent,
}: {
  world: World;
  ledger: LedgerWatch;
  sight: Sight;
  /** What a session may see now; none: it has ended. Throws when the ledger does not say. */
  viewerOf: (session: Session) => Promise<Viewer | undefined>;
  /** Called with every event that a listener was sent; `viewer` is undefined where that was nothing of anybody's. */
  onSent: (viewer: Viewer | undefined, events: Partial<LiveEvents>, bytes: number) => void;
}): Live {
  const listeners = new Set<Listener>();

  const write = (
    { response, sent }: Listener,
    events: Partial<LiveEvents>,
    viewer: Viewer | undefined = undefined,
  ) => {
    if (response.writableLength > MAX_WAITING_BYTES) return void response.destroy();
    for (const [event, value] of Object.entries(events)) {
      const data = JSON.stringify(value);
      if (sent.get(event) === data) continue;
      sent.set(event, data);
      response.write(`event: ${event}\ndata: ${data}\n\n`);
      onSent(viewer, { [event]: value }, Buffer.byteLength(data));
    }
    return undefined;
  };

  const send = async (listener: Listener, { first = false } = {}) => {
    const anybodys = { tick: world.tick(), batches: ledger.batches().slice(0, BATCHES) };
    if (listener.session === null) return write(listener, { ...anybodys, ponds: [], claims: [] });
    let viewer: Viewer | undefined;
    try {
      viewer = await viewerOf(listener.session);
    } catch {
      // The tick says that the ledger is gone; who may see what is not known until it is back.
      return write(listener, anybodys);
    }
    if (viewer === undefined) return void listener.response.end();
    const { farm } = listener;
    const theirs = {
      ponds: sight.ponds(viewer, world.ponds(), { farm, ...(first ? { what: "live" } : {}) }),
      claims: sight.claims(viewer, world.claims(), { farm }),
    };
    return write(listener, { ...anybodys, ...theirs }, viewer);
  };

  return {
    add(response, { session, farm, headers }) {
      if (listeners.size >= MAX_LISTENERS) return false;
      const listener: Listener = { response, session, farm, sent: new Map() };
      response.writeHead(200, {
        ...headers,
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      response.write("retry: 2000\n\n");
      listeners.add(listener);
      response.on("close", () => listeners.delete(listener));
      void send(listener, { first: true });
      return true;
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) break;
        await Promise.all([...listeners].map((listener) => send(listener)));
      }
      for (const { response } of listeners) response.end();
    },
  };
}
