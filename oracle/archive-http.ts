import type { FastifyInstance } from "fastify";
import type { Registry as Metrics } from "prom-client";
import type { Deployment } from "../ledger/deployment.ts";
import { concatBytes, fromHex, toHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { encodeEvidence } from "../protocol/evidence.ts";
import { addTreeRoutes } from "./archive-tree.ts";
import { type HttpServer, startHttpServer } from "./http-server.ts";
import type { Prover } from "./proofs.ts";
import { BATCH, hexOf, TIME } from "./route-schemas.ts";
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

/** Positions of one answer: a week by the minute, 3 MB of JSON. */
const MAX_EVIDENCE_POSITIONS = 10_080;

/** Starts the archive's HTTP API; all but health and readiness need a token. */
export function startArchiveHttp(options: ArchiveOptions): Promise<HttpServer> {
  return startHttpServer({
    ...options,
    routes: (app) => {
      addArchiveRoutes(app, options);
      addTreeRoutes(app, options);
      addEvidenceRoute(app, options);
    },
  });
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
