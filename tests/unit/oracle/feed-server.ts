import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { toHex } from "../../../protocol/bytes.ts";
import type { Feed } from "../../../protocol/feed.ts";

/** A gateway's feed over HTTP; `answer` replaces what it would say. */
export async function startFeedServer({
  feed,
  token,
  answer,
}: {
  feed: Feed;
  token: string;
  answer?: () => string;
}): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401).end();
      return;
    }
    const { searchParams } = new URL(request.url!, "http://feed");
    const after = Number(searchParams.get("after"));
    const limit = Number(searchParams.get("limit"));
    const items = await feed.read({ after, limit, signal: new AbortController().signal });
    const json = items.map((item) =>
      item.kind === "reading" ? { ...item, frame: toHex(item.frame) } : item,
    );
    response.end(answer?.() ?? JSON.stringify({ items: json }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
