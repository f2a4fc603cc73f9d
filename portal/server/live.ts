import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { LiveEvents } from "../api.ts";
import type { LedgerWatch } from "./ledger-watch.ts";
import type { World } from "./world.ts";

const EVERY_MS = 1_000;
const MAX_LISTENERS = 100;
/** A listener that reads so slowly that this much waits for him is let go; his browser connects again. */
const MAX_WAITING_BYTES = 2 ** 20;
const BATCHES = 50;

/** Sends every listener what changed, once a second. */
export type Live = {
  /** Writes the headers and everything once; false when there are too many listeners already. */
  add(
    response: ServerResponse,
    options: { farm: string | undefined; headers: Record<string, string> },
  ): boolean;
  /** Works until the signal; then lets all listeners go. */
  run(signal: AbortSignal): Promise<void>;
};

type Listener = { response: ServerResponse; farm: string | undefined; sent: Map<string, string> };

export function createLive({ world, ledger }: { world: World; ledger: LedgerWatch }): Live {
  const listeners = new Set<Listener>();

  const everything = (): LiveEvents => ({
    tick: world.tick(),
    ponds: world.ponds(),
    claims: world.claims(),
    batches: ledger.batches().slice(0, BATCHES),
  });

  const send = (listener: Listener, events: LiveEvents) => {
    const { response, farm, sent } = listener;
    if (response.writableLength > MAX_WAITING_BYTES) return void response.destroy();
    const mine = <T extends { farm: string | null }>(all: T[]) =>
      farm === undefined ? all : all.filter((one) => one.farm === farm);
    const scoped: LiveEvents = { ...events, ponds: mine(events.ponds), claims: mine(events.claims) };
    for (const [event, value] of Object.entries(scoped)) {
      const data = JSON.stringify(value);
      if (sent.get(event) === data) continue;
      sent.set(event, data);
      response.write(`event: ${event}\ndata: ${data}\n\n`);
    }
    return undefined;
  };

  return {
    add(response, { farm, headers }) {
      if (listeners.size >= MAX_LISTENERS) return false;
      const listener: Listener = { response, farm, sent: new Map() };
      response.writeHead(200, {
        ...headers,
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      response.write("retry: 2000\n\n");
      send(listener, everything());
      listeners.add(listener);
      response.on("close", () => listeners.delete(listener));
      return true;
    },
    async run(signal) {
      while (!signal.aborted) {
        await pause(EVERY_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted || listeners.size === 0) continue;
        const events = everything();
        for (const listener of listeners) send(listener, events);
      }
      for (const { response } of listeners) response.end();
    },
  };
}
