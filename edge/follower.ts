import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../protocol/clock.ts";
import type { FeedItem } from "../protocol/feed.ts";
import { errorFacts, type Log } from "./log.ts";
import type { Store } from "./store.ts";

/** Something that is made of the evidence, after it and at its own pace. */
export type Follower = {
  /** Says that there is more. */
  wake(): void;
  stats(): FollowerStats;
  /** Ends after the batch at hand, and remembers where. */
  stop(): Promise<void>;
};

export type FollowerStats = { cursor: number; failing: boolean; failures: number };

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
/** What was worked after the last time the place was kept is worked again after a crash, so `work` can be repeated. */
const KEEP_EVERY_MS = 30_000;

/**
 * Works through the final positions of all streams from a cursor of its own. Where `work` throws, the same batch is
 * tried again, later and later, for ever; nothing waits for a follower.
 */
export function startFollower(options: {
  /** Names the cursor's setting. */
  name: string;
  store: Pick<Store, "positions" | "setting" | "setSetting">;
  clock: Clock;
  maxItems: number;
  /** Items before the cursor that are worked first, with `isNew` false, so that `work` knows what came before. */
  warmUpItems?: number;
  /** The last cursor that may be worked yet, where one view builds on another. */
  upTo?: () => number;
  /** `from-the-beginning` says that what was made before is lost, and that everything is to be worked again. */
  work: (
    items: FeedItem[],
    options: { isNew: boolean; signal: AbortSignal },
  ) => Promise<"done" | "from-the-beginning">;
  log: Log;
}): Follower {
  const { name, store, clock, maxItems, warmUpItems = 0, work, log } = options;
  const { upTo = () => Number.POSITIVE_INFINITY } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const setting = `follower.${name}`;
  const doneBefore = Number(store.setting(setting) ?? 0);
  const stats: FollowerStats = { cursor: Math.max(0, doneBefore - warmUpItems), failing: false, failures: 0 };
  let bell = Promise.withResolvers<void>();
  let keptCursor = doneBefore;
  let keptAtMs = clock.now();
  let backoffMs = FIRST_BACKOFF_MS;

  const keep = () => {
    if (stats.cursor <= keptCursor) return;
    store.setSetting(setting, String(stats.cursor));
    keptCursor = stats.cursor;
    keptAtMs = clock.now();
  };
  const step = async () => {
    const isNew = stats.cursor >= doneBefore;
    const limit = isNew ? maxItems : Math.min(maxItems, doneBefore - stats.cursor);
    const end = upTo();
    const items = store.positions.after(stats.cursor, limit).filter(({ cursor }) => cursor <= end);
    if (items.length === 0) return bell.promise;
    const isWorked = (await work(items, { isNew, signal })) === "done";
    stats.cursor = isWorked ? items.at(-1)!.cursor : 0;
    if (!isWorked) store.setSetting(setting, "0");
    if (!isWorked) keptCursor = 0;
    if (stats.failing) log.info({ name }, "a view of the evidence works again");
    stats.failing = false;
    backoffMs = FIRST_BACKOFF_MS;
    if (Math.abs(clock.now() - keptAtMs) >= KEEP_EVERY_MS) keep();
  };
  const run = async () => {
    while (!signal.aborted) {
      try {
        await step();
        // A backlog is worked off beside the broker and the API, and not before them: also where `work` never waits.
        await nextTurn();
      } catch (error) {
        if (signal.aborted) return;
        stats.failures++;
        if (!stats.failing) log.warn({ name, ...errorFacts(error) }, "a view of the evidence lags behind");
        stats.failing = true;
        await clock.wait(clock.now() + backoffMs, signal).catch(() => undefined);
        backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
  };
  const running = run();

  const wake = () => {
    bell.resolve();
    bell = Promise.withResolvers();
  };
  return {
    wake,
    stats: () => ({ ...stats }),
    async stop() {
      stopping.abort();
      wake();
      await running;
      keep();
    },
  };
}
