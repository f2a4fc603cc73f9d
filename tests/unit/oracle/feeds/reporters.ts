import { join } from "node:path";
import { createPeer, type Peer } from "../../../../oracle/feeds/peers.ts";
import { createFeedService, type FeedServiceOptions } from "../../../../oracle/feeds/service.ts";
import { silentLog } from "../../../../oracle/log.ts";
import { keyOf, REPORTERS, type TestChain } from "../../ledger/chain.ts";
import { HEAT_SOURCE } from "../weather.ts";
import { openMeteoBody } from "./answers.ts";
import type { Reply } from "./provider-server.ts";

export const TOKEN = "token-of-the-reporters";
const HUZHOU = { latitudeDeg: 30.87, longitudeDeg: 120.1 };
const HOUR_MS = 3_600_000;

/** Options of reporter number `i`, who asks a provider at `url`. */
export function reporterOptions(
  chain: Pick<TestChain, "deployment">,
  {
    i,
    url,
    dir,
    clock,
    ...more
  }: { i: number; url: string; dir: string; clock: { now: () => number } } & Partial<FeedServiceOptions>,
): FeedServiceOptions {
  return {
    ledger: { deployment: chain.deployment, pollingIntervalMs: 5 },
    key: keyOf(REPORTERS[i]!),
    sources: {
      openMeteo: [{ ...HUZHOU, url, feeds: [{ source: HEAT_SOURCE, metric: "maxTemperature" }] }],
      qweather: [],
      xinfadi: [],
    },
    peers: [],
    dir: join(dir, `reporter-${i}`),
    clock,
    http: { host: "127.0.0.1", port: 0, tokens: [TOKEN] },
    waitForAllMs: 0,
    providerTimeoutMs: 500,
    pollIntervalMs: 20,
    log: silentLog,
    ...more,
  };
}

/** Starts a reporter. */
export async function startReporter(
  chain: Pick<TestChain, "deployment">,
  options: Parameters<typeof reporterOptions>[1],
) {
  const service = createFeedService(reporterOptions(chain, options));
  await service.start();
  return service;
}

/** A peer that may not be up yet, and then has signed nothing. */
export function peerOf(service: () => { port: number } | undefined): Peer {
  return {
    url: "the peer",
    async report(of, signal) {
      const port = service()?.port;
      if (port === undefined) return undefined;
      return createPeer({ url: `http://127.0.0.1:${port}`, token: TOKEN }).report(of, signal);
    },
  };
}

/**
 * What Open-Meteo says half an hour after a day: hour by hour from thirty before its end to a day behind it, the day's
 * maximum at two in the afternoon, all else four degrees cooler.
 */
export function answerOf(
  endMs: number,
  maxC: number,
  change: Partial<Parameters<typeof openMeteoBody>[0]> = {},
): { body: ReturnType<typeof openMeteoBody> } {
  const fromMs = endMs - 30 * HOUR_MS;
  const temperatures = Array.from({ length: 55 }, (_, i) => {
    const timeMs = fromMs + i * HOUR_MS;
    return timeMs === endMs - 10 * HOUR_MS ? maxC : maxC - 4;
  });
  return { body: openMeteoBody({ fromMs, temperatures, ...change }) };
}

/** Makes a provider give another answer from now on. */
export function answers(replies: Reply[], reply: Reply): void {
  replies.splice(0, replies.length, reply);
}
