import type { FastifyInstance } from "fastify";
import type { Overview, PondReadings, Scenario } from "../api.ts";
import { ANYONE, CLAIM_DATA, POND_DATA, PONDS_IN_SIGHT } from "./access/access.ts";
import type { SessionStates } from "./access/session-state.ts";
import type { Sight } from "./access/sight.ts";
import type { Viewer } from "./access/viewer.ts";
import type { Directory } from "./directory.ts";
import { isSeries } from "./gateway-messages.ts";
import { securityHeaders } from "./guards.ts";
import type { LedgerWatch } from "./ledger-watch.ts";
import type { Live } from "./live.ts";
import { sendProblem } from "./problems.ts";
import type { Upstream } from "./upstream.ts";
import type { World } from "./world.ts";

const MAX_SPAN_MS = 400 * 86_400_000;
/** What the gateway gives at most. */
const MAX_POINTS = 2_000;

const id = { type: "string", pattern: "^[a-z0-9-]{1,64}$" } as const;
const number = { type: "string", pattern: "^[0-9]{1,20}$" } as const;
const timeMs = { type: "integer", minimum: 0, maximum: 2 ** 48 } as const;
const farmQuery = { type: "object", additionalProperties: false, properties: { farm: id } } as const;

type FarmQuery = { Querystring: { farm?: string } };

/** Everything that is read: ponds, policies, claims, batches, and what changes while one looks. */
export function addReadRoutes(
  app: FastifyInstance,
  {
    world,
    ledger,
    live,
    gateway,
    directory,
    sight,
    states,
    scenarios,
    canApprove,
    signal,
  }: {
    world: World;
    ledger: LedgerWatch;
    live: Live;
    gateway: Upstream;
    directory: Directory;
    sight: Sight;
    states: SessionStates;
    scenarios: (() => Scenario[]) | undefined;
    canApprove: boolean;
    signal: AbortSignal;
  },
): void {
  const mayApprove = (viewer: Viewer | null) =>
    canApprove && (viewer?.roles.includes("claims-officer") ?? false);

  app.get(
    "/api/v1/overview",
    { config: { access: ANYONE } },
    (request): Overview => ({
      session: states.of(request),
      site: directory.site,
      ...sight.facts(request.viewer),
      deployment: world.deployment() ?? null,
      scenarios: scenarios?.() ?? null,
      canApprove: mayApprove(request.viewer),
      tick: world.tick(),
    }),
  );

  app.get<FarmQuery>(
    "/api/v1/ponds",
    { config: { access: PONDS_IN_SIGHT }, schema: { querystring: farmQuery } },
    (request) => sight.ponds(request.viewer!, world.ponds(), { farm: request.query.farm, what: "ponds" }),
  );

  app.get<{ Params: { pond: string } }>(
    "/api/v1/ponds/:pond",
    { config: { access: POND_DATA }, schema: { params: { type: "object", properties: { pond: id } } } },
    (request, reply) =>
      world.pond(request.params.pond) ??
      sendProblem(reply, "unknown-pond", `no pond "${request.params.pond}"`),
  );

  app.get<{
    Params: { pond: string };
    Querystring: { fromMs: number; toMs: number; maxPoints: number };
  }>(
    "/api/v1/ponds/:pond/readings",
    {
      config: { access: POND_DATA },
      schema: {
        params: { type: "object", properties: { pond: id } },
        querystring: {
          type: "object",
          additionalProperties: false,
          required: ["fromMs", "toMs"],
          properties: {
            fromMs: timeMs,
            toMs: timeMs,
            maxPoints: { type: "integer", minimum: 2, maximum: MAX_POINTS, default: 600 },
          },
        },
      },
    },
    async ({ params, query: { fromMs, toMs, maxPoints } }, reply) => {
      const pond = directory.ponds.find((candidate) => candidate.id === params.pond);
      if (pond === undefined) return sendProblem(reply, "unknown-pond", `no pond "${params.pond}"`);
      if (toMs <= fromMs || toMs - fromMs > MAX_SPAN_MS)
        return sendProblem(reply, "bad-request", "toMs must lie behind fromMs, by at most 400 days");
      const query = `fromMs=${fromMs}&toMs=${toMs}&maxPoints=${maxPoints}`;
      const answers = await Promise.all(
        pond.probes.map((device) => gateway.json(`/api/v1/devices/${device}/readings?${query}`, { signal })),
      );
      const readings: PondReadings = { fromMs, toMs, series: [] };
      for (const [i, answer] of answers.entries()) {
        // A probe that was never paired has nothing to show; the gateway says 404.
        if (!answer.ok && answer.status === 404) continue;
        if (!answer.ok) return sendProblem(reply, "upstream-down", `gateway: ${answer.detail}`);
        if (!isSeries(answer.value)) return sendProblem(reply, "upstream-down", "gateway: not readings");
        const { points, holes = [] } = answer.value;
        readings.series.push({
          device: pond.probes[i]!,
          points: points.map(({ timeMs, values, seq }) => ({ timeMs, values, seq })),
          holes,
        });
      }
      return readings;
    },
  );

  app.get<FarmQuery>(
    "/api/v1/policies",
    { config: { access: PONDS_IN_SIGHT }, schema: { querystring: farmQuery } },
    ({ viewer, query }) => sight.policies(viewer!, world.policies(), query),
  );

  app.get<FarmQuery>(
    "/api/v1/claims",
    { config: { access: PONDS_IN_SIGHT }, schema: { querystring: farmQuery } },
    ({ viewer, query }) => sight.claims(viewer!, world.claims(), query),
  );

  app.get<{ Params: { claim: string } }>(
    "/api/v1/claims/:claim",
    { config: { access: CLAIM_DATA }, schema: { params: { type: "object", properties: { claim: number } } } },
    (request, reply) => {
      const claim = world.claim(request.params.claim);
      if (claim === undefined)
        return sendProblem(reply, "unknown-claim", `the ledger has no claim ${request.params.claim}`);
      return { ...claim, canApprove: mayApprove(request.viewer) && claim.claim.state === "evaluated" };
    },
  );

  app.get<{ Querystring: { limit: number } }>(
    "/api/v1/batches",
    {
      config: { access: ANYONE },
      schema: {
        querystring: {
          type: "object",
          additionalProperties: false,
          properties: { limit: { type: "integer", minimum: 1, maximum: 500, default: 50 } },
        },
      },
    },
    ({ query }) => ledger.batches().slice(0, query.limit),
  );

  app.get<FarmQuery>(
    "/api/v1/live",
    { config: { access: ANYONE }, schema: { querystring: farmQuery } },
    (request, reply) => {
      const headers = securityHeaders(world.deployment()?.rpc);
      const { session } = request;
      if (!live.add(reply.raw, { session, farm: request.query.farm, headers }))
        return sendProblem(reply, "too-many-listeners", "try again in a minute");
      return reply.hijack();
    },
  );
}
