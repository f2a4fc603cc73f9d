import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toHex } from "../../../protocol/bytes.ts";
import { makeChain, makeFrame, makeKey } from "../../factories.ts";
import {
  HOLDING_MS,
  pairDevice,
  START_MS,
  startGateway,
  type TestDevice,
  type TestGateway,
  TOKEN,
} from "./harness.ts";

const key = makeKey("alpha");
const silent = makeKey("beta");
const frames = makeChain({ key, count: 60, periodMs: 10_000, oxygen: (seq) => (seq % 10 === 3 ? 1.5 : 8) });
let site: TestGateway;
let probe: TestDevice;

beforeAll(async () => {
  site = await startGateway();
  probe = await pairDevice(site, key);
  site.gateway.pair({ publicKey: silent.publicKey, periodMs: 60_000 });
  // 20 to 22 are lost and become holes.
  await probe.send([...frames.slice(0, 20), ...frames.slice(23)], 64);
  await probe.ack(({ missing }) => missing.length === 1);
  site.clock.advance(2 * HOLDING_MS);
  await probe.ack(({ contiguous }) => contiguous === 59);
  while (site.gateway.stats().derived.followers.quality!.cursor < 60)
    await new Promise((next) => setImmediate(next));
});
afterAll(async () => {
  await probe[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

const get = (path: string, token: string | undefined = TOKEN) =>
  fetch(`http://127.0.0.1:${site.gateway.ports.http}${path}`, {
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
  });
const json = async (path: string) => (await get(path)).json();

describe("evidence", () => {
  const path = `/api/v1/devices/${key.device}/evidence`;

  test("is the frames that were not stored, by verdict, in bounded number", async () => {
    const other = makeFrame(key, { seq: 5, timeMs: START_MS + 1 });
    await probe.send([other]);
    await probe.ack(({ verdicts }) => verdicts.some(({ verdict }) => verdict === "conflict"));
    const { frames: kept } = await json(`${path}?verdict=conflict`);
    expect(kept.map(({ frame }: { frame: string }) => frame)).toEqual([toHex(other)]);
    expect(await json(`${path}?verdict=malformed`)).toEqual({ frames: [] });
    expect((await get(`${path}?verdict=conflict&limit=1001`)).status).toBe(400);
    expect((await get(path)).status).toBe(400);
    expect((await get(`${path}?verdict=conflict`, "")).status).toBe(401);
    expect((await get("/api/v1/devices/0000000000000000/evidence?verdict=conflict")).status).toBe(404);
  });
});

describe("the feed", () => {
  test("goes through every position in pages, each once", async () => {
    const seqs: number[] = [];
    for (let after = 0; ; ) {
      const { items } = await json(`/api/v1/feed?after=${after}&limit=7`);
      if (items.length === 0) break;
      expect(items.length).toBeLessThanOrEqual(7);
      for (const item of items) {
        seqs.push(item.seq);
        expect(item).toEqual(
          item.seq >= 20 && item.seq <= 22
            ? { cursor: item.cursor, kind: "hole", device: key.device, seq: item.seq, reason: 2 }
            : {
                cursor: item.cursor,
                kind: "reading",
                device: key.device,
                seq: item.seq,
                frame: toHex(frames[item.seq]!),
                receivedAtMs: START_MS + 600_000,
              },
        );
      }
      after = items.at(-1).cursor;
    }
    expect(seqs).toEqual([...frames.keys()]);
  });

  test("begins at the beginning when nothing is asked", async () => {
    expect((await json("/api/v1/feed")).items).toHaveLength(60);
  });
});

test("devices are shown with their state, place and counts", async () => {
  const devices = await json("/api/v1/devices");
  expect(devices).toHaveLength(2);
  expect(devices.find(({ device }: { device: string }) => device === key.device)).toMatchObject({
    publicKey: toHex(key.publicKey),
    state: "stale",
    nextSeq: 60,
    lastTimeMs: START_MS + 590_000,
    latest: [8, 24, null, null, null, null, null, null],
    verdicts: { stored: 57, ahead: 37 },
    holes: 3,
  });
  expect(devices.find(({ device }: { device: string }) => device === silent.device)).toMatchObject({
    state: "never",
    latest: null,
    lastTimeMs: null,
  });
});

describe("readings", () => {
  const path = (query: string) => `/api/v1/devices/${key.device}/readings?${query}`;

  test("come whole where they fit, with the holes among them", async () => {
    const { device, points, holes } = await json(path(`fromMs=${START_MS}&toMs=${START_MS + 590_000}`));
    expect(device).toBe(key.device);
    expect(points).toHaveLength(57);
    expect(points[3]).toEqual({
      timeMs: START_MS + 30_000,
      seq: 3,
      flags: 0xfc10,
      values: [1.5, 24, null, null, null, null, null, null],
      // A value that is back a moment later.
      quality: [4, 1, 9, 9, 9, 9, 9, 9],
    });
    expect(points[1].quality).toBeUndefined();
    expect(holes).toEqual([{ fromSeq: 20, toSeq: 22 }]);
  });

  test("are thinned without losing a minimum of oxygen", async () => {
    const { points } = await json(path(`fromMs=${START_MS}&toMs=${START_MS + 590_000}&maxPoints=6`));
    expect(points.length).toBeLessThanOrEqual(6);
    expect(points.map(({ values }: { values: number[] }) => values[0])).toEqual([
      1.5, 1.5, 1.5, 1.5, 1.5, 1.5,
    ]);
  });

  test("come page by page, none left out, when they are asked for from a number on", async () => {
    const span = `fromMs=${START_MS}&toMs=${START_MS + 590_000}&maxPoints=25`;
    const pages = [];
    for (let next = 0, last = 0; next <= last; ) {
      const page = await json(path(`${span}&pageFrom=${next}`));
      pages.push(page);
      last = page.lastSeq;
      next = Math.max(page.points.at(-1)?.seq ?? 0, page.holes.at(-1)?.toSeq ?? 0) + 1;
    }
    const seqs = pages.flatMap(({ points }) => points.map(({ seq }: { seq: number }) => seq));
    expect(pages).toHaveLength(3);
    expect(seqs).toHaveLength(57);
    expect(new Set(seqs).size).toBe(57);
    expect(pages.flatMap(({ holes }) => holes)).toEqual([{ fromSeq: 20, toSeq: 22 }]);
  });

  test("are those of the window alone, both ends inclusive", async () => {
    const { points } = await json(path(`fromMs=${START_MS + 10_000}&toMs=${START_MS + 30_000}`));
    expect(points.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3]);
    const nothing = await json(path(`fromMs=1&toMs=2`));
    expect(nothing).toMatchObject({ points: [], holes: [] });
  });
});

describe("a request is refused as problem+json", () => {
  const refused = async (path: string, token?: string) => {
    const response = await get(path, token);
    expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
    const { status, code, type, title, detail } = await response.json();
    expect(status).toBe(response.status);
    expect([type, title, detail].every((text) => typeof text === "string")).toBe(true);
    return `${status} ${code}`;
  };

  test.each(["/api/v1/feed", "/api/v1/devices", "/api/v1/live", "/metrics"])(
    "at %s without the token, or with a wrong one",
    async (path) => {
      expect(await refused(path, "")).toBe("401 UNAUTHORISED");
      expect(await refused(path, `${TOKEN}x`)).toBe("401 UNAUTHORISED");
    },
  );

  test.each([
    "/api/v1/feed?after=-1",
    "/api/v1/feed?after=x",
    "/api/v1/feed?limit=0",
    "/api/v1/feed?limit=1001",
    "/api/v1/feed?limit=1e99",
    "/api/v1/feed?surprise=1",
    `/api/v1/devices/${key.device}/readings`,
    `/api/v1/devices/${key.device}/readings?fromMs=0&toMs=1&maxPoints=2001`,
    `/api/v1/devices/${key.device}/readings?fromMs=2&toMs=1`,
    `/api/v1/devices/..%2f..%2fetc/readings?fromMs=0&toMs=1`,
  ])("with a bad value: %s", async (path) => {
    expect(await refused(path)).toBe("400 INVALID_ARGUMENT");
  });

  test("for a device that is not paired, and for what is not served", async () => {
    const { device } = makeKey("nobody");
    expect(await refused(`/api/v1/devices/${device}/readings?fromMs=0&toMs=1`)).toBe("404 UNKNOWN_DEVICE");
    expect(await refused("/api/v2")).toBe("404 NO_SUCH_ROUTE");
  });
});

test("health is red with its reasons, and open to a supervisor without the token", async () => {
  const response = await get("/health", "");
  expect(response.status).toBe(503);
  const { ok, reasons } = await response.json();
  expect(ok).toBe(false);
  expect(reasons).toContainEqual({ code: "probe-silent", device: silent.device });
  site.trust.current = { trusted: false, reason: "no network yet" };
  expect((await (await get("/health", "")).json()).reasons).toContainEqual({
    code: "clock-not-trusted",
    why: "no network yet",
  });
  site.trust.current = { trusted: true, source: "test", errorBoundMs: 1 };
});

test("readiness, version and metrics are served", async () => {
  expect(await (await get("/ready", "")).json()).toEqual({ ready: true });
  expect(await (await get("/version", "")).json()).toMatchObject({ name: "pondproof-gateway" });
  const metrics = await (await get("/metrics")).text();
  expect(metrics).toContain('pondproof_gateway_verdicts_total{verdict="stored"} 57');
  expect(metrics).toContain("pondproof_gateway_holes 3");
});

test("live updates tell of stored and of refused frames, to as many clients as are allowed", async () => {
  await using one = await startGateway({ limits: { maxLiveClients: 1 } });
  await using device = await pairDevice(one, key);
  const live = () =>
    fetch(`http://127.0.0.1:${one.gateway.ports.http}/api/v1/live`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
  const response = await live();
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect((await live()).status).toBe(503);

  const forged = frames[1]!.slice();
  forged[150]! ^= 1;
  await device.send([frames[0]!, forged], 2);
  let heard = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    heard += decoder.decode(chunk, { stream: true });
    if (heard.includes("refused") && heard.endsWith("\n\n")) break;
  }
  const events = heard.split("\n\n").filter((block) => block.startsWith("event"));
  expect(events).toEqual([
    `event: reading\ndata: ${JSON.stringify({
      device: key.device,
      seq: 0,
      timeMs: START_MS,
      values: [8, 24, null, null, null, null, null, null],
      verdict: "stored",
    })}`,
    `event: refused\ndata: ${JSON.stringify({ device: key.device, seq: 1, verdict: "bad-signature" })}`,
  ]);
});
