import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { FARMS } from "../../firmware-sim/farms.ts";
import { doubtPrices, doubtWeather } from "../../oracle/feeds/doubt.ts";
import { createExternalFeed } from "../../oracle/feeds/external-feed.ts";
import { openFeedStore } from "../../oracle/feeds/feed-store.ts";
import { openMeteoForecast } from "../../oracle/feeds/open-meteo.ts";
import { xinfadi } from "../../oracle/feeds/xinfadi.ts";
import { PondproofError } from "../../protocol/errors.ts";

const HOST = "127.0.0.1";
const HOUR_MS = 3_600_000;
const CHINA_OFFSET_MS = 8 * HOUR_MS;
const FISH = "鲈鱼";
const HOURS = 24;

/**
 * Lets the oracle's own feeds ask for weather and prices once. The platforms stand in for the public ones: they speak
 * their form over HTTP, and what they say is made up, for a run must not depend on anybody's service.
 * @throws SCENARIO_FAILED when an answer was not accepted
 */
export async function askPlatforms({
  nowMs,
  path,
  signal,
}: {
  nowMs: number;
  /** Where the answers are kept. */
  path: string;
  signal: AbortSignal;
}): Promise<void> {
  const server = createServer((request, response) => {
    const body = request.url!.startsWith("/v1/forecast") ? weatherAt(nowMs) : pricesAt(nowMs);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(body));
  }).listen(0, HOST);
  await once(server, "listening");
  const url = `http://${HOST}:${(server.address() as AddressInfo).port}`;
  const store = openFeedStore(path);
  const common = { store, clock: { now: () => nowMs }, freshForMs: HOUR_MS };
  const day = dayInChina(nowMs);
  try {
    const answers = [
      await createExternalFeed({
        provider: openMeteoForecast(FARMS[0]!.ponds[0]!.place, { url }),
        doubt: doubtWeather({ aheadMs: 4 * 24 * HOUR_MS, staleMs: 3 * HOUR_MS }),
        ...common,
      }).refresh(signal),
      await createExternalFeed({
        provider: xinfadi({ variety: FISH, from: day, to: day, url }),
        doubt: doubtPrices({ staleMs: 7 * 24 * HOUR_MS }),
        ...common,
      }).refresh(signal),
    ];
    for (const answer of answers)
      if (answer.kind !== "accepted")
        throw new PondproofError("SCENARIO_FAILED", {
          reason: "a platform's answer was not accepted",
          answer,
        });
  } finally {
    store.close();
    await close(server);
  }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

/** A day of hours up to now, as Open-Meteo writes them. */
function weatherAt(nowMs: number) {
  const { latitudeDeg, longitudeDeg } = FARMS[0]!.ponds[0]!.place;
  const last = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  const times = Array.from({ length: HOURS }, (_, i) => last - (HOURS - 1 - i) * HOUR_MS);
  const all = (value: (timeMs: number) => number) => times.map(value);
  return {
    latitude: latitudeDeg,
    longitude: longitudeDeg,
    utc_offset_seconds: 0,
    hourly_units: {
      time: "iso8601",
      temperature_2m: "°C",
      precipitation: "mm",
      wind_speed_10m: "m/s",
      surface_pressure: "hPa",
    },
    hourly: {
      time: times.map((timeMs) => new Date(timeMs).toISOString().slice(0, 16)),
      temperature_2m: all((timeMs) => 29 + 4 * Math.sin((2 * Math.PI * timeMs) / (24 * HOUR_MS))),
      precipitation: all(() => 0),
      wind_speed_10m: all(() => 1.5),
      surface_pressure: all(() => 1003),
    },
  };
}

/** The price of the day, as the market's page has it. */
function pricesAt(nowMs: number) {
  const price = { prodName: FISH, lowPrice: "15.0", avgPrice: "16.0", highPrice: "17.0", unitInfo: "斤" };
  return { current: 1, limit: 200, count: 1, list: [{ ...price, pubDate: `${dayInChina(nowMs)} 00:00:00` }] };
}

function dayInChina(timeMs: number): string {
  return new Date(timeMs + CHINA_OFFSET_MS).toISOString().slice(0, 10);
}
