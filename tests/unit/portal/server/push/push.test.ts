import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import webPush from "web-push";
import { openDatabase } from "../../../../../portal/server/database.ts";
import type { Directory } from "../../../../../portal/server/directory.ts";
import { createAnnouncer } from "../../../../../portal/server/push/announcer.ts";
import { openPushKeys } from "../../../../../portal/server/push/keys.ts";
import {
  createPushService,
  isPushEndpoint,
  PUSH_HOSTS,
} from "../../../../../portal/server/push/push-service.ts";
import { createSubscriptions } from "../../../../../portal/server/push/subscriptions.ts";
import type { Hex } from "../../../../../protocol/terms.ts";
import { type PushServer, startPushServer } from "./push-server.ts";

const MINUTE_MS = 60_000;
const signal = new AbortController().signal;
const account = (digit: string) => `0x${digit.repeat(40)}` as Hex;
const LEDGER_POND = `0x${"1".repeat(64)}` as Hex;
const PROBE = "00112233aabbccdd";
const farmer = account("a");
const neighbour = account("b");

const directory = {
  farms: [],
  ponds: [
    {
      id: "east",
      farm: "daochang",
      name: { en: "East", zh: "东塘" },
      ledgerId: LEDGER_POND,
      probes: [PROBE],
    },
  ],
} as unknown as Directory;

let server: PushServer;
beforeAll(async () => {
  server = await startPushServer();
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  server.deliveries.length = 0;
});

const alarm = {
  id: 7,
  subject: "east",
  kind: "oxygen-low",
  level: "danger",
  detail: { device: PROBE, oxygenMgPerL: 0.9 },
  raisedAtMs: 0,
  clearedAtMs: null,
  acknowledgedAtMs: null as number | null,
};

/** The portal's part in it, over a gateway that has these alarms open. */
function makePortal(open: object[] = [alarm]) {
  const seen = { nowMs: MINUTE_MS, open, failed: 0 };
  const database = openDatabase({});
  const subscriptions = createSubscriptions({ database, nowMs: () => seen.nowMs });
  const announcer = createAnnouncer({
    gateway: {
      json: async () => ({ ok: true, value: { open: seen.open, recent: [] } }),
      bytes: () => Promise.reject(new Error("not asked for")),
      send: () => Promise.reject(new Error("not asked for")),
      stream: () => Promise.reject(new Error("not asked for")),
    },
    directory,
    subscriptions,
    service: createPushService({
      keys: { ...webPush.generateVAPIDKeys(), contact: "mailto:provider@example.org" },
      ca: server.ca,
    }),
    hearing: async () => (who, pond) => who === farmer && pond === LEDGER_POND,
    nowMs: () => seen.nowMs,
    onFailed: () => {
      seen.failed++;
    },
  });
  return { seen, subscriptions, turn: () => announcer.turn(signal) };
}

describe("an alarm", () => {
  it("reaches the browser of the pond's farmer in his language, once, and nobody else's", async () => {
    const { subscriptions, turn } = makePortal();
    subscriptions.put({ account: farmer, language: "zh", ...server.subscribe("phone") });
    subscriptions.put({ account: neighbour, language: "en", ...server.subscribe("other") });
    expect(await turn()).toBe(1);
    expect(server.deliveries).toEqual([
      {
        path: "/send/phone",
        ttl: "3600",
        urgency: "high",
        topic: "alarm-7",
        contact: "mailto:provider@example.org",
        message: {
          tag: "alarm-7",
          language: "zh",
          farm: "daochang",
          pond: "east",
          pondName: "东塘",
          kind: "oxygen-low",
          level: "danger",
          oxygenMgPerL: 0.9,
          raisedAtMs: 0,
        },
      },
    ]);
    expect(await turn()).toBe(0);
  });

  it("is told again when it gets worse, and not when somebody acknowledged it", async () => {
    const { seen, subscriptions, turn } = makePortal([{ ...alarm, level: "warning" }]);
    subscriptions.put({ account: farmer, language: "en", ...server.subscribe("phone") });
    expect(await turn()).toBe(1);
    seen.open = [{ ...alarm, raisedAtMs: MINUTE_MS }];
    expect(await turn()).toBe(1);
    expect(server.deliveries.map(({ urgency }) => urgency)).toEqual(["normal", "high"]);
    seen.open = [{ ...alarm, raisedAtMs: 2 * MINUTE_MS, acknowledgedAtMs: 3 * MINUTE_MS }];
    expect(await turn()).toBe(0);
  });

  it.each([
    ["is mild", { level: "watch" }],
    ["is half an hour old", { raisedAtMs: -30 * MINUTE_MS }],
    ["is of a pond that the portal does not know", { subject: "elsewhere" }],
  ])("that %s wakes nobody", async (_, change) => {
    const { subscriptions, turn } = makePortal([{ ...alarm, ...change }]);
    subscriptions.put({ account: farmer, language: "en", ...server.subscribe("phone") });
    expect(await turn()).toBe(0);
  });

  it("of a silent probe names the probe's pond", async () => {
    const { subscriptions, turn } = makePortal([
      { ...alarm, subject: PROBE, kind: "probe-silent", detail: {} },
    ]);
    subscriptions.put({ account: farmer, language: "en", ...server.subscribe("phone") });
    await turn();
    expect(server.deliveries[0]!.message).toMatchObject({ pondName: "East", kind: "probe-silent" });
  });

  it("is tried again after a push service failed, and forgotten with a browser that is gone", async () => {
    const { seen, subscriptions, turn } = makePortal();
    subscriptions.put({ account: farmer, language: "en", ...server.subscribe("phone") });
    server.answer("phone", 503);
    expect(await turn()).toBe(0);
    expect(seen.failed).toBe(1);
    server.answer("phone", 201);
    expect(await turn()).toBe(1);
    seen.open = [{ ...alarm, id: 8 }];
    server.answer("phone", 410);
    expect(await turn()).toBe(0);
    expect(subscriptions.all()).toEqual([]);
  });
});

describe("who is told", () => {
  const keys = { p256dh: "p", auth: "a" };
  const browser = (i: number) => ({ endpoint: `https://push.example/${i}`, keys });

  it("is at most eight browsers of a person, the newest, and one of them once", () => {
    const { seen, subscriptions } = makePortal();
    for (let i = 0; i < 12; i++) {
      seen.nowMs++;
      subscriptions.put({ account: farmer, language: "en", ...browser(i) });
      subscriptions.put({ account: farmer, language: "zh", ...browser(i) });
    }
    const kept = subscriptions.all();
    expect(kept.map(({ endpoint }) => endpoint)).toEqual(
      [4, 5, 6, 7, 8, 9, 10, 11].map((i) => browser(i).endpoint),
    );
    expect(new Set(kept.map(({ language }) => language))).toEqual(new Set(["zh"]));
  });

  it("ends for oneself and for nobody else", () => {
    const { subscriptions } = makePortal();
    subscriptions.put({ account: farmer, language: "en", ...browser(1) });
    expect(subscriptions.remove({ account: neighbour, ...browser(1) })).toBe(false);
    expect(subscriptions.remove({ account: farmer, ...browser(1) })).toBe(true);
    subscriptions.put({ account: farmer, language: "en", ...browser(2) });
    subscriptions.removeAll(farmer);
    expect(subscriptions.all()).toEqual([]);
  });
});

describe("a subscription's address", () => {
  it.each([
    "https://fcm.googleapis.com/fcm/send/abc",
    "https://updates.push.services.mozilla.com/wpush/v2/abc",
    "https://wns2-par02p.notify.windows.com/w/?token=abc",
  ])("of a push service is taken: %s", (endpoint) => {
    expect(isPushEndpoint(endpoint, PUSH_HOSTS)).toBe(true);
  });

  it.each([
    "http://fcm.googleapis.com/fcm/send/abc",
    "https://fcm.googleapis.com:8081/fcm/send/abc",
    "https://fcm.googleapis.com@127.0.0.1/",
    "https://fcm.googleapis.com.evil.example/",
    "https://evilnotify.windows.com/",
    "https://127.0.0.1:8081/api/v1/alarms",
    "https://[::1]/",
    "file:///etc/passwd",
    "nonsense",
  ])("elsewhere is refused: %s", (endpoint) => {
    expect(isPushEndpoint(endpoint, PUSH_HOSTS)).toBe(false);
  });
});

it("the portal's keys towards push services are made once, for their owner alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pondproof-push-"));
  const path = join(folder, "push-keys.json");
  const first = await openPushKeys({ path, contact: "mailto:a@example.org" });
  expect(await openPushKeys({ path, contact: "mailto:a@example.org" })).toEqual(first);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await expect(openPushKeys({ path: folder, contact: "" })).rejects.toThrow("PUSH_KEYS_UNUSABLE");
  await rm(folder, { recursive: true });
});
