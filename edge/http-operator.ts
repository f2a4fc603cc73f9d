import type { FastifyInstance } from "fastify";
import type { Beacon } from "../protocol/messages.ts";
import type { AlarmBook } from "./alarms/alarm-book.ts";
import { MAX_PAIRING_SECONDS, type Pairing } from "./pairing.ts";
import type { Registry } from "./registry.ts";
import type { AuditTable } from "./store/audit.ts";

const DEVICE = { type: "string", pattern: "^[0-9a-f]{16}$" } as const;
const device = { type: "object", properties: { device: DEVICE } } as const;
const MAX_TIME_MS = 2 ** 48 - 1;
const MAX_AUDIT_ENTRIES = 1_000;
const MAX_RECENT_ALARMS = 100;

const exactly = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});

/** What an operator does: pairs probes, revokes them, and reads what was done; and what his oracle tells: a block. */
export function operatorRoutes(
  app: FastifyInstance,
  options: {
    pairing: Pairing;
    registry: Registry;
    alarms: AlarmBook;
    audit: AuditTable;
    announceBeacon: (beacon: Beacon) => void;
  },
): void {
  const { pairing, registry, audit } = options;
  alarmRoutes(app, options.alarms);
  app.put<{ Body: Beacon }>(
    "/api/v1/beacon",
    {
      schema: {
        body: exactly({
          number: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
          hash: { type: "string", pattern: "^0x[0-9a-f]{64}$" },
        }),
      },
    },
    ({ body }, reply) => {
      options.announceBeacon(body);
      return reply.code(204).send();
    },
  );

  app.get("/api/v1/pairing", () => pairing.view());

  app.post<{ Body: { seconds: number } }>(
    "/api/v1/pairing/window",
    { schema: { body: exactly({ seconds: { type: "integer", minimum: 1, maximum: MAX_PAIRING_SECONDS } }) } },
    ({ body }) => pairing.open(body.seconds),
  );

  app.delete("/api/v1/pairing/window", (_request, reply) => {
    pairing.close();
    return reply.code(204).send();
  });

  app.post<{ Params: { device: string }; Body: { fingerprint: string } }>(
    "/api/v1/pairing/:device/approve",
    {
      schema: {
        params: device,
        body: exactly({ fingerprint: { type: "string", pattern: "^[0-9A-Z]{4}(-[0-9A-Z]{4}){2}$" } }),
      },
    },
    ({ params, body }, reply) => {
      pairing.approve({ ...params, ...body });
      return reply.code(204).send();
    },
  );

  app.post<{ Params: { device: string } }>(
    "/api/v1/pairing/:device/refuse",
    { schema: { params: device } },
    ({ params }, reply) => {
      pairing.refuse(params.device);
      return reply.code(204).send();
    },
  );

  app.post<{ Params: { device: string }; Body: { fromMs: number } }>(
    "/api/v1/devices/:device/revoke",
    {
      schema: {
        params: device,
        body: exactly({ fromMs: { type: "integer", minimum: 0, maximum: MAX_TIME_MS } }),
      },
    },
    ({ params, body }, reply) => {
      registry.revoke({ ...params, ...body });
      return reply.code(204).send();
    },
  );

  app.get<{ Querystring: { after: number; limit: number } }>(
    "/api/v1/audit",
    {
      schema: {
        querystring: exactly(
          {
            after: { type: "integer", minimum: 0, default: 0 },
            limit: { type: "integer", minimum: 1, maximum: MAX_AUDIT_ENTRIES, default: 100 },
          },
          [],
        ),
      },
    },
    ({ query }) => ({ entries: audit.after(query.after, query.limit) }),
  );
}

function alarmRoutes(app: FastifyInstance, alarms: AlarmBook): void {
  app.get("/api/v1/alarms", () => ({ open: alarms.open(), recent: alarms.recent(MAX_RECENT_ALARMS) }));

  app.post<{ Params: { id: number }; Body: { by: string } }>(
    "/api/v1/alarms/:id/acknowledge",
    {
      schema: {
        params: { type: "object", properties: { id: { type: "integer", minimum: 1 } } },
        body: exactly({ by: { type: "string", minLength: 1, maxLength: 64 } }),
      },
    },
    ({ params, body }, reply) => {
      alarms.acknowledge(params.id, body.by);
      return reply.code(204).send();
    },
  );
}
