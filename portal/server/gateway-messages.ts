import { Ajv } from "ajv";
import { VERDICTS, type Verdict } from "../../protocol/admission.ts";
import { SLOTS } from "../../protocol/record.ts";
import { LINKS, type Link, type ReadingSeries, type Values } from "../api.ts";

// What the gateway says, checked once at the door.

/** A device as the gateway knows it. */
export type GatewayDevice = {
  device: string;
  publicKey: string;
  state: Link;
  periodMs: number;
  nextSeq: number;
  lastTimeMs: number | null;
  lastReceivedAtMs?: number | null;
  latest: Values | null;
  verdicts: Partial<Record<Verdict, number>>;
  holes: number;
};

export type GatewayReading = { device: string; seq: number; timeMs: number; values: Values };

export type GatewayRefusal = { device: string; verdict: Verdict };

const count = { type: "integer", minimum: 0 } as const;
const device = { type: "string", pattern: "^[0-9a-f]{16}$" } as const;
const values = {
  type: "array",
  minItems: SLOTS,
  maxItems: SLOTS,
  items: { type: ["number", "null"] },
} as const;

const ajv = new Ajv({ allowUnionTypes: true });

export const isDeviceList = ajv.compile<GatewayDevice[]>({
  type: "array",
  maxItems: 10_000,
  items: {
    type: "object",
    required: ["device", "publicKey", "state", "periodMs", "nextSeq", "verdicts", "holes"],
    properties: {
      device,
      publicKey: { type: "string", pattern: "^0x[0-9a-f]{128}$" },
      state: { enum: LINKS },
      periodMs: { type: "integer", minimum: 1 },
      nextSeq: count,
      lastTimeMs: { anyOf: [count, { type: "null" }] },
      lastReceivedAtMs: { anyOf: [{ type: "number" }, { type: "null" }] },
      latest: { anyOf: [values, { type: "null" }] },
      verdicts: {
        type: "object",
        propertyNames: { enum: VERDICTS },
        additionalProperties: count,
      },
      holes: count,
    },
  },
});

export const isSeries = ajv.compile<ReadingSeries>({
  type: "object",
  required: ["device", "points"],
  properties: {
    device,
    points: {
      type: "array",
      maxItems: 100_000,
      items: {
        type: "object",
        required: ["timeMs", "values", "seq"],
        properties: { timeMs: count, values, seq: count },
      },
    },
    holes: {
      type: "array",
      items: {
        type: "object",
        required: ["fromSeq", "toSeq"],
        properties: { fromSeq: count, toSeq: count },
      },
    },
  },
});

export const isReading = ajv.compile<GatewayReading>({
  type: "object",
  required: ["device", "seq", "timeMs", "values"],
  properties: { device, seq: count, timeMs: count, values },
});

export const isRefusal = ajv.compile<GatewayRefusal>({
  type: "object",
  required: ["device", "verdict"],
  properties: { device: { type: "string", maxLength: 64 }, verdict: { enum: VERDICTS } },
});
