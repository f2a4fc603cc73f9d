import type { Clock } from "../../protocol/clock.ts";
import { PondproofError } from "../../protocol/errors.ts";
import type { WeatherMetric } from "../../protocol/weather.ts";
import type { Log } from "../log.ts";
import { doubtPrices, doubtWeather } from "./doubt.ts";
import { createExternalFeed, type ExternalFeed, type Refresh } from "./external-feed.ts";
import type { FeedStore } from "./feed-store.ts";
import { openMeteoForecast } from "./open-meteo.ts";
import { qweather } from "./qweather.ts";
import type { ReportedFeed } from "./reporter.ts";
import type { ProviderState } from "./status.ts";
import { xinfadi } from "./xinfadi.ts";

/** Whom to ask for what; `url` is for a provider elsewhere than at his usual address. */
export type ProviderSources = {
  openMeteo: readonly {
    latitudeDeg: number;
    longitudeDeg: number;
    url?: string;
    /** Feeds of the ledger that are read from this place's weather. */
    feeds: readonly { source: string; metric: WeatherMetric }[];
  }[];
  qweather: readonly { location: string; url: string; key: string }[];
  xinfadi: readonly { variety: string; url?: string }[];
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;

/** A forecast reaches this far ahead, and begins in the past: one that has nothing of the future is an old one. */
const FORECAST = { aheadMs: 4 * DAY_MS, staleMs: 0 };
/** Observations come twenty minutes late. */
const OBSERVATION = { aheadMs: 10 * MINUTE_MS, staleMs: 3 * HOUR_MS };
/** Markets rest over the longest holidays. */
const PRICE_STALE_MS = 10 * DAY_MS;

const FRESH_MS = { openMeteo: 30 * MINUTE_MS, qweather: 20 * MINUTE_MS, xinfadi: 6 * HOUR_MS };

/** All providers of a reporter: refreshed together, and what became of each. */
export type ProviderBoard = {
  readonly feeds: readonly ReportedFeed[];
  refresh(signal: AbortSignal): Promise<void>;
  state(): {
    providers: Record<string, ProviderState>;
    answers: Record<string, number>;
    held: Record<string, string>;
  };
  /** Believes a held answer. @throws UNKNOWN_ANSWER where no provider holds it */
  accept(hash: string): void;
};

export function createProviderBoard({
  sources,
  store,
  clock,
  timeoutMs,
  log,
}: {
  sources: ProviderSources;
  store: FeedStore;
  /** How long one answer may take. */
  timeoutMs: number;
  clock: Pick<Clock, "now">;
  log: Log;
}): ProviderBoard {
  const feeds: ReportedFeed[] = [];
  const board: { name: string; feed: () => ExternalFeed }[] = [];
  const common = { store, clock, timeoutMs };

  for (const { url, feeds: reported, ...place } of sources.openMeteo) {
    const provider = openMeteoForecast(place, url === undefined ? {} : { url });
    const doubt = doubtWeather(FORECAST);
    const feed = createExternalFeed({ ...common, provider, doubt, freshForMs: FRESH_MS.openMeteo });
    board.push({ name: nameOf(provider), feed: () => feed });
    const from = { provider: provider.name, subject: provider.subject };
    feeds.push(...reported.map((it) => ({ ...it, from })));
  }
  for (const source of sources.qweather) {
    const provider = qweather(source);
    const doubt = doubtWeather(OBSERVATION);
    const feed = createExternalFeed({ ...common, provider, doubt, freshForMs: FRESH_MS.qweather });
    board.push({ name: nameOf(provider), feed: () => feed });
  }
  for (const { variety, url } of sources.xinfadi) {
    // The question names its days, so that there is another one every day.
    let asked: { day: string; feed: ExternalFeed } | undefined;
    board.push({
      name: `xinfadi ${variety}`,
      feed() {
        const day = dateOf(clock.now());
        if (asked?.day === day) return asked.feed;
        const span = { from: dateOf(clock.now() - PRICE_STALE_MS), to: day };
        const provider = xinfadi({ variety, ...span, ...(url === undefined ? {} : { url }) });
        const doubt = doubtPrices({ staleMs: PRICE_STALE_MS });
        const feed = createExternalFeed({ ...common, provider, doubt, freshForMs: FRESH_MS.xinfadi });
        asked = { day, feed };
        return feed;
      },
    });
  }

  const providers: Record<string, ProviderState> = {};
  const answers: Record<string, number> = {};
  const held: Record<string, string> = {};

  const note = (name: string, result: Refresh): void => {
    const before = providers[name];
    providers[name] = result.kind;
    if (result.kind === "cached" || result.kind === "waiting") {
      // Waiting after a doubtful answer is not a failure.
      if (result.kind === "waiting" && held[name] !== undefined) providers[name] = "held";
      return;
    }
    answers[result.kind] = (answers[result.kind] ?? 0) + 1;
    if (result.kind === "failed") {
      if (before !== "failed" && before !== "waiting") log.warn({ provider: name, ...result }, "failed");
      return;
    }
    if (before === "failed" || before === "waiting") log.info({ provider: name }, "answers again");
    if (result.kind === "held") {
      if (held[name] !== result.sha256) log.warn({ provider: name, ...result }, "is doubted, and held");
      held[name] = result.sha256;
    } else delete held[name];
  };

  return {
    feeds,
    async refresh(signal) {
      await Promise.all(board.map(async ({ name, feed }) => note(name, await feed().refresh(signal))));
    },
    state: () => ({ providers: { ...providers }, answers: { ...answers }, held: { ...held } }),
    accept(hash) {
      const holder = board.find(({ name }) => held[name] === hash);
      if (holder === undefined) throw new PondproofError("UNKNOWN_ANSWER", { sha256: hash });
      holder.feed().accept(hash);
      delete held[holder.name];
      providers[holder.name] = "accepted";
      log.info({ provider: holder.name, sha256: hash }, "a person accepted a held answer");
    },
  };
}

function nameOf({ name, subject }: { name: string; subject: string }): string {
  return `${name} ${subject}`;
}

/** The date in China, where these markets are. */
function dateOf(timeMs: number): string {
  return new Date(timeMs + 8 * HOUR_MS).toISOString().slice(0, 10);
}
