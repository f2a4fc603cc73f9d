import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { type ConnectionLimits, guardConnection } from "../../../edge/connection.ts";
import { createManualClock } from "../../factories.ts";

const LIMITS: ConnectionLimits = {
  maxPacketBytes: 1_000,
  tokensPerSecond: 10,
  burstTokens: 10,
  maxQueuedBytes: 100_000,
};

/** Both ends of a TCP connection, the server's one guarded. */
async function pair() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [socket] = (await once(server, "connection")) as [Socket];
  const seen: string[] = [];
  const guarded = guardConnection({
    socket,
    limits: LIMITS,
    clock: createManualClock(0),
    events: {
      onOverlong: () => void seen.push("overlong"),
      onThrottled: () => void seen.push("throttled"),
      onSlow: () => void seen.push("slow"),
    },
  });
  return {
    client,
    guarded,
    seen,
    async [Symbol.asyncDispose]() {
      client.destroy();
      guarded.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

test("a client that does not read is cut off, and never makes the writer wait", async () => {
  await using ends = await pair();
  ends.client.pause();
  const gone = once(ends.guarded, "close");
  const chunk = Buffer.alloc(65_000);
  for (let i = 0; i < 1_000 && !ends.guarded.destroyed; i++) {
    await new Promise((resolve) => ends.guarded.write(chunk, resolve));
  }
  await gone;
  expect(ends.seen).toEqual(["slow"]);
});

test("what is written arrives, and both ends see the end", async () => {
  await using ends = await pair();
  ends.guarded.write("one ");
  ends.guarded.end("two");
  ends.guarded.resume();
  let heard = "";
  for await (const chunk of ends.client) heard += chunk;
  expect(heard).toBe("one two");
});

test("a packet that announces too much ends the connection before its body comes", async () => {
  await using ends = await pair();
  const gone = once(ends.guarded, "close");
  ends.guarded.on("readable", () => ends.guarded.read());
  ends.client.write(Uint8Array.of(0x30, 0xff, 0x7f));
  await gone;
  expect(ends.seen).toEqual(["overlong"]);
});
