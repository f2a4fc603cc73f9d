import { Ajv, type ErrorObject } from "ajv";
import { PondproofError } from "../protocol/errors.ts";
import { MAX_BATCH } from "./anchoring.ts";

/** Where a secret stands: in a file, or in a variable of the environment. */
export type SecretSource = { file: string } | { env: string };

/** The oracle's configuration file, with its defaults filled in. */
export type OracleConfig = {
  version: 1;
  /** File with the deployment document. */
  deployment: string;
  /** Nodes of the ledger, in the order in which they are asked; without any, the deployment's. */
  rpc: string[];
  feed: { url: string; token: SecretSource };
  operatorKey: SecretSource;
  agentKey?: SecretSource;
  dataDir: string;
  host: string;
  port: number;
  /** Tokens of those who may read the archive. */
  auditorTokens: SecretSource[];
  batch: { maxReadings: number; maxAgeSeconds: number };
  pollIntervalMs: number;
  collectForHolder: boolean;
};

const path = { type: "string", minLength: 1 } as const;
const secret = {
  type: "object",
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: { file: path, env: { type: "string", pattern: "^[A-Z][A-Z0-9_]*$" } },
} as const;
const url = { type: "string", pattern: "^https?://" } as const;

/** JSON Schema of the configuration file. */
export const CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Pondproof oracle",
  type: "object",
  additionalProperties: false,
  required: ["version", "deployment", "feed", "operatorKey", "dataDir", "auditorTokens"],
  properties: {
    version: { const: 1 },
    deployment: path,
    rpc: { type: "array", items: url, maxItems: 8, default: [] },
    feed: {
      type: "object",
      additionalProperties: false,
      required: ["url", "token"],
      properties: { url, token: secret },
    },
    operatorKey: secret,
    agentKey: secret,
    dataDir: path,
    host: { type: "string", minLength: 1, default: "127.0.0.1" },
    port: { type: "integer", minimum: 0, maximum: 65_535, default: 8082 },
    auditorTokens: { type: "array", items: secret, minItems: 1, maxItems: 100 },
    batch: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        maxReadings: { type: "integer", minimum: 1, maximum: MAX_BATCH, default: MAX_BATCH },
        maxAgeSeconds: { type: "integer", minimum: 1, maximum: 86_400, default: 600 },
      },
    },
    pollIntervalMs: { type: "integer", minimum: 10, maximum: 60_000, default: 1_000 },
    collectForHolder: { type: "boolean", default: true },
  },
} as const;

/**
 * The configuration in a file's text.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseConfig(text: string): OracleConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PondproofError("CONFIG_INVALID", { mistakes: [`not JSON: ${(cause as Error).message}`] });
  }
  const validate = new Ajv({ allErrors: true, useDefaults: true, strict: true }).compile<OracleConfig>(
    CONFIG_SCHEMA,
  );
  if (validate(json)) return json;
  throw new PondproofError("CONFIG_INVALID", { mistakes: (validate.errors ?? []).map(describe) });
}

function describe({ instancePath, message, keyword, params }: ErrorObject): string {
  const what = keyword === "additionalProperties" ? `unknown key "${params.additionalProperty}"` : message;
  const allowed = keyword === "const" ? ` ${JSON.stringify(params.allowedValue)}` : "";
  return `${instancePath || "/"}: ${what}${allowed}`;
}
