import type { AddressInfo } from "node:net";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Clock } from "../../protocol/clock.ts";
import type { SourceName, SourceState } from "../api.ts";
import { requireDeclaredAccess } from "./access/access.ts";
import type { Directory } from "./directory.ts";
import { addGuards } from "./guards.ts";
import type { LedgerBooks } from "./ledger-books.ts";
import type { LedgerView } from "./ledger-view.ts";
import { createLedgerWatch } from "./ledger-watch.ts";
import { createLive } from "./live.ts";
import { createOracleWatch } from "./oracle-watch.ts";
import { addPage } from "./page.ts";
import { sendProblem } from "./problems.ts";
import { createProbes } from "./provider/probes.ts";
import { addProviderRoutes } from "./provider/routes-provider.ts";
import { createRecentReadings } from "./recent-readings.ts";
import { addApproval, addScenarios, type Officer, type Scenarios } from "./routes-act.ts";
import { addAlarmRoutes } from "./routes-alarms.ts";
import { addArchiveRoutes } from "./routes-archive.ts";
import { addBookRoutes } from "./routes-books.ts";
import { addBundleRoute } from "./routes-exports.ts";
import { addReadRoutes } from "./routes-read.ts";
import { addReadingsExports } from "./routes-readings.ts";
import { addWatcherRoute } from "./routes-watcher.ts";
import { createUpstream } from "./upstream.ts";
import { createWorld } from "./world.ts";

/** Another part of the system: where it listens, and the bearer token that it asks for. */
export type Part = { url: string; token: string };

export type PortalOptions = {
  /** 0 for any free one. */
  port: number;
  /** Address to listen on. There is no sign-in: on another than the loopback one, whoever reaches it can read. */
  host?: string;
  /** Where the built page lies; without it there is only the API. */
  webDir?: string;
  gateway: Part;
  oracle: Part;
  /** The insurer's watcher, where one is known. */
  watcher?: Part;
  ledger: LedgerView;
  books: LedgerBooks;
  directory: Directory;
  /** Present where time is simulated. */
  scenarios?: Scenarios;
  /** Present where the insurer's key is at hand. */
  officer?: Officer;
  /** The time that ages are told by: the simulation's, or the machine's. */
  clock: Pick<Clock, "now">;
  log: FastifyBaseLogger;
};

export type Portal = {
  /** Listens and begins to follow the other parts, whether they answer yet or not. */
  start(): Promise<{ url: string; port: number }>;
  stop(): Promise<void>;
};

export function createPortal({
  port,
  host = "127.0.0.1",
  webDir,
  gateway,
  oracle,
  watcher,
  ledger,
  books,
  directory,
  scenarios,
  officer,
  clock,
  log,
}: PortalOptions): Portal {
  const stopping = new AbortController();
  const { signal } = stopping;
  const now = () => clock.now();
  const onState =
    (source: SourceName) =>
    ({ up, detail }: SourceState & { detail: string }) =>
      up ? log.info({ source }, "source is back") : log.warn({ source, detail }, "source is lost");

  const upstreams = { gateway: createUpstream(gateway), oracle: createUpstream(oracle) };
  const recent = createRecentReadings({ gateway: upstreams.gateway, now, onState: onState("gateway") });
  const oracleWatch = createOracleWatch({ oracle: upstreams.oracle, now, onState: onState("oracle") });
  const ledgerWatch = createLedgerWatch({ ledger, now, onState: onState("ledger") });
  const world = createWorld({
    directory,
    recent,
    oracle: oracleWatch,
    ledger: ledgerWatch,
    simulation: () => scenarios?.state() ?? null,
    now,
  });
  const live = createLive({ world, ledger: ledgerWatch });

  let app: FastifyInstance | undefined;
  let work: Promise<unknown> = Promise.resolve();

  return {
    async start() {
      app = createApp(log);
      requireDeclaredAccess(app);
      addGuards(app, { host, rpc: () => world.deployment()?.rpc });
      addReadRoutes(app, {
        world,
        ledger: ledgerWatch,
        live,
        gateway: upstreams.gateway,
        directory,
        scenarios: scenarios && (() => scenarios.list()),
        canApprove: officer !== undefined,
        signal,
      });
      addArchiveRoutes(app, { oracle: upstreams.oracle, signal });
      addReadingsExports(app, { gateway: upstreams.gateway, directory, signal });
      addBundleRoute(app, {
        world,
        ledger: ledgerWatch,
        oracle: upstreams.oracle,
        timeZone: directory.site.timeZone,
        signal,
      });
      const devices = recent.devices;
      const deployment = world.deployment;
      const probes = createProbes({ gateway: upstreams.gateway, directory, devices, deployment });
      addProviderRoutes(app, { probes, gateway: upstreams.gateway, gatewayState: recent.state, signal });
      addAlarmRoutes(app, { gateway: upstreams.gateway, directory, signal });
      addBookRoutes(app, { books, signal });
      addWatcherRoute(app, { watcher: watcher && createUpstream(watcher), signal });
      if (officer !== undefined) addApproval(app, { world, officer, signal });
      if (scenarios !== undefined) addScenarios(app, { scenarios });
      if (webDir !== undefined) await addPage(app, { webDir });
      await app.listen({ port, host });
      const { port: bound } = app.server.address() as AddressInfo;
      work = Promise.all([recent, oracleWatch, ledgerWatch, live].map((part) => part.run(signal)));
      return { url: `http://${host === "127.0.0.1" ? "localhost" : host}:${bound}`, port: bound };
    },
    async stop() {
      stopping.abort();
      await work;
      await app?.close();
    },
  };
}

function createApp(log: FastifyBaseLogger): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16_384,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    ajv: { customOptions: { allErrors: true, removeAdditional: false } },
  });
  app.addHook("onSend", async (request, reply) => {
    if (request.url.startsWith("/api/") && !reply.hasHeader("cache-control"))
      reply.header("cache-control", "no-store");
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, "unknown-route", `nothing at ${request.url.slice(0, 200)}`),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) return sendProblem(reply, "bad-request", error.message);
    log.error({ err: error }, "request failed");
    return sendProblem(reply, "internal", "the log says more");
  });
  return app;
}
