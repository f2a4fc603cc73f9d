import type { Account } from "../../ledger/account.ts";
import type { Ledger } from "../../ledger/client.ts";
import type { FeedRules } from "../../ledger/events.ts";
import {
  feedId,
  newestOfFeed,
  postTransaction,
  readFeed,
  readFeedRules,
  readReporters,
  reporterOf,
  type SignedReport,
  signReport,
} from "../../ledger/feeds.ts";
import type { Clock } from "../../protocol/clock.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import type { Hex } from "../../protocol/terms.ts";
import { type WeatherMetric, weatherSlot } from "../../protocol/weather.ts";
import type { Log } from "../log.ts";
import { dailyWeather } from "./daily-weather.ts";
import type { FeedKey, FeedStore } from "./feed-store.ts";
import type { WeatherHour } from "./observation.ts";
import type { Peer } from "./peers.ts";
import { quorumOf } from "./quorum.ts";
import type { FeedTime, KeptReport, ReportBook } from "./report-book.ts";

const DAY_S = 86_400;

/** A feed of the ledger, and whose answers its observations are read from. */
export type ReportedFeed = { source: string; metric: WeatherMetric; from: FeedKey };

/** Steps of one report, each right after it is durable or done. */
export type ReportStep = "signed" | "posted";

export type ReporterStats = {
  posted: number;
  /** Posts that the registry refused, by its custom error. */
  refused: Record<string, number>;
  /** Reports of peers that no reporter signed. */
  forged: number;
  /** Why a feed's newest period that ended has no value, by the feed's source; absent where it has. */
  waiting: Record<string, string>;
  unreachable: Record<string, true>;
};

/**
 * One of the reporters: signs the weather of every day that ended once a single answer holds all of it, asks the others
 * what they signed, and posts when they are enough. Of one time it signs one value for ever; a time that the ledger knows
 * it leaves alone.
 */
export type Reporter = { readonly stats: Readonly<ReporterStats>; turn(signal: AbortSignal): Promise<void> };

export function createReporter({
  ledger,
  key,
  feeds,
  store,
  book,
  peers,
  clock,
  waitForAllMs,
  log,
  onStep = () => undefined,
}: {
  ledger: Ledger & { account: Account };
  key: string;
  feeds: readonly ReportedFeed[];
  store: FeedStore;
  book: ReportBook;
  peers: readonly Peer[];
  clock: Pick<Clock, "now">;
  /** How long after its own report it waits for all others before it posts with enough of them. */
  waitForAllMs: number;
  log: Log;
  onStep?: (step: ReportStep, of: FeedTime) => void;
}): Reporter {
  const stats: ReporterStats = { posted: 0, refused: {}, forged: 0, waiting: {}, unreachable: {} };
  /** What was refused once, by feed, time and signers: the same reports are refused again. */
  const refusedBefore = new Set<string>();
  const { deployment } = ledger;

  return {
    stats,
    async turn(signal) {
      const reporters = await readReporters(ledger);
      for (const feed of feeds) {
        const rules = await readFeedRules(ledger, feedId(feed.source));
        const problem = problemOf(feed, rules);
        if (problem !== undefined) stats.waiting[feed.source] = problem;
        else await report(feed, { rules: rules!, reporters, signal });
      }
    },
  };

  async function report(
    feed: ReportedFeed,
    context: { rules: FeedRules; reporters: readonly Hex[]; signal: AbortSignal },
  ): Promise<void> {
    const id = feedId(feed.source);
    for (const observedAtS of periodsThatEnded(context.rules, clock.now())) {
      const of = { feed: id, observedAtS };
      const why = book.isSettled(of) ? undefined : await advance(feed, of, context);
      // Periods come oldest first: what is said in the end is said of the newest.
      if (why === undefined) delete stats.waiting[feed.source];
      else stats.waiting[feed.source] = why;
    }
  }

  /** Brings one period as far as it goes, and says why no further. */
  async function advance(
    feed: ReportedFeed,
    of: FeedTime,
    { rules, reporters, signal }: { rules: FeedRules; reporters: readonly Hex[]; signal: AbortSignal },
  ): Promise<string | undefined> {
    if ((await readFeed(ledger, of)) !== undefined) {
      book.settle(of);
      return undefined;
    }
    const own = book.find(of) ?? (await sign(feed, of));
    if (typeof own === "string") return own;
    const all = await gather(own, { reporters, signal });
    const newest = await newestOfFeed(ledger, of.feed);
    const quorum = quorumOf(all, { rules, reporters: reporters.length, newest: newest?.value });
    if (quorum.kind === "too-few") return `${quorum.shown} of ${quorum.needed} reports`;
    if (!quorum.complete && clock.now() < own.signedAtMs + waitForAllMs)
      return "waits for the other reporters";
    return post(of, all, signal);
  }

  /** Signs what one answer says of a whole day, or tells why there is nothing to sign. */
  async function sign(feed: ReportedFeed, of: FeedTime): Promise<KeptReport | string> {
    const midnightMs = 1000 * (of.observedAtS - DAY_S);
    const span = { fromMs: midnightMs + 1, toMs: 1000 * of.observedAtS };
    const hours = store.read<WeatherHour>(feed.from, span);
    const day = dailyWeather(hours, { midnightMs, nowMs: clock.now() });
    if (day.kind === "incomplete") return `${day.missingHours} hours are missing`;
    if (day.kind === "scattered") return `the day is scattered over ${day.answers} answers`;
    const value = metricOf(day, feed.metric);
    // The store writes hashes with 0x.
    const signed = await signReport({ ...of, value, answer: day.answer as Hex }, { ...deployment, key });
    const kept = book.keep({ ...signed, signedAtMs: clock.now() });
    log.info({ feed: feed.source, observedAtS: of.observedAtS, value, answer: day.answer }, "signed a day");
    onStep("signed", of);
    return kept;
  }

  /** One report of every reporter who has one, the own first. */
  async function gather(
    own: KeptReport,
    { reporters, signal }: { reporters: readonly Hex[]; signal: AbortSignal },
  ): Promise<SignedReport[]> {
    const known = new Set(reporters.map((it) => it.toLowerCase()));
    const bySigner = new Map<string, SignedReport>();
    const take = (report: SignedReport): boolean => {
      const signer = signerOf(report);
      if (signer === undefined || !known.has(signer)) return false;
      if (!bySigner.has(signer)) bySigner.set(signer, report);
      return true;
    };
    if (!take(own)) log.warn({ reporter: signerOf(own) }, "this key is none of the registry's reporters");
    const asked = peers.map(async (peer) => ({ peer, report: await ask(peer, own, signal) }));
    for (const { peer, report } of await Promise.all(asked)) {
      if (report === undefined || take(report)) continue;
      stats.forged++;
      log.warn({ peer: peer.url, observedAtS: own.observedAtS }, "a peer's report was signed by no reporter");
    }
    return [...bySigner.values()];
  }

  async function ask(peer: Peer, of: FeedTime, signal: AbortSignal): Promise<SignedReport | undefined> {
    try {
      const report = await peer.report(of, signal);
      if (stats.unreachable[peer.url]) log.info({ peer: peer.url }, "a peer answers again");
      delete stats.unreachable[peer.url];
      return report;
    } catch (error) {
      if (!isPondproofError(error, "FEED_UNREACHABLE")) throw error;
      if (!stats.unreachable[peer.url])
        log.warn({ peer: peer.url, ...error.facts }, "a peer does not answer");
      stats.unreachable[peer.url] = true;
      return undefined;
    }
  }

  async function post(
    of: FeedTime,
    reports: readonly SignedReport[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const what = [of.feed, of.observedAtS, ...reports.map(signerOf).sort()].join(":");
    if (refusedBefore.has(what)) return "the registry refused";
    try {
      await ledger.account.submit(await postTransaction(ledger, reports), signal);
    } catch (error) {
      if (!isPondproofError(error, "LEDGER_REVERTED")) throw error;
      // Another reporter was quicker: the next turn finds the value.
      if (error.facts.error === "AlreadyPosted") return undefined;
      refusedBefore.add(what);
      const name = String(error.facts.error);
      stats.refused[name] = (stats.refused[name] ?? 0) + 1;
      log.warn({ ...of, ...error.facts }, "the registry of feeds refused");
      return `the registry refused: ${name}`;
    }
    book.settle(of);
    stats.posted++;
    log.info({ ...of, reports: reports.length }, "posted a day");
    onStep("posted", of);
    return undefined;
  }

  /** Lower case; `undefined` where the signature is none. */
  function signerOf(report: SignedReport): string | undefined {
    try {
      return reporterOf(report, deployment).toLowerCase();
    } catch {
      // A signature that no key can have made is nobody's.
      return undefined;
    }
  }
}

function problemOf({ metric }: ReportedFeed, rules: FeedRules | undefined): string | undefined {
  if (rules === undefined) return "the ledger knows no such feed";
  if (rules.metric !== weatherSlot(metric)) return "the ledger's feed observes something else";
  return rules.periodSeconds === DAY_S ? undefined : "the ledger's feed has no days";
}

/** Ends of the periods that can still be posted, oldest first. */
function periodsThatEnded(
  { periodSeconds, offsetSeconds, maxAgeSeconds }: FeedRules,
  nowMs: number,
): number[] {
  const nowS = Math.floor(nowMs / 1000);
  const last = Math.floor((nowS - offsetSeconds) / periodSeconds) * periodSeconds + offsetSeconds;
  const count = Math.floor((maxAgeSeconds - (nowS - last)) / periodSeconds) + 1;
  return Array.from(
    { length: Math.max(0, Math.min(count, MOST_PERIODS)) },
    (_, i) => last - i * periodSeconds,
  ).reverse();
}

/** Providers show no more days back than this. */
const MOST_PERIODS = 10;

function metricOf(
  day: { maxTemperatureC: number; minTemperatureC: number; rainMm: number },
  metric: WeatherMetric,
): number {
  switch (metric) {
    case "maxTemperature":
      return day.maxTemperatureC;
    case "minTemperature":
      return day.minTemperatureC;
    case "rain":
      return day.rainMm;
  }
}
