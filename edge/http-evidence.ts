import type { FastifyInstance } from "fastify";
import { VERDICTS, type Verdict } from "../protocol/admission.ts";
import { toHex } from "../protocol/bytes.ts";
import type { Registry } from "./registry.ts";

const MAX_FRAMES = 1_000;

/** Frames of a probe that were not stored, the first of their kind, for whoever looks for the fault or convicts it. */
export function evidenceRoute(app: FastifyInstance, { registry }: { registry: Registry }): void {
  app.get<{ Params: { device: string }; Querystring: { verdict: Verdict; limit: number } }>(
    "/api/v1/devices/:device/evidence",
    {
      schema: {
        params: { type: "object", properties: { device: { type: "string", pattern: "^[0-9a-f]{16}$" } } },
        querystring: {
          type: "object",
          additionalProperties: false,
          required: ["verdict"],
          properties: {
            verdict: { enum: VERDICTS },
            limit: { type: "integer", minimum: 1, maximum: MAX_FRAMES, default: 100 },
          },
        },
      },
    },
    ({ params, query }) => ({
      frames: registry
        .evidence({ ...params, ...query })
        .map(({ frame, receivedAtMs }) => ({ frame: toHex(frame), receivedAtMs })),
    }),
  );
}
