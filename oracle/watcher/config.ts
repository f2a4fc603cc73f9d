import { CONFIG_PARTS, parseConfigFile, type SecretSource } from "../../service/config-file.ts";
import { createSecretReader, KEY, TOKEN } from "../../service/secrets.ts";

/** A watcher's configuration file, with its defaults filled in. */
export type WatcherConfig = {
  version: 1;
  /** File with the deployment document. */
  deployment: string;
  /** Nodes of the ledger, in the order in which they are asked; without any, the deployment's. */
  rpc: string[];
  /** The key that challenges; its account needs coins for gas. */
  key: SecretSource;
  /** The operator's archive, which alone can show his trees. */
  archive: { url: string; token: SecretSource };
  /** Folder of a replica, which is asked for raw bytes before the archive. */
  replica?: string;
  /** A gateway whose readings are compared with the anchored ones. */
  gateway?: { url: string; token: SecretSource };
  dataDir: string;
  host: string;
  port: number;
  /** Tokens of those who may read status and metrics. */
  tokens: SecretSource[];
  pollIntervalMs: number;
};

const { path, secret, url } = CONFIG_PARTS;
const part = {
  type: "object",
  additionalProperties: false,
  required: ["url", "token"],
  properties: { url, token: secret },
} as const;

/** JSON Schema of the configuration file. */
export const WATCHER_CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Pondproof watcher",
  type: "object",
  additionalProperties: false,
  required: ["version", "deployment", "key", "archive", "dataDir", "tokens"],
  properties: {
    version: { const: 1 },
    deployment: path,
    rpc: { type: "array", items: url, maxItems: 8, default: [] },
    key: secret,
    archive: part,
    replica: path,
    gateway: part,
    dataDir: path,
    host: { type: "string", minLength: 1, default: "127.0.0.1" },
    port: { type: "integer", minimum: 0, maximum: 65_535, default: 8083 },
    tokens: { type: "array", items: secret, minItems: 1, maxItems: 100 },
    pollIntervalMs: { type: "integer", minimum: 10, maximum: 600_000, default: 5_000 },
  },
} as const;

/**
 * A watcher's configuration in a file's text.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseWatcherConfig(text: string): WatcherConfig {
  return parseConfigFile<WatcherConfig>(WATCHER_CONFIG_SCHEMA, text);
}

/** What a watcher needs to know and nobody else may. */
export type WatcherSecrets = {
  key: string;
  archiveToken: string;
  gatewayToken: string | undefined;
  tokens: string[];
};

/**
 * Reads all secrets of a watcher's configuration.
 * @throws CONFIG_INVALID with all mistakes
 */
export async function readWatcherSecrets(
  config: WatcherConfig,
  env: NodeJS.ProcessEnv,
): Promise<WatcherSecrets> {
  const { read, finish } = createSecretReader(env);
  const secrets: WatcherSecrets = {
    key: await read("/key", config.key, KEY),
    archiveToken: await read("/archive/token", config.archive.token, TOKEN),
    gatewayToken: config.gateway && (await read("/gateway/token", config.gateway.token, TOKEN)),
    tokens: await Promise.all(config.tokens.map((source, i) => read(`/tokens/${i}`, source, TOKEN))),
  };
  finish();
  return secrets;
}
