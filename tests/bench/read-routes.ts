import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import Fastify from "fastify";
import { compare, type Measurement } from "./measurement.ts";
import type { PortalUnderTest } from "./portal-under-test.ts";

const DAY_MS = 86_400_000;
/** Below the portal's own limit for one sender. */
const PACE_MS = 30;
const PERCENTILE = 0.99;
/** As many points as the page asks for. */
const MAX_POINTS = 1_300;

/** The 99th percentile of each read route, beside a bare Fastify route that is asked in turn with it. */
export async function benchReadRoutes(
  { url, pond, nowMs, cookie }: PortalUnderTest,
  { samples }: { samples: number },
): Promise<Measurement[]> {
  const bare = Fastify();
  bare.get("/bare", () => ({ nowMs }));
  await bare.listen({ host: "127.0.0.1", port: 0 });
  const bareUrl = `http://127.0.0.1:${(bare.server.address() as AddressInfo).port}/bare`;
  const readings = (days: number) =>
    `/api/v1/ponds/${pond}/readings?fromMs=${nowMs - days * DAY_MS}&toMs=${nowMs}&maxPoints=${MAX_POINTS}`;
  const routes: [name: string, path: string][] = [
    ["ponds", "/api/v1/ponds"],
    ["a pond", `/api/v1/ponds/${pond}`],
    ["its readings, a day", readings(1)],
    ["its readings, a week", readings(7)],
    ["its readings, a season", readings(120)],
    ["its readings, a year", readings(365)],
    ["its alarms", `/api/v1/ponds/${pond}/alarms`],
    ["claims", "/api/v1/claims"],
    ["batches", "/api/v1/batches"],
  ];
  const measurements: Measurement[] = [];
  try {
    for (const [name, path] of routes) {
      const times: { route: number[]; bare: number[] } = { route: [], bare: [] };
      for (let i = 0; i < samples; i++) {
        times.route.push(await timeOf(url + path, { cookie }));
        times.bare.push(await timeOf(bareUrl, {}));
        await pause(PACE_MS);
      }
      measurements.push(
        compare({
          name: `${name}, 99th percentile`,
          value: percentile(times.route),
          unit: "ms",
          comparedTo: { name: "bare Fastify", value: percentile(times.bare) },
        }),
      );
    }
  } finally {
    await bare.close();
  }
  return measurements;
}

async function timeOf(address: string, headers: Record<string, string>): Promise<number> {
  const beganMs = performance.now();
  const answer = await fetch(address, { headers });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${answer.status} from ${address}`);
  return performance.now() - beganMs;
}

function percentile(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(PERCENTILE * times.length) - 1]!;
}
