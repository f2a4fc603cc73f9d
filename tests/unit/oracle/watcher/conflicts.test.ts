import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createConflictClient } from "../../../../oracle/watcher/conflicts.ts";
import { toHex } from "../../../../protocol/bytes.ts";
import { makeChain, makeKey } from "../../../factories.ts";

const token = "token-of-a-gateway";
const key = makeKey("conflict");
const FRAMES = makeChain({ key, count: 2 });
const { signal } = new AbortController();

/** A gateway that gives one answer about one probe, and hears what it was asked. */
async function startGateway(body: string) {
  const asked: string[] = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push(url!);
    if (headers.authorization !== `Bearer ${token}`) response.writeHead(401).end();
    else if (!url!.includes(key.device)) response.writeHead(404).end();
    else response.end(body);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const item = (frame: Uint8Array) => ({ frame: toHex(frame), verdict: "conflict" });

describe("the frames that a gateway refused since they contradict stored ones", () => {
  it("are those of the probe that is asked about", async () => {
    await using gateway = await startGateway(JSON.stringify({ frames: FRAMES.map(item) }));
    const client = createConflictClient({ url: gateway.url, token });
    expect(await client.conflicts(key.device, signal)).toEqual(FRAMES);
    expect(gateway.asked).toEqual([`/api/v1/devices/${key.device}/evidence?verdict=conflict&limit=100`]);
  });

  it("are none of a probe that the gateway does not know", async () => {
    await using gateway = await startGateway(JSON.stringify({ frames: FRAMES.map(item) }));
    const client = createConflictClient({ url: gateway.url, token });
    expect(await client.conflicts(makeKey("elsewhere").device, signal)).toEqual([]);
  });

  it("are passed over where they are not frames", async () => {
    const frames = [null, {}, { frame: 5 }, { frame: `${toHex(FRAMES[0]!)}00` }, item(FRAMES[1]!)];
    await using gateway = await startGateway(JSON.stringify({ frames }));
    const client = createConflictClient({ url: gateway.url, token });
    expect(await client.conflicts(key.device, signal)).toEqual([FRAMES[1]]);
  });

  it.each([
    ["no JSON", "{", "an answer that is not JSON"],
    ["no list", JSON.stringify({ frames: {} }), "an answer without frames"],
    ["an answer without end", " ".repeat(60_001), "an answer of more than 60000 bytes"],
  ])("are not taken from %s", async (_, body, problem) => {
    await using gateway = await startGateway(body);
    const client = createConflictClient({ url: gateway.url, token });
    await expect(client.conflicts(key.device, signal)).rejects.toMatchObject({
      code: "FEED_UNREACHABLE",
      facts: { problem },
    });
  });

  it("are not shown to who has another token, and the error does not tell it", async () => {
    await using gateway = await startGateway("{}");
    const asked = createConflictClient({ url: gateway.url, token: "another-token" }).conflicts(
      key.device,
      signal,
    );
    await expect(asked).rejects.toMatchObject({ facts: { problem: "status 401" } });
    await expect(asked).rejects.not.toThrow("another-token");
  });
});
