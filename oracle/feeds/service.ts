import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Account } from "../../ledger/account.ts";
import { connectLedger, type Ledger, type LedgerOptions } from "../../ledger/client.ts";
import type { Clock } from "../../protocol/clock.ts";
import { isPondproofError } from "../../protocol/errors.ts";
import { startHttpServer } from "../http-server.ts";
import { openLedgerDatabase } from "../ledger-database.ts";
import { createLifecycle } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import { type LoopState, runLoop } from "../loop.ts";
import { createFeedsMetrics } from "../metrics.ts";
import { openFeedStore } from "./feed-store.ts";
import type { Peer } from "./peers.ts";
import { createProviderBoard, type ProviderSources } from "./provider-board.ts";
import { createReportBook, REPORT_SCHEMA } from "./report-book.ts";
import { createReporter, type ReportStep } from "./reporter.ts";
import { addFeedRoutes } from "./routes.ts";
import { type FeedsStatus, feedsHealth } from "./status.ts";

/** What a reporter of feeds is made of. */
export type FeedServiceOptions = {
  ledger: LedgerOptions;
  /** The key that signs reports and posts them; it needs coins for gas. */
  key: string;
  sources: ProviderSources;
  peers: readonly Peer[];
  /** Folder of the answers and of what was signed. */
  dir: string;
  clock: Pick<Clock, "now">;
  http: { host: string; port: number; tokens: readonly string[] };
  waitForAllMs: number;
  /** How long a provider's answer may take. */
  providerTimeoutMs?: number;
  /** Pause between two looks at what is due. */
  pollIntervalMs: number;
  log: Log;
  onStep?: (step: ReportStep, of: { feed: string; observedAtS: number }) => void;
};

export type FeedService = AsyncDisposable & {
  start(): Promise<void>;
  /** Resolves when the service was stopped, rejects when it cannot go on. */
  readonly finished: Promise<void>;
  /** @throws NOT_STARTED */
  readonly port: number;
  /** @throws NOT_STARTED */
  status(): FeedsStatus;
  stop(): Promise<void>;
};

/** A reporter as a process: fetches, keeps, signs, posts, and tells how it is. */
export function createFeedService(options: FeedServiceOptions): FeedService {
  const { begin, current, lifecycle } = createLifecycle("feeds", (onFailure) => run(options, onFailure));
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

async function run(options: FeedServiceOptions, onFailure: (error: unknown) => void) {
  const { dir, log, key, clock, pollIntervalMs, sources, providerTimeoutMs = 10_000 } = options;
  const { chainId, genesis, contracts } = options.ledger.deployment;
  mkdirSync(dir, { recursive: true });
  // Answers are true on every ledger; what was signed is good on one.
  const store = openFeedStore(join(dir, "answers.db"));
  const { database, startedOver } = openLedgerDatabase({
    dir,
    name: "reports",
    schema: REPORT_SCHEMA,
    identity: { chainId, genesis, batchLedger: contracts.BatchLedger },
  });
  if (startedOver !== undefined)
    log.warn({ ...startedOver }, "another ledger than before: nothing is signed");
  const book = createReportBook(database);
  const board = createProviderBoard({ sources, store, clock, timeoutMs: providerTimeoutMs, log });
  const state: LoopState = { failing: undefined };
  let connected: (Ledger & { account: Account }) | undefined;
  let reporter: ReturnType<typeof createReporter> | undefined;

  const status = (): FeedsStatus => ({
    ...(reporter?.stats ?? { posted: 0, refused: {}, forged: 0, waiting: {}, unreachable: {} }),
    ...board.state(),
    signed: book.signed(),
    failing: state.failing,
  });
  const http = await startHttpServer({
    ...options.http,
    status,
    health: () => feedsHealth(status()),
    metrics: createFeedsMetrics(status),
    routes: (app) => addFeedRoutes(app, { store, book, accept: board.accept }),
  });

  const ending = new AbortController();
  const loop = runLoop({
    name: "feeds",
    idleMs: pollIntervalMs,
    state,
    signal: ending.signal,
    log,
    async turn(signal) {
      await board.refresh(signal);
      connected ??= await connectLedger({ ...options.ledger, key });
      reporter ??= createReporter({ ...options, ledger: connected, feeds: board.feeds, store, book });
      await reporter.turn(signal);
      return "idle";
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
        store.close();
      })();
      return stopping;
    },
  };
}
