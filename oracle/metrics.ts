import { Gauge, Registry } from "prom-client";
import type { FeedsStatus } from "./feeds/status.ts";
import type { OracleStatus } from "./status.ts";
import type { WatcherStatus } from "./watcher/status.ts";

/** The oracle's counts for Prometheus, in a registry of their own. */
export function createMetrics(status: () => OracleStatus): Registry {
  const registry = new Registry();

  const { number, table } = gauges(registry, "pondproof_oracle", status);
  number("sealed_batch", "Number of the newest sealed batch", (it) => it.lastBatch);
  number("anchored_batch", "Number of the newest anchored batch", (it) => it.anchored);
  number("anchored_readings", "Readings in the newest anchored batch", (it) => it.anchoredReadings);
  number("pending_positions", "Positions that are in no batch yet", (it) => it.pendingReadings);
  number("lag_seconds", "How long the oldest of them has waited", (it) => it.lagMs / 1000);
  number("feed_cursor", "Position in the gateway's feed", (it) => it.cursor);
  table("received_total", "Positions taken from the feed", "kind", (it) => it.received);
  table("refused_total", "Frames of the feed that were not fit for a tree", "verdict", (it) => it.refused);
  table("failing", "1 while a part waits an error out", "part", (it) =>
    Object.fromEntries(Object.keys(it.failing).map((part) => [part, 1])),
  );
  table("claims_total", "What the claims agent did", "act", ({ agent }) =>
    agent === undefined
      ? {}
      : {
          proven: agent.proven,
          reopened: agent.reopened,
          answered: agent.answered,
          finalized: agent.finalized,
          collected: agent.collected,
        },
  );
  table("claims_refused_total", "Calls that a contract refused", "error", (it) => it.agent?.refused ?? {});
  return registry;
}

/** A watcher's counts. */
export function createWatcherMetrics(status: () => WatcherStatus): Registry {
  const registry = new Registry();
  const { number, table } = gauges(registry, "pondproof_watcher", status);
  table("batches", "Batches of the ledger, by what was found of them", "state", (it) => ({
    verified: it.verified,
    behind: it.behind,
    refuted: it.refuted,
    convicted: it.convicted,
    missing: it.missing,
  }));
  number("newest_batch", "Number of the newest batch that was looked at", (it) => it.newest);
  table("cases", "Cases against the operator, by how far they have come", "state", (it) => it.cases);
  number("failing", "1 while an error is waited out", (it) => (it.failing === undefined ? 0 : 1));
  return registry;
}

/** The counts of a reporter of feeds. */
export function createFeedsMetrics(status: () => FeedsStatus): Registry {
  const registry = new Registry();
  const { number, table } = gauges(registry, "pondproof_feeds", status);
  const ones = (of: object) => Object.fromEntries(Object.keys(of).map((name) => [name, 1]));
  number("signed", "Reports that this reporter has signed", (it) => it.signed);
  number("posted_total", "Values that it has posted", (it) => it.posted);
  number("forged_total", "Reports of peers that no reporter signed", (it) => it.forged);
  table("answers_total", "Providers' answers, by what became of them", "kind", (it) => it.answers);
  table("held", "1 while a provider's answer waits for a person", "provider", (it) => ones(it.held));
  table("provider_failing", "1 while a provider fails", "provider", ({ providers }) =>
    ones(Object.fromEntries(Object.entries(providers).filter(([, state]) => /failed|waiting/.test(state)))),
  );
  table("waiting", "1 while the newest period of a feed has no value", "feed", (it) => ones(it.waiting));
  table("peer_unreachable", "1 while a peer does not answer", "peer", (it) => ones(it.unreachable));
  table("refused_total", "Posts that the registry refused", "error", (it) => it.refused);
  number("failing", "1 while an error is waited out", (it) => (it.failing === undefined ? 0 : 1));
  return registry;
}

/** Gauges that read a status when they are asked: one number, or one for each value of a label. */
function gauges<Status>(registry: Registry, prefix: string, status: () => Status) {
  return {
    number(name: string, help: string, read: (status: Status) => number): void {
      new Gauge({
        name: `${prefix}_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(read(status()));
        },
      });
    },
    table(name: string, help: string, label: string, read: (status: Status) => Record<string, number>): void {
      new Gauge({
        name: `${prefix}_${name}`,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          this.reset();
          for (const [value, count] of Object.entries(read(status()))) this.set({ [label]: value }, count);
        },
      });
    },
  };
}
