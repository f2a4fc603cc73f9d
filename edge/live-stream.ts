import type { ServerResponse } from "node:http";
import type { Live } from "./live.ts";

/** What may wait for one client; a slower one is cut off, reconnects, and asks for what it has missed. */
const MAX_QUEUED_BYTES = 262_144;
/** Proxies close a stream that is silent for a minute. */
const KEEP_ALIVE_MS = 20_000;

/** Clients of the live updates, as server-sent events. */
export type LiveStreams = {
  hasRoom(): boolean;
  /** Writes events to a response until either side ends it. */
  serve(response: ServerResponse): void;
  endAll(): void;
};

export function createLiveStreams({
  live,
  maxLiveClients,
}: {
  live: Live;
  maxLiveClients: number;
}): LiveStreams {
  const clients = new Set<ServerResponse>();
  return {
    hasRoom: () => clients.size < maxLiveClients,
    serve(response) {
      clients.add(response);
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": live\n\n");
      const write = (text: string) => {
        if (response.writableLength > MAX_QUEUED_BYTES) response.destroy();
        else response.write(text);
      };
      const stop = live.listen(({ event, data }) =>
        write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
      );
      const keepAlive = setInterval(() => write(": still here\n\n"), KEEP_ALIVE_MS).unref();
      response.once("close", () => {
        clearInterval(keepAlive);
        stop();
        clients.delete(response);
      });
    },
    endAll() {
      for (const response of clients) response.end();
    },
  };
}
