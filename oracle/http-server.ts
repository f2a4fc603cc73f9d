import { createHash, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import type { Registry as Metrics } from "prom-client";
import { ERRORS, type ErrorCode, isPondproofError, PondproofError } from "../protocol/errors.ts";

/** What every process of the operator's, a watcher's or an insurer's serves, and `routes` beside it. */
export type HttpServerOptions = {
  host: string;
  /** 0 for any that is free. */
  port: number;
  tokens: readonly string[];
  status: () => unknown;
  health: () => { ok: boolean };
  metrics: Metrics;
  /** Routes for whoever holds one of the tokens. */
  routes?: (app: FastifyInstance) => void;
};

export type HttpServer = { readonly port: number; stop(): Promise<void> };

/** Starts an HTTP API; all but health and readiness need a token. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, tokens, health, status, metrics, routes = () => undefined } = options;
  const app = Fastify({
    bodyLimit: 1_024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, allErrors: true } },
  });
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error)));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problem("NO_SUCH_ROUTE", 404)));
  app.get("/health", (_request, reply) => {
    const state = health();
    return reply.code(state.ok ? 200 : 503).send(state);
  });
  app.get("/ready", () => ({ ready: true }));
  app.register((closed, _options, done) => {
    const digests = tokens.map(digestOf);
    closed.addHook("onRequest", (request, _reply, next) => {
      next(isToken(digests, request.headers.authorization) ? undefined : new PondproofError("UNAUTHORISED"));
    });
    closed.get("/api/v1/status", () => status());
    closed.get("/metrics", async (_request, reply) =>
      reply.type(metrics.contentType).send(await metrics.metrics()),
    );
    routes(closed);
    done();
  });
  await app.listen({ host, port });
  return { port: (app.server.address() as AddressInfo).port, stop: () => app.close() };
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Compares digests, and all of them, so that the time says nothing of how much of which token was right. */
function isToken(digests: readonly Buffer[], authorization: string | undefined): boolean {
  const given = digestOf(/^Bearer (.+)$/i.exec(authorization ?? "")?.[1] ?? "");
  return digests.map((digest) => timingSafeEqual(digest, given)).includes(true);
}

type Problem = { type: string; title: string; status: number; detail: string; code: ErrorCode | "INTERNAL" };

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHORISED: 401,
  INVALID_ARGUMENT: 400,
  NO_READING_BESIDE_WINDOW: 422,
  WINDOW_TOO_LONG: 422,
  STREAM_VOID: 422,
  UNKNOWN_STREAM: 404,
  UNKNOWN_BATCH: 404,
  UNKNOWN_SEGMENT: 404,
  UNKNOWN_NODE: 404,
  UNKNOWN_REPORT: 404,
  UNKNOWN_ANSWER: 404,
};

function problem(code: ErrorCode, status: number, detail: string = ERRORS[code].hint): Problem {
  return { type: `urn:pondproof:error:${code}`, title: ERRORS[code].meaning, status, detail, code };
}

function toProblem(error: unknown): Problem {
  const status = isPondproofError(error) ? STATUS[error.code] : undefined;
  if (isPondproofError(error) && status !== undefined) return problem(error.code, status, error.message);
  const { statusCode, message } = error as FastifyError;
  if (statusCode !== undefined && statusCode < 500) return problem("INVALID_ARGUMENT", statusCode, message);
  return {
    type: "about:blank",
    title: "Internal Server Error",
    status: 500,
    detail: "The log says more.",
    code: "INTERNAL",
  };
}

function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  // As bytes: to text Fastify would add a charset, which problem+json does not have.
  return reply
    .code(body.status)
    .header("content-type", "application/problem+json")
    .send(Buffer.from(JSON.stringify(body)));
}
