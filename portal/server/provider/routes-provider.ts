import type { FastifyInstance, FastifyReply } from "fastify";
import type { SourceState } from "../../api.ts";
import type { GatewayView, Pairing } from "../../api-provider.ts";
import { type Access, AUDITORS, PROVIDERS } from "../access/access.ts";
import { sendProblem } from "../problems.ts";
import type { Answer, Method, Upstream } from "../upstream.ts";
import { isHealth, isPairing } from "./operator-messages.ts";
import type { Probes } from "./probes.ts";

/** What the gateway allows at most: an operator stands beside the probe. */
const MAX_PAIRING_SECONDS = 254;
const NOT_WELL = 503;

const PROVIDER: Access = { to: "roles", roles: PROVIDERS };
const PROVIDER_OR_AUDITOR: Access = { to: "roles", roles: [...PROVIDERS, ...AUDITORS] };

const device = {
  type: "object",
  properties: { device: { type: "string", pattern: "^[0-9a-f]{16}$" } },
} as const;
const exactly = (properties: Record<string, object>) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

type Deps = {
  probes: Probes;
  gateway: Upstream;
  gatewayState: () => SourceState;
  signal: AbortSignal;
};

/** What the provider does for a living: probes by trouble, gateways, and new probes to let in. */
export function addProviderRoutes(
  app: FastifyInstance,
  { probes, gateway, gatewayState, signal }: Deps,
): void {
  app.get("/api/v1/provider/probes", { config: { access: PROVIDER_OR_AUDITOR } }, async (_, reply) =>
    handOn(reply, await probes.list(signal)),
  );

  app.get<{ Params: { device: string } }>(
    "/api/v1/provider/probes/:device",
    { config: { access: PROVIDER_OR_AUDITOR }, schema: { params: device } },
    async ({ params }, reply) => {
      const life = await probes.life(params.device, signal);
      return life === undefined
        ? sendProblem(reply, "unknown-probe", `no probe "${params.device}"`)
        : handOn(reply, life);
    },
  );

  app.get("/api/v1/provider/gateways", { config: { access: PROVIDER_OR_AUDITOR } }, async () => {
    const answer = await gateway.json("/health", { signal, acceptStatus: NOT_WELL });
    const health = answer.ok && isHealth(answer.value) ? answer.value : undefined;
    // Probes have a list of their own.
    const reasons = new Set(
      health?.reasons.filter((reason) => reason.device === undefined).map(({ code }) => code),
    );
    const view: GatewayView = {
      ...gatewayState(),
      ok: health !== undefined && reasons.size === 0,
      reasons: health === undefined ? ["not-answering"] : [...reasons],
    };
    return [view];
  });

  addPairingRoutes(app, { gateway, signal });
}

function addPairingRoutes(app: FastifyInstance, { gateway, signal }: Pick<Deps, "gateway" | "signal">): void {
  const act = async (
    reply: FastifyReply,
    path: string,
    { method, body }: { method: Method; body?: unknown },
  ) => {
    const answer = await gateway.send(path, { method, body, signal });
    if (!answer.ok && answer.code === "WRONG_FINGERPRINT")
      return sendProblem(reply, "wrong-fingerprint", "compare it once more at the probe");
    if (!answer.ok && answer.status === 404)
      return sendProblem(reply, "unknown-probe", "it no longer waits; open the window again");
    return answer.ok
      ? reply.code(204).send()
      : sendProblem(reply, "upstream-down", `gateway: ${answer.detail}`);
  };

  app.get("/api/v1/provider/pairing", { config: { access: PROVIDER } }, async (_, reply) => {
    const answer = await gateway.json("/api/v1/pairing", { signal });
    if (!answer.ok) return handOn(reply, answer);
    if (!isPairing(answer.value)) return sendProblem(reply, "upstream-down", "gateway: not a pairing");
    const { openForSeconds, pending } = answer.value;
    const view: Pairing = {
      openForSeconds,
      pending: pending.map(({ device: id, fingerprint, firmware, metrics, periodMs, presentedAtMs }) => ({
        device: id,
        fingerprint,
        firmware,
        metrics,
        periodMs,
        presentedAtMs,
      })),
    };
    return view;
  });

  app.post<{ Body: { seconds: number } }>(
    "/api/v1/provider/pairing/window",
    {
      config: { access: PROVIDER },
      schema: { body: exactly({ seconds: { type: "integer", minimum: 1, maximum: MAX_PAIRING_SECONDS } }) },
    },
    ({ body }, reply) => act(reply, "/api/v1/pairing/window", { method: "POST", body }),
  );

  app.post<{ Params: { device: string }; Body: { fingerprint: string } }>(
    "/api/v1/provider/pairing/:device/approve",
    {
      config: { access: PROVIDER },
      schema: {
        params: device,
        body: exactly({ fingerprint: { type: "string", pattern: "^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$" } }),
      },
    },
    ({ params, body }, reply) =>
      act(reply, `/api/v1/pairing/${params.device}/approve`, { method: "POST", body }),
  );

  app.post<{ Params: { device: string } }>(
    "/api/v1/provider/pairing/:device/refuse",
    { config: { access: PROVIDER }, schema: { params: device } },
    ({ params }, reply) => act(reply, `/api/v1/pairing/${params.device}/refuse`, { method: "POST" }),
  );
}

function handOn<T>(reply: FastifyReply, answer: Answer<T>): T | FastifyReply {
  return answer.ok ? answer.value : sendProblem(reply, "upstream-down", `gateway: ${answer.detail}`);
}
