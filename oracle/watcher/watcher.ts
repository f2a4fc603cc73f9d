import type { Account } from "../../ledger/account.ts";
import type { Ledger, LedgerOptions } from "../../ledger/client.ts";
import { connectLedger } from "../../ledger/client.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import type { Feed } from "../../protocol/feed.ts";
import { startHttpServer } from "../http-server.ts";
import { openLedgerDatabase } from "../ledger-database.ts";
import { createLifecycle } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { type LoopState, runLoop } from "../loop.ts";
import { createWatcherMetrics } from "../metrics.ts";
import type { RawSource } from "../replica/raw-source.ts";
import { BOOK_SCHEMA, createBook } from "./book.ts";
import { CASE_SCHEMA, createCaseBook } from "./case-book.ts";
import { type CaseStep, createChallenger } from "./challenger.ts";
import type { ClaimedTrees } from "./claimed-stream.ts";
import type { ConflictSource } from "./conflicts.ts";
import { createEquivocationWatch } from "./equivocation.ts";
import { type WatcherStatus, watcherHealth } from "./status.ts";
import { createWatch } from "./watch.ts";

/** What a watcher is made of. */
export type WatcherOptions = {
  ledger: LedgerOptions;
  /** The key that challenges; it needs coins for gas, and nothing else. */
  key: string;
  /** Where raw bytes are asked for, in this order. */
  sources: readonly RawSource[];
  /** Who shows the nodes of the operator's trees: his archive. */
  claimed: ClaimedTrees;
  /** A gateway whose readings are compared with the anchored ones. */
  gateway?: Feed;
  /** The same gateway's evidence against probes that contradict themselves. */
  conflicts?: ConflictSource;
  /** Folder of the watcher's own database. */
  dir: string;
  http: { host: string; port: number; tokens: readonly string[] };
  /** Pause when there is nothing to do. */
  pollIntervalMs?: number;
  log: Log;
  /** Told of every step of a case right after it is durable, or done. */
  onCaseStep?: (step: CaseStep, id: number) => void;
};

export type Watcher = AsyncDisposable & {
  start(): Promise<void>;
  /** Resolves when the watcher was stopped, rejects when it cannot go on. */
  readonly finished: Promise<void>;
  /** @throws NOT_STARTED */
  readonly port: number;
  /** @throws NOT_STARTED */
  status(): WatcherStatus;
  stop(): Promise<void>;
};

/** Somebody who believes no operator: rebuilds every batch from raw bytes, and convicts a false one by himself. */
export function createWatcher(options: WatcherOptions): Watcher {
  const { begin, current, lifecycle } = createLifecycle("watcher", (onFailure) => run(options, onFailure));
  return {
    ...lifecycle,
    async start() {
      await begin();
    },
    get port() {
      return current().port;
    },
    status: () => current().status(),
  };
}

async function run(options: WatcherOptions, onFailure: (error: unknown) => void) {
  const { dir, log, pollIntervalMs = 1_000 } = options;
  const { chainId, genesis, contracts } = options.ledger.deployment;
  const { database, startedOver } = openLedgerDatabase({
    dir,
    name: "watcher",
    schema: BOOK_SCHEMA + CASE_SCHEMA,
    identity: { chainId, genesis, batchLedger: contracts.BatchLedger },
  });
  if (startedOver !== undefined)
    log.warn({ ...startedOver }, "another ledger than before: all is watched anew");
  const book = createBook(database);
  const cases = createCaseBook(database);
  const state: LoopState = { failing: undefined };

  const status = (): WatcherStatus => {
    const counts = book.counts();
    return {
      batches: Object.values(counts).reduce((sum, count) => sum + count, 0),
      ...counts,
      newest: book.newestTaken(),
      cases: cases.counts(),
      problems: book.problems(),
      failing: state.failing,
    };
  };
  const http = await startHttpServer({
    ...options.http,
    status,
    health: () => watcherHealth(status()),
    metrics: createWatcherMetrics(status),
  });

  let connected: (Ledger & { account: Account }) | undefined;
  let watch: ReturnType<typeof createWatch> | undefined;
  const ending = new AbortController();
  const loop = runLoop({
    name: "watcher",
    idleMs: pollIntervalMs,
    state,
    signal: ending.signal,
    log,
    async turn(signal) {
      connected ??= await connectLedger({
        ...options.ledger,
        key: options.key,
        subRole: "insurance-company",
      });
      watch ??= createWatch({
        ...options,
        connection: connected,
        book,
        cases,
        challenger: createChallenger({
          ledger: connected,
          account: connected.account,
          cases,
          log,
          ...(options.onCaseStep === undefined ? {} : { onStep: options.onCaseStep }),
        }),
        equivocations:
          options.gateway &&
          createEquivocationWatch({
            feed: options.gateway,
            refused: options.conflicts,
            book,
            database,
          }),
      });
      return watch.turn(signal);
    },
  }).catch((error: unknown) => {
    state.failing = isPondproofError(error) ? error.code : "INTERNAL";
    log.error({ error, code: state.failing }, "cannot go on");
    onFailure(error);
  });

  let stopping: Promise<void> | undefined;
  return {
    port: http.port,
    status,
    stop() {
      stopping ??= (async () => {
        ending.abort();
        await loop;
        await http.stop();
        connected?.close();
        database.close();
      })();
      return stopping;
    },
  };
}
