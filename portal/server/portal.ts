import { randomUUID } from "node:crypto";
import type { AddressInfo } from "node:net";
import fastifyCookie from "@fastify/cookie";
import fastifyRateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Clock } from "../../protocol/clock.ts";
import type { Hex } from "../../protocol/terms.ts";
import type { SourceName, SourceState } from "../api.ts";
import { type DeclaredRoute, type PondParam, requireDeclaredAccess } from "./access/access.ts";
import { createAccessLog } from "./access/access-log.ts";
import { type AccessOptions, enforceAccess, viewerOf } from "./access/enforce.ts";
import { createInvitations } from "./access/invitations.ts";
import type { ReadyAccounts } from "./access/ready-accounts.ts";
import { addSessionRoutes } from "./access/routes-session.ts";
import { createSessionStates } from "./access/session-state.ts";
import { createSessions } from "./access/sessions.ts";
import { createSight } from "./access/sight.ts";
import type { StandingSource } from "./access/standing-from-ledger.ts";
import type { Viewer } from "./access/viewer.ts";
import { createPrepared } from "./consent/prepared.ts";
import type { Relayer } from "./consent/relayer.ts";
import { addConsentRoutes } from "./consent/routes-consent.ts";
import { openDatabase } from "./database.ts";
import type { Directory } from "./directory.ts";
import { addGuards, limitWrites, type RequestRate } from "./guards.ts";
import type { LedgerBooks } from "./ledger-books.ts";
import type { LedgerView } from "./ledger-view.ts";
import { createLedgerWatch } from "./ledger-watch.ts";
import { createLive } from "./live.ts";
import { addDescription, describeRoutes } from "./openapi.ts";
import { createOracleWatch } from "./oracle-watch.ts";
import { addPage } from "./page.ts";
import { createForgetting } from "./privacy/forgetting.ts";
import { createPeople } from "./privacy/people.ts";
import { addPersonRoutes } from "./privacy/routes-person.ts";
import { sendProblem } from "./problems.ts";
import { createProbes } from "./provider/probes.ts";
import { addProviderRoutes } from "./provider/routes-provider.ts";
import { createPush, type PushOptions } from "./push/push.ts";
import { createSubscriptions } from "./push/subscriptions.ts";
import { createRecentReadings } from "./recent-readings.ts";
import { addApproval, addScenarios, type Officer, type Scenarios } from "./routes-act.ts";
import { addAlarmRoutes } from "./routes-alarms.ts";
import { addArchiveRoutes } from "./routes-archive.ts";
import { addBookRoutes } from "./routes-books.ts";
import { addBundleRoute } from "./routes-exports.ts";
import { addReadRoutes } from "./routes-read.ts";
import { addReadingsExports } from "./routes-readings.ts";
import { addWatcherRoute } from "./routes-watcher.ts";
import { createShown, observeAnswers } from "./shown.ts";
import { createUpstream } from "./upstream.ts";
import { createWorld, type World } from "./world.ts";

/** Another part of the system: where it listens, and the bearer token that it asks for. */
export type Part = { url: string; token: string };

export type PortalOptions = {
  /** 0 for any free one. */
  port: number;
  /** Address to listen on. */
  host?: string;
  /** The page's address, where it is reached by another than a loopback name: what people sign in to. */
  origin?: URL;
  /** File with sessions, the log of who read what, and personal data; without one they end with the process. */
  database?: string;
  /** Where the built page lies; without it there is only the API. */
  webDir?: string;
  gateway: Part;
  oracle: Part;
  /** The insurer's watcher, where one is known. */
  watcher?: Part;
  ledger: LedgerView;
  books: LedgerBooks;
  /** Who may do and see what. */
  standing: StandingSource;
  /** The chain that a sign-in names. */
  chainId: number;
  directory: Directory;
  /** Present where time is simulated. */
  scenarios?: Scenarios;
  /** Present where the insurer's key is at hand. */
  officer?: Officer;
  /** Sends what farmers signed; without one they send it themselves. */
  relayer?: Relayer;
  /** Accounts that sign in with one click: the demo's, and never another portal's. */
  ready?: ReadyAccounts;
  /** What one address may ask for, where it is more or less than a person does. */
  rate?: RequestRate;
  /** Present where alarms reach closed pages. */
  push?: PushOptions;
  /** The time that ages are told by: the simulation's, or the machine's. */
  clock: Pick<Clock, "now">;
  /** The time that sessions last by: people's. */
  wall?: Pick<Clock, "now">;
  log: FastifyBaseLogger;
};

export type Portal = {
  /** Listens and begins to follow the other parts, whether they answer yet or not. */
  start(): Promise<{ url: string; port: number }>;
  stop(): Promise<void>;
  /** Every route with who may call it, once it was started. */
  routes(): readonly DeclaredRoute[];
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
  standing,
  chainId,
  directory: given,
  scenarios,
  officer,
  relayer,
  ready,
  rate,
  push: pushOptions,
  clock,
  wall = { now: Date.now },
  origin,
  database: path,
  log,
}: PortalOptions): Portal {
  const stopping = new AbortController();
  const { signal } = stopping;
  const now = () => clock.now();
  const onState =
    (source: SourceName) =>
    ({ up, detail }: SourceState & { detail: string }) =>
      up ? log.info({ source }, "source is back") : log.warn({ source, detail }, "source is lost");

  const wallMs = () => wall.now();
  const database = openDatabase(path === undefined ? {} : { path });
  const forgetting = createForgetting({ database, directory: given });
  const { directory } = forgetting;
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
  const accessLog = createAccessLog({ database, nowMs: wallMs });
  const sessions = createSessions({ database, nowMs: wallMs });
  const policies = () => ledgerWatch.policies();
  const access: AccessOptions = {
    origin,
    sessions,
    standing,
    policies,
    pondOf: (param, value) => POND_OF[param]({ world, directory, value }),
    accessLog,
    nowMs: now,
  };
  const states = createSessionStates({ access, directory, ready });
  const sight = createSight({ directory, policies, accessLog });
  const shown = createShown({ genesis: () => world.deployment()?.genesis });
  const live = createLive({
    world,
    ledger: ledgerWatch,
    sight,
    onSent: shown.events,
    viewerOf: async ({ token }) => {
      const session = sessions.find(token);
      return session && viewerOf(session, await standing.now(), access);
    },
  });

  const subscriptions = createSubscriptions({ database, nowMs: wallMs });
  const push =
    pushOptions &&
    createPush({
      options: pushOptions,
      subscriptions,
      gateway: upstreams.gateway,
      directory,
      async hearing() {
        const known = await standing.now().catch(standing.last);
        return (account, pond) => isKeeperOf(viewerOf({ account }, known, access), pond);
      },
      now,
      log,
    });

  let app: FastifyInstance | undefined;
  let declared: readonly DeclaredRoute[] = [];
  let work: Promise<unknown> = Promise.resolve();

  return {
    routes: () => declared,
    async start() {
      app = createApp(log, { isBehindProxy: origin !== undefined });
      declared = requireDeclaredAccess(app);
      limitWrites(app);
      addGuards(app, { origin, rpc: () => world.deployment()?.rpc, rate });
      await describeRoutes(app);
      await app.register(fastifyCookie);
      await app.register(fastifyRateLimit, { global: false });
      enforceAccess(app, access);
      observeAnswers(app, shown);
      const invitations = createInvitations({ chainId, nowMs: wallMs });
      addSessionRoutes(app, { access, invitations, states, ready });
      const prepared = createPrepared({ nowMs: wallMs, newId: randomUUID });
      addConsentRoutes(app, { directory, standing, accessLog, relayer, prepared, ready, signal });
      addPersonRoutes(app, {
        people: createPeople({
          database,
          subscriptions,
          nowMs: wallMs,
        }),
        forgetting,
        standing,
        accessLog,
      });
      addReadRoutes(app, {
        world,
        ledger: ledgerWatch,
        live,
        gateway: upstreams.gateway,
        directory,
        sight,
        states,
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
      push?.addRoutes(app);
      addWatcherRoute(app, { watcher: watcher && createUpstream(watcher), signal });
      if (officer !== undefined) addApproval(app, { world, officer, signal });
      if (scenarios !== undefined) addScenarios(app, { scenarios });
      addDescription(app);
      if (webDir !== undefined) await addPage(app, { webDir });
      await app.listen({ port, host });
      const { port: bound } = app.server.address() as AddressInfo;
      const parts = [recent, oracleWatch, ledgerWatch, live, ...(push === undefined ? [] : [push])];
      work = Promise.all(parts.map((part) => part.run(signal)));
      return { url: `http://${host === "127.0.0.1" ? "localhost" : host}:${bound}`, port: bound };
    },
    async stop() {
      stopping.abort();
      await work;
      await app?.close();
      database.close();
    },
  };
}

/** Whom a pond's alarms wake: its farmer, and the provider. */
function isKeeperOf(viewer: Viewer, pond: Hex): boolean {
  return viewer.isFarmerOf(pond) || viewer.basisFor(pond, []) === "provider";
}

/** The ledger's name of the pond that a path names. */
const POND_OF: Record<
  PondParam,
  (of: { world: World; directory: Directory; value: string }) => Hex | undefined
> = {
  pond: ({ directory, value }) => directory.ponds.find(({ id }) => id === value)?.ledgerId,
  claim: ({ world, value }) => world.pondOfClaim(value),
  streamId: ({ world, value }) => world.pondOfStream(value),
};

function createApp(log: FastifyBaseLogger, { isBehindProxy }: { isBehindProxy: boolean }): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 16_384,
    // Senders are told apart by the address that a proxy on this machine says, and nobody else.
    trustProxy: isBehindProxy ? "loopback" : false,
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
    if (status === 429) return sendProblem(reply, "too-many-requests", "wait a minute");
    if (status >= 400 && status < 500) return sendProblem(reply, "bad-request", error.message);
    log.error({ err: error }, "request failed");
    return sendProblem(reply, "internal", "the log says more");
  });
  return app;
}
