import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDawn } from "../../../edge/alarms/dawn.ts";
import {
  ALARM_LEVELS,
  type AlarmLevel,
  DEFAULT_OXYGEN_LEVELS,
  levelOf,
} from "../../../edge/alarms/levels.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { PERIOD_MS, pairDevice, START_MS, startGateway, type TestGateway, TOKEN } from "./harness.ts";

const key = makeKey("alpha");
const SECRET = "a secret of the farmer's phone";

describe("a level", () => {
  const level = (value: number, current?: AlarmLevel) =>
    levelOf({ value, levels: DEFAULT_OXYGEN_LEVELS, hysteresis: 0.3, current });

  test("is reached at once and left only above the hysteresis", () => {
    expect([level(3), level(2.9), level(1.9), level(0.9)]).toEqual([undefined, "watch", "warning", "danger"]);
    expect([level(3.2, "watch"), level(3.31, "watch")]).toEqual(["watch", undefined]);
    expect([level(1.2, "danger"), level(1.31, "danger"), level(2.5, "danger")]).toEqual([
      "danger",
      "warning",
      "watch",
    ]);
  });

  test("does not tremble: back to the same value, it is the same level", () => {
    const value = fc.double({ min: 0, max: 6, noNaN: true });
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, ...ALARM_LEVELS), (oxygen, current) => {
        const once = level(oxygen, current);
        expect(level(oxygen, once)).toBe(once);
      }),
    );
  });
});

test("the dawn is foreseen by the night's fall, not by day and not in the first hours", () => {
  const dawn = createDawn({ utcOffsetMinutes: 0 });
  const at = (hour: number, oxygenMgPerL: number) => dawn.take({ timeMs: hour * 3_600_000, oxygenMgPerL });
  expect(at(15, 9)).toBeUndefined();
  expect(at(21, 7)).toBeUndefined();
  expect(at(23, 6)).toBeUndefined();
  // A milligram in three hours; six hours are left.
  expect(at(24, 6)).toBeCloseTo(4);
  // Two milligrams in three hours; three hours are left.
  expect(at(27, 4)).toBeCloseTo(2);
  expect(at(31, 5)).toBeUndefined();
});

type Heard = { path: string; signature: string; body: string };

describe("a site's alarms", () => {
  let server: Server;
  let heard: Heard[];
  let answer: number;
  let site: TestGateway;

  beforeEach(async () => {
    heard = [];
    answer = 200;
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      heard.push({ path: request.url!, signature: String(request.headers["x-pondproof-signature"]), body });
      response.writeHead(answer).end();
      server.emit("heard");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    site = await startGateway({
      ponds: [{ name: "east", devices: [key.device] }],
      alarms: {
        targets: [
          { name: "farmer", afterMs: 0, url: `${url}/farmer`, secret: SECRET },
          { name: "neighbour", afterMs: 300_000, url: `${url}/neighbour`, secret: SECRET },
        ],
      },
    });
  });
  afterEach(async () => {
    await site[Symbol.asyncDispose]();
    server.close();
  });

  const turn = () => new Promise((next) => setImmediate(next));
  const api = async (method: string, path: string, body?: object) => {
    const response = await fetch(`http://127.0.0.1:${site.gateway.ports.http}/api/v1/alarms${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...(body && { "content-type": "application/json" }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    return response.status === 204 ? undefined : response.json();
  };
  const open = () =>
    site.gateway.alarms.open().map(({ subject, kind, level }) => `${subject} ${kind} ${level}`);
  /** Lets housekeeping come round. */
  const round = async (until: () => boolean) => {
    while (!until()) {
      site.clock.advance(60_000);
      await turn();
      await turn();
    }
  };
  const measure = async (series: number[]) => {
    const probe = await pairDevice(site, key);
    const chain = makeChain({ key, count: series.length, oxygen: (seq) => series[seq]! });
    for (const [i, frame] of chain.entries()) {
      site.clock.advance(Math.max(0, START_MS + i * PERIOD_MS - site.clock.now()));
      await probe.send([frame]);
      await probe.ack(({ contiguous }) => contiguous >= i);
    }
    const { followers } = site.gateway.stats().derived;
    while (followers.quality!.cursor < series.length) {
      if (site.gateway.stats().derived.followers.quality!.cursor >= series.length) break;
      await turn();
    }
    return probe;
  };

  test("are raised by falling oxygen, told with a signature, and cleared when it is well again", async () => {
    await using _ = await measure([6, 4, 2.5]);
    expect(open()).toEqual(["east oxygen-low watch"]);
    await round(() => heard.length > 0);
    const { path, signature, body } = heard[0]!;
    expect(path).toBe("/farmer");
    expect(JSON.parse(body)).toMatchObject({
      site: "huzhou",
      state: "open",
      subject: "east",
      kind: "oxygen-low",
      level: "watch",
      detail: { device: key.device, oxygenMgPerL: 2.5 },
    });
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature)!;
    expect(mac).toBe(createHmac("sha256", SECRET).update(`${seconds}.${body}`).digest("hex"));
  });

  test("escalate until somebody has acknowledged them", async () => {
    await using _ = await measure([2.5]);
    const { open: alarms } = await api("GET", "");
    await round(() => heard.some(({ path }) => path === "/neighbour"));
    expect(heard.filter(({ body }) => body.includes("oxygen-low")).map(({ path }) => path)).toEqual([
      "/farmer",
      "/neighbour",
    ]);
    await api("POST", `/${alarms[0].id}/acknowledge`, { by: "Lin" });
    expect((await api("GET", "")).open[0]).toMatchObject({ acknowledgedBy: "Lin", level: "watch" });
    expect((await api("POST", "/999/acknowledge", { by: "Lin" })).code).toBe("UNKNOWN_ALARM");
    expect(site.gateway.audit({ after: 0, limit: 10 }).at(-1)).toMatchObject({
      action: "alarm-acknowledged",
      detail: { id: alarms[0].id, by: "Lin" },
    });
  });

  test("are told to nobody else once they are acknowledged, also over a restart", async () => {
    {
      await using _ = await measure([2.5]);
    }
    site.gateway.alarms.acknowledge(site.gateway.alarms.open()[0]!.id, "Lin");
    await site.restart();
    expect(site.gateway.alarms.open()[0]).toMatchObject({ acknowledgedBy: "Lin" });
    // The silence of the probe is another alarm, and is what is heard next.
    await round(() => heard.some(({ body }) => body.includes("probe-silent")));
    await round(() => heard.filter(({ path }) => path === "/neighbour").length === 1);
    expect(heard.filter(({ body }) => body.includes("oxygen-low"))).toHaveLength(1);
  });

  test("that grow worse wake everybody again", async () => {
    await using probe = await measure([2.5, 0.8]);
    expect(open()).toEqual(["east oxygen-low danger"]);
    const levels = () =>
      heard
        .map(({ body }) => JSON.parse(body))
        .flatMap(({ kind, level }) => (kind === "oxygen-low" ? level : []));
    await round(() => levels().length > 1);
    expect(levels().slice(0, 2)).toEqual(["watch", "danger"]);
    expect(probe.acks.at(-1)!.verdicts).toEqual([]);
  });

  test("are told again to a target that did not take them, and given up in the end", async () => {
    answer = 500;
    await using _ = await measure([2.5]);
    await round(() => site.gateway.stats().derived.webhooks.givenUp > 0);
    const { failedAttempts, givenUp } = site.gateway.stats().derived.webhooks;
    expect(givenUp).toBeGreaterThan(0);
    expect(failedAttempts).toBeGreaterThanOrEqual(10);
    const health = await fetch(`http://127.0.0.1:${site.gateway.ports.http}/health`);
    expect((await health.json()).reasons).toContainEqual({ code: "alarm-target-unreachable" });
  });
});
