import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { doubtPrices, doubtWeather } from "../../../../oracle/feeds/doubt.ts";
import { createExternalFeed } from "../../../../oracle/feeds/external-feed.ts";
import { type FeedStore, openFeedStore } from "../../../../oracle/feeds/feed-store.ts";
import { enterPrice } from "../../../../oracle/feeds/manual-price.ts";
import type { FishPrice, WeatherHour } from "../../../../oracle/feeds/observation.ts";
import { openMeteoForecast } from "../../../../oracle/feeds/open-meteo.ts";
import { xinfadi } from "../../../../oracle/feeds/xinfadi.ts";
import { toHex } from "../../../../protocol/bytes.ts";
import { sha256 } from "../../../../protocol/hash.ts";
import { createManualClock } from "../../../factories.ts";
import { openMeteoBody, xinfadiBody } from "./answers.ts";
import { type Reply, startProvider } from "./provider-server.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2025, 6, 1, 12);
const HUZHOU = { latitudeDeg: 30.87, longitudeDeg: 120.1 };
const signal = new AbortController().signal;

let dir: string;
let store: FeedStore;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "feeds-"));
  store = openFeedStore(join(dir, "feeds.sqlite"));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

/** Three hours up to now. */
const weather = (...temperatures: number[]): Reply => ({
  body: openMeteoBody({ fromMs: NOW_MS - (temperatures.length - 1) * HOUR_MS, temperatures }),
});

function weatherFeed(...replies: Reply[]) {
  return startWeatherFeed(replies, { timeoutMs: 20_000 });
}

async function startWeatherFeed(replies: Reply[], { timeoutMs }: { timeoutMs: number }) {
  const server = await startProvider(replies);
  const clock = createManualClock(NOW_MS);
  const provider = openMeteoForecast(HUZHOU, { url: server.url });
  const feed = createExternalFeed({
    provider,
    doubt: doubtWeather({ aheadMs: 4 * 24 * HOUR_MS, staleMs: 3 * HOUR_MS }),
    store,
    clock,
    freshForMs: HOUR_MS,
    timeoutMs,
  });
  const read = () =>
    store.read<WeatherHour>(
      { provider: provider.name, subject: provider.subject },
      { fromMs: 0, toMs: 2 * NOW_MS },
    );
  return { server, clock, feed, read };
}

describe("an external feed", () => {
  it("keeps the answer as it came with its hash, and what it says", async () => {
    const { server, feed, read } = await weatherFeed(weather(30, 31, 32));
    await using _ = server;
    const result = await feed.refresh(signal);
    if (result.kind !== "accepted") throw new Error(result.kind);
    const kept = store.answer(result.sha256)!;
    expect(toHex(sha256(kept.body))).toBe(result.sha256);
    expect(JSON.parse(new TextDecoder().decode(kept.body))).toMatchObject({ latitude: 30.875 });
    expect(read().map(({ observation, sha256: hash }) => [observation.airTemperatureC, hash])).toEqual(
      [30, 31, 32].map((degrees) => [degrees, result.sha256]),
    );
  });

  it("asks no more often than it needs to", async () => {
    const { server, clock, feed } = await weatherFeed(weather(30, 31, 32));
    await using _ = server;
    await feed.refresh(signal);
    expect(await feed.refresh(signal)).toEqual({ kind: "cached", freshUntilMs: NOW_MS + HOUR_MS });
    clock.advance(HOUR_MS);
    expect(await feed.refresh(signal)).toMatchObject({ kind: "unchanged" });
    expect(await feed.refresh(signal)).toMatchObject({ kind: "cached" });
    expect(server.asked).toHaveLength(2);
  });

  it("waits longer after each failure, and as long as the provider asks", async () => {
    const busy: Reply = {
      status: 429,
      headers: { "retry-after": "600" },
      body: { error: true, reason: "too many" },
    };
    const { server, clock, feed } = await weatherFeed({ status: 503, body: "" }, busy, weather(30, 31, 32));
    await using _ = server;
    expect(await feed.refresh(signal)).toEqual({
      kind: "failed",
      problem: "status 503",
      nextTryAtMs: NOW_MS + 30_000,
    });
    expect(await feed.refresh(signal)).toEqual({ kind: "waiting", nextTryAtMs: NOW_MS + 30_000 });
    clock.advance(30_000);
    expect(await feed.refresh(signal)).toMatchObject({
      problem: "status 429, provider: too many",
      nextTryAtMs: NOW_MS + 630_000,
    });
    clock.advance(600_000);
    expect(await feed.refresh(signal)).toMatchObject({ kind: "accepted" });
  });

  it("waits no longer than its limit for a provider that keeps silent", async () => {
    const { server, feed } = await startWeatherFeed(["never"], { timeoutMs: 50 });
    await using _ = server;
    expect(await feed.refresh(signal)).toMatchObject({ kind: "failed", problem: "timeout" });
  });

  it("says that nobody answers where the provider is down", async () => {
    const { server, feed } = await weatherFeed(weather(30));
    await server[Symbol.asyncDispose]();
    expect(await feed.refresh(signal)).toMatchObject({ kind: "failed", problem: "unreachable" });
  });

  it.each<[string, Reply, string]>([
    ["no JSON", { body: "<html>maintenance</html>" }, "no JSON"],
    [
      "wrong units",
      { body: openMeteoBody({ fromMs: NOW_MS, temperatures: [300], units: { temperature_2m: "K" } }) },
      "unknown unit",
    ],
    ["an error with status 200", { body: { error: true, reason: "gone" } }, "provider: gone"],
    ["a redirection", { status: 302, headers: { location: "http://127.0.0.1:1/" }, body: "" }, "status 302"],
    ["a flood", { body: `"${"x".repeat(5_000_000)}"` }, "too-large"],
  ])("takes nothing from %s", async (_name, reply, problem) => {
    const { server, feed, read } = await weatherFeed(reply);
    await using _ = server;
    const result = await feed.refresh(signal);
    expect(result).toMatchObject({ kind: "failed", problem: expect.stringContaining(problem) as string });
    expect(read()).toEqual([]);
  });

  it.each<[string, Reply[], string]>([
    ["a jump", [weather(30, 31, 55)], "jump"],
    ["an impossible value", [weather(86, 86, 86)], "out-of-range"],
    [
      "hours of long ago",
      [{ body: openMeteoBody({ fromMs: NOW_MS - 9 * HOUR_MS, temperatures: [30, 31] }) }],
      "stale",
    ],
    [
      "hours of next week",
      [{ body: openMeteoBody({ fromMs: NOW_MS + 7 * 24 * HOUR_MS, temperatures: [30] }) }],
      "from-the-future",
    ],
  ])("holds %s for a person, and uses it nowhere until he accepts it", async (_name, replies, why) => {
    const { server, feed, read } = await weatherFeed(...replies);
    await using _ = server;
    const result = await feed.refresh(signal);
    if (result.kind !== "held") throw new Error(result.kind);
    expect(result.doubt.why).toBe(why);
    expect(read()).toEqual([]);
    feed.accept(result.sha256);
    expect(read().length).toBeGreaterThan(0);
    expect(() => feed.accept("0x00")).toThrow("INVALID_ARGUMENT");
  });

  it("holds the same old answer again when it has become stale", async () => {
    const { server, clock, feed } = await weatherFeed(weather(30, 31, 32));
    await using _ = server;
    expect(await feed.refresh(signal)).toMatchObject({ kind: "accepted" });
    clock.advance(4 * HOUR_MS);
    expect(await feed.refresh(signal)).toMatchObject({
      kind: "held",
      doubt: { why: "stale", newestMs: NOW_MS },
    });
  });

  it("stops waiting when it is told to", async () => {
    const { server, feed } = await weatherFeed("never");
    await using _ = server;
    const stop = new AbortController();
    const refreshed = feed.refresh(stop.signal);
    stop.abort(new Error("stopped"));
    await expect(refreshed).rejects.toThrow("stopped");
  });
});

describe("fish prices", () => {
  const key = { provider: "xinfadi", subject: "鲈鱼" };

  it("are posted for, and a price in the wrong unit is held as a jump", async () => {
    const today = xinfadiBody([{}]);
    const tomorrow = xinfadiBody([{ pubDate: "2025-07-02 00:00:00", unitInfo: "公斤" }]);
    await using server = await startProvider([{ body: today }, { body: tomorrow }]);
    const clock = createManualClock(NOW_MS);
    const feed = createExternalFeed({
      provider: xinfadi({ variety: "鲈鱼", from: "2025-07-01", to: "2025-07-02", url: server.url }),
      doubt: doubtPrices({ staleMs: 7 * 24 * HOUR_MS }),
      store,
      clock,
      freshForMs: HOUR_MS,
    });
    expect(await feed.refresh(signal)).toMatchObject({ kind: "accepted", observations: 1 });
    expect(server.asked[0]).toMatchObject({ method: "POST", url: "/getPriceData.html" });
    clock.advance(24 * HOUR_MS);
    expect(await feed.refresh(signal)).toMatchObject({
      kind: "held",
      doubt: { why: "jump", from: 3_200, to: 1_600 },
    });
    const prices = store.read<FishPrice>(key, { fromMs: 0, toMs: 2 * NOW_MS });
    expect(prices.map(({ observation }) => observation.averageFenPerKg)).toEqual([3_200]);
  });

  it("can be entered by hand, with the document that shows them", () => {
    const price: FishPrice = {
      timeMs: NOW_MS - HOUR_MS,
      variety: "加州鲈",
      market: "菱湖",
      lowFenPerKg: 2_800,
      averageFenPerKg: 3_000,
      highFenPerKg: 3_200,
    };
    const document = new TextEncoder().encode("invoice 4711");
    const entered = { price, document, enteredBy: "underwriter 3", nowMs: NOW_MS };
    const hash = enterPrice(store, entered);
    expect(hash).toBe(toHex(sha256(document)));
    const [kept] = store.read<FishPrice>(
      { provider: "manual", subject: "加州鲈" },
      { fromMs: 0, toMs: NOW_MS },
    );
    expect(kept).toMatchObject({ observation: price, sha256: hash });
    expect(() => enterPrice(store, { ...entered, document: new Uint8Array() })).toThrow("no document");
    const upsideDown = { ...price, lowFenPerKg: 3_100 };
    expect(() => enterPrice(store, { ...entered, price: upsideDown })).toThrow("low to high");
  });
});
