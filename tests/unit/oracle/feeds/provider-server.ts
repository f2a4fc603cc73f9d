import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** What the local provider answers: a status, headers, a body as JSON or as it is; `never` keeps silent. */
export type Reply = { status?: number; headers?: Record<string, string>; body: unknown } | "never";

export type Asked = { url: string; method: string; headers: IncomingMessage["headers"]; body: string };

/** A provider on port 0 that gives the replies in turn, the last one again and again. */
export async function startProvider(replies: Reply[]) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      asked.push({ url: request.url!, method: request.method!, headers: request.headers, body });
      const reply = replies[Math.min(asked.length, replies.length) - 1]!;
      if (reply === "never") return;
      response.writeHead(reply.status ?? 200, reply.headers);
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
