import { Ajv, type ErrorObject } from "ajv";
import { PondproofError } from "../protocol/errors.ts";
import type { BatchOptions } from "./admission.ts";
import { TIMESYNCD_FILE } from "./clock-trust.ts";
import { DEFAULT_BATCH, DEFAULT_LIMITS, type GatewayLimits } from "./options.ts";

/** The gateway's configuration file, with its defaults filled in. */
export type GatewayConfig = {
  version: 1;
  site: string;
  /** Folder of the store. */
  dataDir: string;
  host: string;
  ports: { mqtt: number; http: number };
  /** No reading is older: UTC, like 2026-01-31T00:00:00Z. */
  earliest: string;
  holdingMs: number;
  /** File with the token of the HTTP API; without it the token comes from the environment. */
  tokenFile?: string;
  /** A file that is there once a time service has set the clock. */
  clockSynchronisedFile: string;
  devices: { publicKey: string; periodMs: number; revokedFromMs?: number }[];
  batch: Partial<BatchOptions>;
  limits: Partial<GatewayLimits>;
};

/** Where the token of the HTTP API may stand instead of in a file. */
export const TOKEN_VARIABLE = "PONDPROOF_GATEWAY_TOKEN";

const port = { type: "integer", minimum: 0, maximum: 65_535 } as const;
const count = { type: "integer", minimum: 1 } as const;
const countsLike = (defaults: object) => ({
  type: "object",
  additionalProperties: false,
  default: {},
  properties: Object.fromEntries(Object.keys(defaults).map((name) => [name, count])),
});

/** JSON Schema of the configuration file. */
export const CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Pondproof gateway",
  type: "object",
  additionalProperties: false,
  required: ["version", "site", "dataDir", "earliest"],
  properties: {
    version: { const: 1 },
    site: { type: "string", pattern: "^[a-z0-9-]{1,32}$" },
    dataDir: { type: "string", minLength: 1 },
    host: { type: "string", minLength: 1, default: "127.0.0.1" },
    ports: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: { mqtt: { ...port, default: 1883 }, http: { ...port, default: 8081 } },
    },
    earliest: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$" },
    holdingMs: { ...count, default: 3_600_000 },
    tokenFile: { type: "string", minLength: 1 },
    clockSynchronisedFile: { type: "string", minLength: 1, default: TIMESYNCD_FILE },
    devices: {
      type: "array",
      maxItems: 1_000,
      default: [],
      items: {
        type: "object",
        additionalProperties: false,
        required: ["publicKey", "periodMs"],
        properties: {
          publicKey: { type: "string", pattern: "^0x[0-9a-f]{128}$" },
          periodMs: { type: "integer", minimum: 1, maximum: 86_400_000 },
          revokedFromMs: { type: "integer", minimum: 0 },
        },
      },
    },
    batch: countsLike(DEFAULT_BATCH),
    limits: countsLike(DEFAULT_LIMITS),
  },
} as const;

/**
 * The configuration in a file's text.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseConfig(text: string): GatewayConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PondproofError("CONFIG_INVALID", { mistakes: [`not JSON: ${(cause as Error).message}`] });
  }
  const validate = new Ajv({ allErrors: true, useDefaults: true, strict: true }).compile<GatewayConfig>(
    CONFIG_SCHEMA,
  );
  const mistakes = validate(json) ? [] : (validate.errors ?? []).map(describe);
  const { earliest } = (json ?? {}) as { earliest?: unknown };
  if (typeof earliest === "string" && Number.isNaN(Date.parse(earliest)))
    mistakes.push("/earliest: is no date");
  if (mistakes.length > 0) throw new PondproofError("CONFIG_INVALID", { mistakes });
  return json as GatewayConfig;
}

function describe({ instancePath, message, keyword, params }: ErrorObject): string {
  const what = keyword === "additionalProperties" ? `unknown key "${params.additionalProperty}"` : message;
  const allowed = keyword === "const" ? ` ${JSON.stringify(params.allowedValue)}` : "";
  return `${instancePath || "/"}: ${what}${allowed}`;
}
