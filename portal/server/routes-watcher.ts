import { Ajv } from "ajv";
import type { FastifyInstance } from "fastify";
import type { Watched } from "../api.ts";
import { ANYONE } from "./access/access.ts";
import { sendProblem } from "./problems.ts";
import type { Upstream } from "./upstream.ts";

const count = { type: "integer", minimum: 0 } as const;
const isStatus = new Ajv().compile<NonNullable<Watched>>({
  type: "object",
  required: ["batches", "verified", "behind", "refuted", "convicted", "missing"],
  properties: {
    batches: count,
    verified: count,
    behind: count,
    refuted: count,
    convicted: count,
    missing: count,
  },
});

/** What the insurer's watcher found of all batches. */
export function addWatcherRoute(
  app: FastifyInstance,
  { watcher, signal }: { watcher: Upstream | undefined; signal: AbortSignal },
): void {
  app.get("/api/v1/watched", { config: { access: ANYONE } }, async (_, reply) => {
    if (watcher === undefined) return reply.type("application/json").send("null");
    const answer = await watcher.json("/api/v1/status", { signal });
    if (!answer.ok) return sendProblem(reply, "upstream-down", `watcher: ${answer.detail}`);
    if (!isStatus(answer.value)) return sendProblem(reply, "upstream-down", "watcher: not a status");
    const { batches, verified, behind, refuted, convicted, missing } = answer.value;
    return { batches, verified, behind, refuted, convicted, missing } satisfies Watched;
  });
}
