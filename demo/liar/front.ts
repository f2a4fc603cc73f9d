import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const HOST = "127.0.0.1";
const MAX_BODY_BYTES = 2 ** 20;

/** Something that listens on a port of this machine and speaks for something else. */
export type Front = { readonly url: string; stop(): Promise<void> };

export type Asked = { path: string; method: string; authorization: string | undefined; body: string };
export type Told = { status: number; type: string; body: Uint8Array };

/** Starts a front; `answer` says what it tells. A question that cannot be answered gets status 502. */
export async function startFront(answer: (asked: Asked) => Promise<Told>): Promise<Front> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      response.writeHead(502, { "content-type": "text/plain" }).end(error.message);
    });
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { url = "/", method = "GET", headers } = request;
    const body = await bodyOf(request);
    const told = await answer({ path: url, method, authorization: headers.authorization, body });
    response.writeHead(told.status, { "content-type": told.type }).end(told.body);
  };
  server.listen(0, HOST);
  await once(server, "listening");
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Hands a question on as it is. */
export async function handOn(to: string, { path, method, authorization, body }: Asked): Promise<Told> {
  const response = await fetch(new URL(path, to), {
    method,
    headers: {
      "content-type": "application/json",
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(method === "GET" ? {} : { body }),
  });
  const type = response.headers.get("content-type") ?? "application/octet-stream";
  return { status: response.status, type, body: new Uint8Array(await response.arrayBuffer()) };
}

export function json(value: unknown, status = 200): Told {
  return { status, type: "application/json", body: new TextEncoder().encode(JSON.stringify(value)) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RangeError(`more than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
