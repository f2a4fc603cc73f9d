import { createHash, timingSafeEqual } from "node:crypto";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from "fastify";
import type { Registry as Metrics } from "prom-client";
import type { Deployment } from "../ledger/deployment.ts";
import { concatBytes, fromHex, toHex } from "../protocol/bytes.ts";
import { ERRORS, type ErrorCode, isPondproofError, PondproofError } from "../protocol/errors.ts";
import { encodeEvidence } from "../protocol/evidence.ts";
import type { Prover } from "./proofs.ts";
import type { Health, OracleStatus } from "./status.ts";
import type { Store } from "./store.ts";
import type { Stream } from "./stream-store.ts";

/** What the archive serves: protocol §4 and the evidence of a window to whoever holds a token. */
export type ArchiveOptions = {
  host: string;
  /** 0 for any that is free. */
  port: number;
  tokens: readonly string[];
  deployment: Deployment;
  store: Store;
  prover: Prover;
  status: () => OracleStatus;
  health: () => Health;
  metrics: Metrics;
};

export type ArchiveHttp = { readonly port: number; stop(): Promise<void> };

/** Positions of one answer: a week by the minute, 3 MB of JSON. */
const MAX_EVIDENCE_POSITIONS = 10_080;
const BATCH = { type: "integer", minimum: 1, maximum: 2 ** 32 } as const;
const TIME = { type: "integer", minimum: 0, maximum: 2 ** 48 - 1 } as const;

/** Starts the archive's HTTP API; all but health, readiness and version need a token. */
export async function startArchiveHttp(options: ArchiveOptions): Promise<ArchiveHttp> {
  const app = Fastify({
    bodyLimit: 1_024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, allErrors: true } },
  });
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, toProblem(error)));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, problem("NO_SUCH_ROUTE", 404)));
  app.get("/health", (_request, reply) => {
    const health = options.health();
    return reply.code(health.ok ? 200 : 503).send(health);
  });
  app.get("/ready", () => ({ ready: true }));
  app.register((closed, _options, done) => {
    const digests = options.tokens.map(digestOf);
    closed.addHook("onRequest", (request, _reply, next) => {
      next(isToken(digests, request.headers.authorization) ? undefined : new PondproofError("UNAUTHORISED"));
    });
    addStateRoutes(closed, options);
    addArchiveRoutes(closed, options);
    addEvidenceRoute(closed, options);
    done();
  });
  await app.listen({ host: options.host, port: options.port });
  return { port: (app.server.address() as AddressInfo).port, stop: () => app.close() };
}

function addStateRoutes(app: FastifyInstance, { status, metrics }: ArchiveOptions): void {
  app.get("/api/v1/status", () => status());
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
}

/** The four routes of protocol §4. */
function addArchiveRoutes(app: FastifyInstance, { deployment, store }: ArchiveOptions): void {
  app.get("/api/v1/deployment", () => deployment);

  app.get("/api/v1/streams", () => store.streams.all().map(streamJson));

  app.get<{ Params: { number: number } }>(
    "/api/v1/batches/:number/manifest",
    { schema: { params: { type: "object", properties: { number: BATCH } } } },
    ({ params: { number } }, reply) => {
      const batch = store.batches.find(number);
      if (batch === undefined) throw new PondproofError("UNKNOWN_BATCH", { number });
      // The exact bytes whose hash is anchored: nothing may parse and print them again.
      return reply.type("application/json").send(Buffer.from(batch.manifest));
    },
  );

  app.get<{ Params: { sha256: string } }>(
    "/api/v1/segments/:sha256",
    { schema: { params: { type: "object", properties: { sha256: hexOf(32, "") } } } },
    ({ params: { sha256 } }, reply) => {
      const segment = store.batches.segment(fromHex(sha256, 32));
      if (segment === undefined) throw new PondproofError("UNKNOWN_SEGMENT", { sha256 });
      const frames = store.streams
        .positions(segment.device, segment)
        .flatMap((position) => (position.kind === "reading" ? [position.frame] : []));
      return reply.type("application/octet-stream").send(Buffer.from(concatBytes(...frames)));
    },
  );
}

function addEvidenceRoute(app: FastifyInstance, { store, prover }: ArchiveOptions): void {
  app.get<{
    Params: { streamId: string };
    Querystring: { batch?: number; fromMs: number; toMs: number };
  }>(
    "/api/v1/evidence/:streamId",
    {
      schema: {
        params: { type: "object", properties: { streamId: hexOf(32) } },
        querystring: {
          type: "object",
          additionalProperties: false,
          required: ["fromMs", "toMs"],
          properties: { batch: BATCH, fromMs: TIME, toMs: TIME },
        },
      },
    },
    ({ params, query: { batch = store.batches.lastAnchored(), fromMs, toMs } }) => {
      if (fromMs > toMs) throw new PondproofError("INVALID_ARGUMENT", { fromMs, toMs });
      const stream = store.streams.find(fromHex(params.streamId, 32));
      if (stream === undefined) throw new PondproofError("UNKNOWN_STREAM", { streamId: params.streamId });
      if (store.batches.find(batch)?.state !== "anchored")
        throw new PondproofError("UNKNOWN_BATCH", { batch });
      return encodeEvidence(
        prover.evidence({ stream, batch, fromMs, toMs, maxPositions: MAX_EVIDENCE_POSITIONS }),
      );
    },
  );
}

function streamJson({ streamId, name, publicKey, pond }: Stream) {
  const [x, y] = [publicKey.subarray(0, 32), publicKey.subarray(32)];
  return { streamId: toHex(streamId), device: name, x: toHex(x), y: toHex(y), pond };
}

function hexOf(bytes: number, prefix = "0x") {
  return { type: "string", pattern: `^${prefix}[0-9a-f]{${2 * bytes}}$` } as const;
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
  UNKNOWN_STREAM: 404,
  UNKNOWN_BATCH: 404,
  UNKNOWN_SEGMENT: 404,
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
    detail: "The oracle's log says more.",
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
