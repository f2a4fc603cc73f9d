import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { POND_DATA } from "./access/access.ts";
import type { Directory } from "./directory.ts";
import { openReadings, type ReadingsExport } from "./exports/raw-readings.ts";
import { readingsCsv } from "./exports/readings-csv.ts";
import { readingsJson } from "./exports/readings-json.ts";
import { readingsSenml } from "./exports/readings-senml.ts";
import { sendProblem } from "./problems.ts";
import type { Upstream } from "./upstream.ts";

const MAX_SPAN_MS = 400 * 86_400_000;
/** Exports that are being sent at once: each asks the gateway for page after page. */
const MAX_EXPORTS = 4;

/** Each form of an export, with its media type (RFC 7111, RFC 8428 §12.3.1, RFC 8259). */
const FORMS: Record<string, { type: string; write: (span: ReadingsExport) => AsyncIterable<string> }> = {
  csv: { type: "text/csv; charset=utf-8; header=present", write: readingsCsv },
  senml: { type: "application/senml+json", write: readingsSenml },
  json: { type: "application/json; charset=utf-8", write: readingsJson },
};

const pondParams = {
  type: "object",
  properties: { pond: { type: "string", pattern: "^[a-z0-9-]{1,64}$" } },
} as const;
const timeMs = { type: "integer", minimum: 0, maximum: 2 ** 48 } as const;
const spanQuery = {
  type: "object",
  additionalProperties: false,
  required: ["fromMs", "toMs"],
  properties: { fromMs: timeMs, toMs: timeMs },
} as const;

/** Every reading of a pond in a span as a file, sent as it is read. */
export function addReadingsExports(
  app: FastifyInstance,
  { gateway, directory, signal }: { gateway: Upstream; directory: Directory; signal: AbortSignal },
): void {
  let sending = 0;
  for (const [form, { type, write }] of Object.entries(FORMS)) {
    app.get<{ Params: { pond: string }; Querystring: { fromMs: number; toMs: number } }>(
      `/api/v1/ponds/:pond/readings.${form}`,
      { config: { access: POND_DATA }, schema: { params: pondParams, querystring: spanQuery } },
      async ({ params, query: { fromMs, toMs } }, reply) => {
        const pond = directory.ponds.find((candidate) => candidate.id === params.pond);
        if (pond === undefined) return sendProblem(reply, "unknown-pond", `no pond "${params.pond}"`);
        if (toMs <= fromMs || toMs - fromMs > MAX_SPAN_MS)
          return sendProblem(reply, "bad-request", "toMs must lie behind fromMs, by at most 400 days");
        if (sending >= MAX_EXPORTS) return sendProblem(reply, "too-busy", "try again in a minute");
        sending++;
        reply.raw.once("close", () => sending--);
        const opened = await openReadings({ gateway, devices: pond.probes, fromMs, toMs, signal });
        if (!opened.ok) return sendProblem(reply, opened.why, opened.detail);
        const { timeZone } = directory.site;
        const text = write({ pond: pond.id, timeZone, fromMs, toMs, probes: opened.probes });
        return reply
          .type(type)
          .header("content-disposition", `attachment; filename="${pond.id}-readings.${form}"`)
          .send(Readable.from(text, { objectMode: false }));
      },
    );
  }
}
