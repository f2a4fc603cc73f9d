import { describe, expect, it } from "vitest";
import { createFeedClient } from "../../../oracle/feed-client.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { startFeedServer } from "./feed-server.ts";
import { createMemoryFeed } from "./world.ts";

const token = "token-of-a-gateway";
const key = makeKey("feed");
const feed = createMemoryFeed();
feed.readings(key, makeChain({ key, count: 3 }));
feed.hole(key, 3);
const signal = new AbortController().signal;
const reading = { kind: "reading", cursor: 1, device: key.device, seq: 0, receivedAtMs: 1 };
const frame = `0x${"00".repeat(160)}`;

describe("the feed of a gateway", () => {
  it("is read as it is, item by item from a cursor", async () => {
    await using server = await startFeedServer({ feed, token });
    const client = createFeedClient({ url: server.url, token });
    expect(await client.read({ after: 1, limit: 10, signal })).toEqual(feed.items.slice(1));
    expect(await client.read({ after: 0, limit: 2, signal })).toEqual(feed.items.slice(0, 2));
    expect(await client.read({ after: 4, limit: 2, signal })).toEqual([]);
  });

  it("is unreachable with a wrong token, and the error does not tell the token", async () => {
    await using server = await startFeedServer({ feed, token });
    const failure = createFeedClient({ url: server.url, token: "another-token" }).read({
      after: 0,
      limit: 1,
      signal,
    });
    await expect(failure).rejects.toMatchObject({
      code: "FEED_UNREACHABLE",
      facts: { problem: "status 401" },
    });
    await expect(failure).rejects.not.toThrow("another-token");
  });

  it.each([
    ["no JSON", "{"],
    ["no list", JSON.stringify({ items: {} })],
    [
      "more than was asked for",
      JSON.stringify({ items: [1, 2, 3].map((cursor) => ({ ...reading, cursor, frame })) }),
    ],
    ["a frame that is cut", JSON.stringify({ items: [{ ...reading, frame: frame.slice(0, -2) }] })],
    [
      "a cursor that stands still",
      JSON.stringify({ items: [1, 1].map((cursor) => ({ ...reading, cursor, frame })) }),
    ],
    [
      "a device that is a path",
      JSON.stringify({ items: [{ ...reading, frame, device: "../../../etc/xyz" }] }),
    ],
    ["an unknown reason", JSON.stringify({ items: [{ ...reading, kind: "hole", reason: 99 }] })],
    ["an answer without end", " ".repeat(100_000)],
  ])("refuses %s", async (_, body) => {
    await using server = await startFeedServer({ feed, token, answer: () => body });
    const client = createFeedClient({ url: server.url, token });
    await expect(client.read({ after: 0, limit: 2, signal })).rejects.toMatchObject({
      code: "FEED_UNREACHABLE",
    });
  });

  it("stops waiting when it is told to", async () => {
    await using server = await startFeedServer({ feed: { read: () => new Promise(() => undefined) }, token });
    const ending = new AbortController();
    const waiting = createFeedClient({ url: server.url, token }).read({
      after: 0,
      limit: 1,
      signal: ending.signal,
    });
    ending.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });

  it("gives up on a gateway that does not answer", async () => {
    await using server = await startFeedServer({ feed: { read: () => new Promise(() => undefined) }, token });
    const client = createFeedClient({ url: server.url, token, timeoutMs: 20 });
    await expect(client.read({ after: 0, limit: 1, signal })).rejects.toMatchObject({
      code: "FEED_UNREACHABLE",
    });
  });
});
