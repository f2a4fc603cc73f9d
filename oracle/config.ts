import { CONFIG_PARTS, parseConfigFile, type SecretSource } from "../service/config-file.ts";
import { MAX_BATCH } from "./anchoring.ts";

const { path, secret, url } = CONFIG_PARTS;

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
 * The oracle's configuration in a file's text.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseConfig(text: string): OracleConfig {
  return parseConfigFile<OracleConfig>(CONFIG_SCHEMA, text);
}
