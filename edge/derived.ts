import type { Clock } from "../protocol/clock.ts";
import type { FeedItem } from "../protocol/feed.ts";
import { type AlarmBook, createAlarmBook } from "./alarms/alarm-book.ts";
import { DEFAULT_OXYGEN_LEVELS } from "./alarms/levels.ts";
import { type AlarmWatch, createAlarmWatch, DEFAULT_ALARM_RULES } from "./alarms/watch.ts";
import { createWebhooks, type WebhookStats } from "./alarms/webhooks.ts";
import { type FollowerStats, startFollower } from "./follower.ts";
import { createInfluxView, type InfluxOptions } from "./influx-view.ts";
import type { Log } from "./log.ts";
import type { AlarmOptions } from "./options.ts";
import { indexPonds, type Pond, type Ponds } from "./ponds.ts";
import { type Assessed, createAssessor, doubtedOf } from "./quality/assessor.ts";
import { isDoubted } from "./quality/flags.ts";
import type { Alarm } from "./store/alarms.ts";
import type { Store } from "./store.ts";

/** Everything that is made of the evidence: quality, alarms, the time series. Evidence never waits for it. */
export type Derived = {
  alarms: AlarmBook;
  /** There are new positions. */
  wake(): void;
  /** What comes round: silence, escalation, webhooks, forgetting. */
  round(silence: readonly { device: string; silent: boolean }[]): Promise<void>;
  stats(): DerivedStats;
  stop(): Promise<void>;
};

export type DerivedStats = {
  doubted: number;
  openAlarms: number;
  webhooks: WebhookStats;
  /** By name: `quality`, and `influx` where there is one. */
  followers: Record<string, FollowerStats>;
};

export type DerivedOptions = {
  site: string;
  store: Store;
  clock: Clock;
  ponds: readonly Pond[];
  utcOffsetMinutes: number;
  alarms: AlarmOptions;
  influx: InfluxOptions | undefined;
  /** How long cleared alarms are remembered. */
  keepAlarmsMs: number;
  onAlarms: (open: readonly Alarm[]) => void;
  onDoubted: (assessed: Assessed) => void;
  log: Log;
};

const ITEMS_PER_BATCH = 500;
/** Some hours of a few probes, so that a flat line is still one after a restart. */
const WARM_UP_ITEMS = 5_000;

export function startDerived(options: DerivedOptions): Derived {
  const { site, store, clock, keepAlarmsMs, onAlarms, log } = options;
  const ponds = indexPonds(options.ponds);
  const targets = options.alarms.targets ?? [];
  const book = createAlarmBook({ site, store, clock, targets, onChange: onAlarms });
  const watch = createAlarmWatch({
    book,
    rules: { ...DEFAULT_ALARM_RULES, oxygenLevels: DEFAULT_OXYGEN_LEVELS, ...options.alarms.rules },
    now: () => clock.now(),
    utcOffsetMinutes: options.utcOffsetMinutes,
    subjectOf: ponds.subjectOf,
    levelsOf: (device) => ponds.of(device)?.oxygenLevels,
  });
  const webhooks = createWebhooks({
    alarms: store.alarms,
    targets: new Map(targets.map(({ name, url, secret }) => [name, { url, secret }])),
    clock,
    log,
  });
  const ending = new AbortController();
  const quality = followQuality(options, ponds, watch);
  const influx = followInflux(options, ponds, () => quality.follower.stats().cursor);
  // The view that builds on the other is told when that one has come on; its own clock would be a poll.
  quality.onProgress(() => influx?.wake());
  onAlarms(book.open());

  return {
    alarms: book,
    wake: quality.follower.wake,
    async round(silence) {
      watch.silence(silence);
      book.escalate();
      await webhooks.send(ending.signal);
      store.alarms.prune(clock.now() - keepAlarmsMs);
    },
    stats: () => ({
      doubted: quality.doubted(),
      openAlarms: book.open().length,
      webhooks: webhooks.stats(),
      followers: {
        quality: quality.follower.stats(),
        ...(influx === undefined ? {} : { influx: influx.stats() }),
      },
    }),
    async stop() {
      ending.abort();
      await Promise.all([quality.follower.stop(), influx?.stop()]);
    },
  };
}

function followQuality(
  { store, clock, utcOffsetMinutes, onDoubted, log }: DerivedOptions,
  ponds: Ponds,
  watch: AlarmWatch,
) {
  const assessor = createAssessor({ pondOf: (device) => ponds.of(device)?.name, utcOffsetMinutes });
  let doubted = 0;
  let progress = () => {};
  const work = async (items: FeedItem[], { isNew }: { isNew: boolean }) => {
    const taken = assessor.take(items);
    // In a moment, when the cursor stands behind these.
    setImmediate(() => progress());
    if (!isNew) return "done" as const;
    const rows = doubtedOf(taken);
    if (rows.length > 0)
      store.transaction(() => {
        for (const row of rows) store.quality.put(row.cursor, row.quality);
      });
    doubted += rows.length;
    watch.readings(taken.assessed);
    for (const assessed of taken.assessed) if (isDoubted(assessed.quality)) onDoubted(assessed);
    return "done" as const;
  };
  const follower = startFollower({
    name: "quality",
    store,
    clock,
    maxItems: ITEMS_PER_BATCH,
    warmUpItems: WARM_UP_ITEMS,
    work,
    log,
  });
  return {
    follower,
    doubted: () => doubted,
    onProgress(listener: () => void) {
      progress = listener;
    },
  };
}

function followInflux(options: DerivedOptions, ponds: Ponds, upTo: () => number) {
  const { site, store, clock, influx, log } = options;
  if (influx === undefined) return undefined;
  const view = createInfluxView({
    site,
    influx,
    now: () => clock.now(),
    pondOf: (device) => ponds.of(device)?.name,
    qualityAt: store.quality.at,
  });
  return startFollower({
    name: "influx",
    store,
    clock,
    maxItems: ITEMS_PER_BATCH,
    upTo,
    work: view.write,
    log,
  });
}
