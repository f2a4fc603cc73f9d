import type { FastifyInstance, FastifyReply } from "fastify";
import { ANYONE, AUDITORS, PROVIDERS, SIGNED_IN, STREAM_DATA } from "./access/access.ts";
import { sendProblem } from "./problems.ts";
import type { Answer, Upstream } from "./upstream.ts";

const BATCH = { type: "integer", minimum: 1, maximum: 2 ** 32 } as const;
const TIME = { type: "integer", minimum: 0, maximum: 2 ** 48 } as const;
const STREAM = { type: "string", pattern: "^0x[0-9a-f]{64}$" } as const;
const LEVEL = { type: "integer", minimum: 0, maximum: 32 } as const;
const INDEX = { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 } as const;

/** The archive's routes of protocol §4, its trees, and the evidence of a window, passed through byte for byte. */
export function addArchiveRoutes(
  app: FastifyInstance,
  { oracle, signal }: { oracle: Upstream; signal: AbortSignal },
): void {
  const pass = async (reply: FastifyReply, path: string) =>
    passOn(reply, await oracle.bytes(path, { signal }));

  app.get("/api/v1/deployment", { config: { access: ANYONE } }, (_, reply) =>
    pass(reply, "/api/v1/deployment"),
  );

  app.get("/api/v1/streams", { config: { access: SIGNED_IN } }, (_, reply) => pass(reply, "/api/v1/streams"));

  app.get<{ Params: { number: number } }>(
    "/api/v1/batches/:number/manifest",
    { config: { access: SIGNED_IN }, schema: { params: { type: "object", properties: { number: BATCH } } } },
    ({ params }, reply) => pass(reply, `/api/v1/batches/${params.number}/manifest`),
  );

  app.get<{ Params: { number: number } }>(
    "/api/v1/batches/:number/directory",
    { config: { access: SIGNED_IN }, schema: { params: { type: "object", properties: { number: BATCH } } } },
    ({ params }, reply) => pass(reply, `/api/v1/batches/${params.number}/directory`),
  );

  app.get<{ Params: { number: number; streamId: string; level: number; index: number } }>(
    "/api/v1/batches/:number/streams/:streamId/nodes/:level/:index",
    {
      config: { access: STREAM_DATA },
      schema: {
        params: {
          type: "object",
          properties: { number: BATCH, streamId: STREAM, level: LEVEL, index: INDEX },
        },
      },
    },
    ({ params: { number, streamId, level, index } }, reply) =>
      pass(reply, `/api/v1/batches/${number}/streams/${streamId}/nodes/${level}/${index}`),
  );

  app.get<{ Params: { sha256: string } }>(
    "/api/v1/segments/:sha256",
    {
      config: { access: { to: "roles", roles: [...AUDITORS, ...PROVIDERS] } },
      schema: {
        params: { type: "object", properties: { sha256: { type: "string", pattern: "^[0-9a-f]{64}$" } } },
      },
    },
    ({ params }, reply) => pass(reply, `/api/v1/segments/${params.sha256}`),
  );

  app.get<{
    Params: { streamId: string };
    Querystring: { batch?: number; fromMs: number; toMs: number };
  }>(
    "/api/v1/evidence/:streamId",
    {
      config: { access: STREAM_DATA },
      schema: {
        params: {
          type: "object",
          properties: { streamId: STREAM },
        },
        querystring: {
          type: "object",
          additionalProperties: false,
          required: ["fromMs", "toMs"],
          properties: { batch: BATCH, fromMs: TIME, toMs: TIME },
        },
      },
    },
    ({ params, query: { batch, fromMs, toMs } }, reply) => {
      if (toMs < fromMs) return sendProblem(reply, "bad-request", "toMs must not lie before fromMs");
      const of = batch === undefined ? "" : `batch=${batch}&`;
      return pass(reply, `/api/v1/evidence/${params.streamId}?${of}fromMs=${fromMs}&toMs=${toMs}`);
    },
  );
}

function passOn(reply: FastifyReply, answer: Answer<{ type: string; body: Uint8Array }>): FastifyReply {
  if (answer.ok) return reply.type(answer.value.type).send(answer.value.body);
  if (answer.status === 404) return sendProblem(reply, "not-found-upstream", answer.detail);
  if (answer.status === 400 || answer.status === 422) return sendProblem(reply, "bad-request", answer.detail);
  return sendProblem(reply, "upstream-down", `oracle: ${answer.detail}`);
}
