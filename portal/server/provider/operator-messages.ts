import { Ajv } from "ajv";
import { ALARM_KINDS, type AlarmKind } from "../../api-provider.ts";
import type { FlaggedPoint } from "./probe-health.ts";

// What the gateway says to its operator, checked once at the door.

const ajv = new Ajv({ allowUnionTypes: true });
const count = { type: "integer", minimum: 0 } as const;
const text = { type: "string", maxLength: 200 } as const;
const time = { anyOf: [count, { type: "null" }] } as const;
const list = (items: object, maxItems: number) => ({ type: "array", maxItems, items });
const having = (properties: Record<string, object>, optional: Record<string, object> = {}) => ({
  type: "object",
  required: Object.keys(properties),
  properties: { ...properties, ...optional },
});

export type FlaggedSeries = { points: FlaggedPoint[]; holes: { fromSeq: number; toSeq: number }[] };

export const isFlaggedSeries = ajv.compile<FlaggedSeries>(
  having({
    points: list(
      having({ timeMs: count, seq: count, flags: count }, { quality: list({ type: "integer" }, 16) }),
      2_000,
    ),
    holes: list(having({ fromSeq: count, toSeq: count }), 100_000),
  }),
);

type PendingKey = {
  device: string;
  fingerprint: string;
  firmware: string;
  metrics: string[];
  periodMs: number;
  presentedAtMs: number;
};

export const isPairing = ajv.compile<{ openForSeconds: number; pending: PendingKey[] }>(
  having({
    openForSeconds: count,
    pending: list(
      having({
        device: text,
        fingerprint: text,
        firmware: text,
        metrics: list(text, 16),
        periodMs: count,
        presentedAtMs: { type: "number" },
      }),
      100,
    ),
  }),
);

export type AuditEntry = { id: number; atMs: number; action: string; device: string };

export const isAudit = ajv.compile<{ entries: AuditEntry[] }>(
  having({ entries: list(having({ id: count, atMs: count, action: text, device: text }), 1_000) }),
);

export const isHealth = ajv.compile<{ ok: boolean; reasons: { code: string; device?: string }[] }>(
  having({ ok: { type: "boolean" }, reasons: list(having({ code: text }, { device: text }), 10_000) }),
);

export type GatewayAlarm = {
  id: number;
  subject: string;
  kind: AlarmKind;
  level: string;
  /** What was measured, or is expected before dawn. */
  detail: { oxygenMgPerL?: number; atDawnMgPerL?: number };
  raisedAtMs: number;
  clearedAtMs: number | null;
  acknowledgedAtMs: number | null;
};

const alarm = having({
  id: count,
  subject: text,
  kind: { enum: ALARM_KINDS },
  level: text,
  detail: {
    type: "object",
    properties: { oxygenMgPerL: { type: "number" }, atDawnMgPerL: { type: "number" } },
  },
  raisedAtMs: { type: "number" },
  clearedAtMs: time,
  acknowledgedAtMs: time,
});

export const isAlarms = ajv.compile<{ open: GatewayAlarm[]; recent: GatewayAlarm[] }>(
  having({ open: list(alarm, 10_000), recent: list(alarm, 1_000) }),
);
