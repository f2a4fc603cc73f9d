import type { AddressInfo } from "node:net";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import type { Registry as Metrics } from "prom-client";
import { toHex } from "../protocol/bytes.ts";
import { ERRORS, type ErrorCode, isPondproofError, PondproofError } from "../protocol/errors.ts";
import type { Feed, FeedItem } from "../protocol/feed.ts";
import type { Beacon } from "../protocol/messages.ts";
import type { AlarmBook } from "./alarms/alarm-book.ts";
import { isSecret } from "./authenticate.ts";
import type { Health } from "./health.ts";
import { evidenceRoute } from "./http-evidence.ts";
import { operatorRoutes } from "./http-operator.ts";
import type { Live } from "./live.ts";
import { createLiveStreams } from "./live-stream.ts";
import type { Pairing } from "./pairing.ts";
import type { Registry } from "./registry.ts";
import type { AuditTable } from "./store/audit.ts";

/** What the HTTP API serves. */
export type HttpOptions = {
  host: string;
  /** 0 for any that is free. */
  port: number;
  token: string;
  version: string;
  maxLiveClients: number;
  feed: Feed;
  registry: Registry;
  live: Live;
  pairing: Pairing;
  alarms: AlarmBook;
  audit: AuditTable;
  announceBeacon: (beacon: Beacon) => void;
  health: () => Health;
  metrics: Metrics;
};

export type Http = { readonly port: number; stop(): Promise<void> };

const MAX_FEED_ITEMS = 1_000;
const MAX_POINTS = 2_000;
const MAX_TIME_MS = 2 ** 48 - 1;

const integer = (minimum: number, maximum: number) => ({ type: "integer", minimum, maximum }) as const;

/** Starts the gateway's HTTP API; all but health, readiness and version need the token. */
export async function startHttp(options: HttpOptions): Promise<Http> {
  const app = Fastify({
    bodyLimit: 1_024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, allErrors: true } },
  });
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error)));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problem("NO_SUCH_ROUTE", 404)));
  openRoutes(app, options);
  app.register((closed, _options, done) => {
    closed.addHook("onRequest", (request, _reply, next) => {
      const known = isToken(options.token, request.headers.authorization);
      next(known ? undefined : new PondproofError("UNAUTHORISED"));
    });
    closedRoutes(closed, options);
    evidenceRoute(closed, options);
    operatorRoutes(closed, options);
    done();
  });
  await app.listen({ host: options.host, port: options.port });
  return { port: (app.server.address() as AddressInfo).port, stop: () => app.close() };
}

function openRoutes(app: FastifyInstance, { health, version }: HttpOptions): void {
  app.get("/health", (_request, reply) => {
    const state = health();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  app.get("/ready", () => ({ ready: true }));
  app.get("/version", () => ({ name: "pondproof-gateway", version }));
}

function closedRoutes(app: FastifyInstance, options: HttpOptions): void {
  const { feed, registry, metrics } = options;
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );

  app.get<{ Querystring: { after: number; limit: number } }>(
    "/api/v1/feed",
    {
      schema: {
        querystring: {
          type: "object",
          additionalProperties: false,
          properties: {
            after: { ...integer(0, Number.MAX_SAFE_INTEGER), default: 0 },
            limit: { ...integer(1, MAX_FEED_ITEMS), default: MAX_FEED_ITEMS },
          },
        },
      },
    },
    async ({ query, signal }) => ({ items: (await feed.read({ ...query, signal })).map(feedItemJson) }),
  );

  app.get("/api/v1/devices", () => registry.devices());

  app.get<{
    Params: { device: string };
    Querystring: { fromMs: number; toMs: number; maxPoints: number; pageFrom?: number };
  }>(
    "/api/v1/devices/:device/readings",
    {
      schema: {
        params: { type: "object", properties: { device: { type: "string", pattern: "^[0-9a-f]{16}$" } } },
        querystring: {
          type: "object",
          additionalProperties: false,
          required: ["fromMs", "toMs"],
          properties: {
            fromMs: integer(0, MAX_TIME_MS),
            toMs: integer(0, MAX_TIME_MS),
            maxPoints: { ...integer(1, MAX_POINTS), default: 500 },
            pageFrom: integer(0, MAX_TIME_MS),
          },
        },
      },
    },
    ({ params, query }) => {
      if (query.fromMs > query.toMs) throw new PondproofError("INVALID_ARGUMENT", query);
      return registry.readings({ ...params, ...query });
    },
  );

  const streams = createLiveStreams(options);
  app.addHook("preClose", async () => streams.endAll());
  app.get("/api/v1/live", (_request, reply) => {
    if (!streams.hasRoom()) throw new PondproofError("TOO_MANY_CLIENTS");
    reply.hijack();
    streams.serve(reply.raw);
  });
}

function feedItemJson(item: FeedItem) {
  return item.kind === "reading" ? { ...item, frame: toHex(item.frame) } : item;
}

function isToken(token: string, authorization: string | undefined): boolean {
  return isSecret(/^Bearer (.+)$/i.exec(authorization ?? "")?.[1], token);
}

type Problem = { type: string; title: string; status: number; detail: string; code: ErrorCode | "INTERNAL" };

function problem(code: ErrorCode, status: number, detail: string = ERRORS[code].hint): Problem {
  return { type: `urn:pondproof:error:${code}`, title: ERRORS[code].meaning, status, detail, code };
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHORISED: 401,
  UNKNOWN_DEVICE: 404,
  UNKNOWN_ALARM: 404,
  INVALID_ARGUMENT: 400,
  WRONG_FINGERPRINT: 409,
  TOO_MANY_CLIENTS: 503,
};

function toProblem(error: unknown): Problem {
  const status = isPondproofError(error) ? STATUS[error.code] : undefined;
  if (isPondproofError(error) && status !== undefined) return problem(error.code, status);
  const { statusCode, message } = error as FastifyError;
  if (statusCode !== undefined && statusCode < 500) return problem("INVALID_ARGUMENT", statusCode, message);
  return {
    type: "about:blank",
    title: "Internal Server Error",
    status: 500,
    detail: "The gateway's log says more.",
    code: "INTERNAL",
  };
}

function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  return reply.code(body.status).type("application/problem+json").send(body);
}
