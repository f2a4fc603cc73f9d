import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { writeDeployment } from "../../../../ledger/deployment.ts";
import { readEvents } from "../../../../ledger/events.ts";
import { readFeed, signReport } from "../../../../ledger/feeds.ts";
import type { Peer } from "../../../../oracle/feeds/peers.ts";
import type { FeedService } from "../../../../oracle/feeds/service.ts";
import type { Hex } from "../../../../protocol/terms.ts";
import { makeKey } from "../../../factories.ts";
import { keyOf, startTestChain, type TestChain } from "../../ledger/chain.ts";
import { HOUR_MS, insurePond } from "../policy.ts";
import { DAY_MS, defineHeatFeed, HEAT, HEAT_FEED, HEAT_SOURCE, midnightFrom } from "../weather.ts";
import { createMemoryFeed, makeDir, registerProbes, startOracle } from "../world.ts";
import { type Reply, startProvider } from "./provider-server.ts";
import { answerOf, answers, peerOf, startReporter, TOKEN } from "./reporters.ts";

const GENESIS_MS = Date.UTC(2026, 5, 1);
const DAY_MAX = [36.9, 37.1, 37.4];

let chain: TestChain;
let ledger: Awaited<ReturnType<TestChain["connect"]>>;
/** A day ended half an hour ago. */
let endMs: number;
let clock: { timeMs: number; now: () => number };
let folder: ReturnType<typeof makeDir>;
let closing: AsyncDisposableStack;

beforeEach(async () => {
  closing = new AsyncDisposableStack();
  folder = makeDir();
  closing.defer(() => folder[Symbol.dispose]());
  chain = closing.use(await startTestChain({ genesisMs: GENESIS_MS }));
  await defineHeatFeed(chain);
  ledger = await chain.connect("governor");
  closing.defer(() => ledger.close());
  endMs = midnightFrom(GENESIS_MS + 2 * DAY_MS);
  clock = { timeMs: endMs + HOUR_MS / 2, now: () => clock.timeMs };
  await chain.mineAt(clock.timeMs);
});
afterEach(() => closing.disposeAsync());

/** Three reporters, each with a provider of his own, who ask each other. */
async function startThree(first: readonly Reply[], more: { waitForAllMs?: number; peers?: Peer[] } = {}) {
  const replies = first.map((reply) => [reply]);
  const services: FeedService[] = [];
  for (const [i, own] of replies.entries()) {
    const provider = closing.use(await startProvider(own));
    const others = replies.flatMap((_, j) => (j === i ? [] : [peerOf(() => services[j])]));
    const options = { i, url: provider.url, dir: folder.dir, clock, peers: others, ...more };
    services.push(closing.use(await startReporter(chain, options)));
  }
  return { replies, services };
}

/** How many answers, or failures to answer, a reporter has judged. */
function answersOf(service: FeedService): number {
  return Object.values(service.status().answers).reduce((sum, count) => sum + count, 0);
}

/** Gives every reporter a new look at a provider. */
async function later(byMs: number) {
  clock.timeMs += byMs;
  await chain.mineAt(clock.timeMs);
}

function known(observedMs: number) {
  return readFeed(ledger, { feed: HEAT_FEED, observedAtS: observedMs / 1000 });
}

async function postedTimes() {
  const events = await readEvents({ ledger, kinds: ["ValuePosted"] });
  return events.map(({ observedAt }) => observedAt * 1000);
}

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 60_000, interval: 10 });

describe("reporters of weather", { timeout: 120_000 }, () => {
  it("fetch for themselves, sign, and post the median of all three, once", async () => {
    const { services } = await startThree(
      DAY_MAX.map((max) => answerOf(endMs, max)),
      { waitForAllMs: HOUR_MS },
    );
    await eventually(async () => expect(await known(endMs)).toMatchObject({ value: 37.1, reports: 3 }));
    await eventually(() => {
      for (const service of services) expect(service.status().waiting).toEqual({});
    });
    expect(await postedTimes()).toEqual([endMs]);
    expect(services.reduce((sum, service) => sum + service.status().posted, 0)).toBe(1);

    // Whoever holds a token gets the answer that was signed for, byte by byte, and the counts.
    const [{ port }] = services as [FeedService];
    const headers = { authorization: `Bearer ${TOKEN}` };
    const report = (await (
      await fetch(`http://127.0.0.1:${port}/api/v1/reports/${HEAT_FEED}/${endMs / 1000}`, { headers })
    ).json()) as { answer: Hex; value: number };
    expect(report.value).toBe(DAY_MAX[0]);
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/answers/${report.answer}`, { headers });
    expect(await answer.json()).toEqual(answerOf(endMs, DAY_MAX[0]!).body);
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`, { headers })).text();
    expect(metrics).toContain("pondproof_feeds_signed 1");
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
  });

  const bad: [string, () => Reply, keyof typeof after][] = [
    ["a provider that is down", () => ({ status: 503, body: {} }), "failed"],
    ["one that is slow", () => "never", "failed"],
    ["wrong units", () => answerOf(endMs, 38, { units: { temperature_2m: "K" } }), "failed"],
    ["a unit that was mistaken", () => answerOf(endMs, 99), "held"],
    ["a jump within the day", () => jump(), "held"],
    ["nulls", () => nulls(), "accepted"],
    ["a stale repeat", () => answerOf(endMs - 3 * DAY_MS, 38), "held"],
  ];
  it("post nothing from bad data, whatever is wrong with it, and no policy moves; good data goes on", async () => {
    const keys = [makeKey("deep"), makeKey("shallow")];
    await registerProbes(chain, keys);
    const policy = { keys, perils: [HEAT], feeds: [HEAT_FEED] };
    const startsAtMs = 1000 * Math.ceil(clock.timeMs / 1000) + 60_000;
    const insured = await insurePond(chain, { ...policy, startsAtMs });
    const oracle = await startOracle(chain, {
      feed: createMemoryFeed(),
      dir: `${folder.dir}/oracle`,
      agentKey: keyOf("agent"),
    });
    closing.use(oracle);
    endMs = midnightFrom(insured.coverFromMs);
    await later(endMs + HOUR_MS / 2 - clock.timeMs);

    const { replies, services } = await startThree(
      bad.slice(0, 3).map(([, reply]) => reply()),
      { waitForAllMs: 0 },
    );
    for (const [name, reply, state] of bad) {
      for (const own of replies) answers(own, reply());
      const before = services.map(answersOf);
      // Behind every pause after a failure.
      await later(HOUR_MS + 60_000);
      await eventually(() => {
        for (const [i, service] of services.entries()) expect(answersOf(service)).toBeGreaterThan(before[i]!);
      });
      await eventually(() => {
        for (const service of services) {
          const { providers, waiting } = service.status();
          expect({ name, states: Object.values(providers) }).toEqual({
            name,
            states: [expect.stringMatching(after[state])],
          });
          expect(waiting[HEAT_SOURCE]).toContain("hours are missing");
        }
      });
    }
    expect(await postedTimes()).toEqual([]);
    await eventually(() =>
      expect(oracle.status().agent).toMatchObject({ policiesWatched: 1, proven: 0, refused: {} }),
    );
    expect(services[0]!.status().answers).toMatchObject({
      failed: expect.any(Number),
      held: expect.any(Number),
    });

    // Of the providers two are good again: that is enough.
    for (const [i, max] of [36, 36.2].entries()) answers(replies[i]!, answerOf(endMs, max));
    await later(HOUR_MS + 60_000);
    await eventually(async () => expect(await known(endMs)).toMatchObject({ value: 36, reports: 2 }));
    for (const day of [1, 2]) {
      const dayEndMs = endMs + day * DAY_MS;
      for (const own of replies) answers(own, answerOf(dayEndMs, 37.5));
      await later(dayEndMs + HOUR_MS / 2 - clock.timeMs);
      await eventually(async () => expect(await known(dayEndMs)).toMatchObject({ value: 37.5 }));
    }
    await eventually(() => expect(oracle.status().agent).toMatchObject({ proven: 1, refused: {} }));
  });

  it("take no forged report, and a lie of one of three moves no median beyond the honest ones", async () => {
    const stranger: Peer = {
      url: "a stranger",
      report: ({ observedAtS }) =>
        signReport(
          { feed: HEAT_FEED, observedAtS, value: 45, answer: HEAT_FEED },
          { ...chain.deployment, key: keyOf("treasury") },
        ),
    };
    const provider = closing.use(await startProvider([answerOf(endMs, 36)]));
    const alone = await startReporter(chain, {
      i: 0,
      url: provider.url,
      dir: folder.dir,
      clock,
      peers: [stranger],
    });
    await eventually(() => {
      const { forged, waiting } = alone.status();
      expect(forged).toBeGreaterThan(0);
      expect(waiting[HEAT_SOURCE]).toBe("1 of 2 reports");
    });
    await alone.stop();
    expect(await postedTimes()).toEqual([]);

    const liar = answerOf(endMs, 49);
    await startThree([answerOf(endMs, 36), answerOf(endMs, 36.4), liar], { waitForAllMs: HOUR_MS });
    await eventually(async () => expect(await known(endMs)).toMatchObject({ value: 36.4, reports: 3 }));
  });

  it("need more of them for a jump from one day to the next", async () => {
    const { replies, services } = await startThree(DAY_MAX.map(() => answerOf(endMs, 36)));
    await eventually(async () => expect(await known(endMs)).toMatchObject({ value: 36 }));
    const next = endMs + DAY_MS;
    for (const own of replies.slice(0, 2)) answers(own, answerOf(next, 47));
    answers(replies[2]!, { status: 500, body: {} });
    await later(DAY_MS);
    await eventually(() => expect(services[0]!.status().waiting[HEAT_SOURCE]).toBe("2 of 3 reports"));
    expect(await known(next)).toBeUndefined();
    answers(replies[2]!, answerOf(next, 47));
    await later(HOUR_MS);
    await eventually(async () => expect(await known(next)).toMatchObject({ value: 47, reports: 3 }));
  });

  it("let a person accept what was held", async () => {
    const [provider, other] = [[jump()], [answerOf(endMs, 36)]] as Reply[][];
    const { services } = await startThree([provider![0]!, other![0]!, { status: 500, body: {} }]);
    const held = () => Object.values(services[0]!.status().held)[0];
    await eventually(() => expect(held()).toBeDefined());
    const url = `http://127.0.0.1:${services[0]!.port}/api/v1/answers/${held()}/accept`;
    const post = { method: "POST", headers: { authorization: `Bearer ${TOKEN}` } };
    expect((await fetch(`http://127.0.0.1:${services[0]!.port}/health`)).status).toBe(503);
    expect((await fetch(url, post)).status).toBe(204);
    expect((await fetch(url, post)).status).toBe(404);
    await eventually(async () => expect(await known(endMs)).toMatchObject({ value: 36, reports: 2 }));
  });

  for (const dieAt of ["signed", "posted"])
    it(`go on after a kill right after a report was ${dieAt}, and post it once`, async () => {
      const replies = [answerOf(endMs, 36.5)] as Reply[];
      const provider = closing.use(await startProvider(replies));
      const second = closing.use(await startProvider([answerOf(endMs, 36.6)]));
      const peer = await startReporter(chain, { i: 1, url: second.url, dir: folder.dir, clock });
      closing.use(peer);
      await eventually(() => expect(peer.status().signed).toBe(1));
      const deployment = `${folder.dir}/deployment.json`;
      await writeDeployment(deployment, chain.deployment);
      const script = fileURLToPath(new URL("kill-child.ts", import.meta.url));
      const peerUrl = `http://127.0.0.1:${peer.port}`;
      const args = [script, deployment, provider.url, peerUrl, folder.dir, String(clock.timeMs), dieAt];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
      const [, signal] = (await once(child, "exit")) as [number | null, string | null];
      expect(signal).toBe("SIGKILL");

      // The provider says something else by now; what was signed stays signed.
      answers(replies, answerOf(endMs, 40));
      clock.timeMs += HOUR_MS;
      const options = { i: 0, url: provider.url, dir: folder.dir, clock, peers: [peerOf(() => peer)] };
      const again = closing.use(await startReporter(chain, options));
      await eventually(async () => expect(await known(endMs)).toMatchObject({ value: 36.5, reports: 2 }));
      await eventually(() => expect(again.status()).toMatchObject({ signed: 1, waiting: {} }));
      expect(await postedTimes()).toEqual([endMs]);
    });
});

/** What a provider's state is after an answer of a kind, now and at later looks. */
const after = { failed: /failed|waiting/, held: /held/, accepted: /accepted|cached/ };

/** One hour of the day is nineteen degrees warmer than its neighbours, within what weather may be. */
const jump = () => withHours({ from: 12, values: [51] });

/** Two hours of the day that nobody measured. */
const nulls = () => withHours({ from: 25, values: [null, null] });

function withHours({ from, values }: { from: number; values: (number | null)[] }): Reply {
  const { body } = answerOf(endMs, 36);
  const temperatures = body.hourly.temperature_2m.with(from, values[0]!);
  for (const [i, value] of values.entries()) temperatures[from + i] = value;
  return { body: { ...body, hourly: { ...body.hourly, temperature_2m: temperatures } } };
}
