import { WEATHER_METRICS, type WeatherMetric } from "../../protocol/weather.ts";
import { CONFIG_PARTS, parseConfigFile, type SecretSource } from "../../service/config-file.ts";
import { createSecretReader, KEY, TOKEN } from "../../service/secrets.ts";

/** A reporter's configuration file, with its defaults filled in. */
export type FeedsConfig = {
  version: 1;
  /** File with the deployment document. */
  deployment: string;
  /** Nodes of the ledger, in the order in which they are asked; without any, the deployment's. */
  rpc: string[];
  /** The reporter's key, one of those that the registry of feeds names; its account needs coins for gas. */
  key: SecretSource;
  /** Places whose weather is fetched, and the feeds of the ledger that it is posted to. */
  openMeteo: {
    latitudeDeg: number;
    longitudeDeg: number;
    url?: string;
    feeds: { source: string; metric: WeatherMetric }[];
  }[];
  qweather: { location: string; url: string; key: SecretSource }[];
  xinfadi: { variety: string; url?: string }[];
  /** The other reporters. */
  peers: { url: string; token: SecretSource }[];
  dataDir: string;
  host: string;
  port: number;
  /** Tokens of those who may read status, metrics, reports and answers. */
  tokens: SecretSource[];
  waitForAllSeconds: number;
  pollIntervalMs: number;
};

const { path, secret, url } = CONFIG_PARTS;
const name = { type: "string", minLength: 1, maxLength: 200 } as const;

function listOf(required: readonly string[], properties: object, maxItems: number) {
  const items = { type: "object", additionalProperties: false, required, properties };
  return { type: "array", maxItems, default: [], items };
}

/** JSON Schema of the configuration file. */
export const FEEDS_CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Pondproof reporter of weather and prices",
  type: "object",
  additionalProperties: false,
  required: ["version", "deployment", "key", "dataDir", "tokens"],
  properties: {
    version: { const: 1 },
    deployment: path,
    rpc: { type: "array", items: url, maxItems: 8, default: [] },
    key: secret,
    openMeteo: listOf(
      ["latitudeDeg", "longitudeDeg"],
      {
        latitudeDeg: { type: "number", minimum: -90, maximum: 90 },
        longitudeDeg: { type: "number", minimum: -180, maximum: 180 },
        url,
        feeds: listOf(["source", "metric"], { source: name, metric: { enum: WEATHER_METRICS } }, 8),
      },
      100,
    ),
    qweather: listOf(["location", "url", "key"], { location: name, url, key: secret }, 100),
    xinfadi: listOf(["variety"], { variety: name, url }, 20),
    peers: listOf(["url", "token"], { url, token: secret }, 14),
    dataDir: path,
    host: { type: "string", minLength: 1, default: "127.0.0.1" },
    port: { type: "integer", minimum: 0, maximum: 65_535, default: 8084 },
    tokens: { type: "array", items: secret, minItems: 1, maxItems: 100 },
    waitForAllSeconds: { type: "integer", minimum: 0, maximum: 86_400, default: 600 },
    pollIntervalMs: { type: "integer", minimum: 10, maximum: 3_600_000, default: 60_000 },
  },
} as const;

/**
 * A reporter's configuration in a file's text.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseFeedsConfig(text: string): FeedsConfig {
  return parseConfigFile<FeedsConfig>(FEEDS_CONFIG_SCHEMA, text);
}

/** What a reporter needs to know and nobody else may; lists in the order of the configuration's. */
export type FeedsSecrets = { key: string; qweatherKeys: string[]; peerTokens: string[]; tokens: string[] };

/** What providers give out as keys. */
const PROVIDER_KEY = { pattern: /^[\x21-\x7e]{8,2048}$/, what: "a key of 8 to 2048 characters" };

/**
 * Reads all secrets of a reporter's configuration.
 * @throws CONFIG_INVALID with all mistakes
 */
export async function readFeedsSecrets(config: FeedsConfig, env: NodeJS.ProcessEnv): Promise<FeedsSecrets> {
  const { read, finish } = createSecretReader(env);
  const each = (sources: readonly SecretSource[], at: (i: number) => string, form: typeof KEY) =>
    Promise.all(sources.map((source, i) => read(at(i), source, form)));
  const secrets = {
    key: await read("/key", config.key, KEY),
    qweatherKeys: await each(
      config.qweather.map(({ key }) => key),
      (i) => `/qweather/${i}/key`,
      PROVIDER_KEY,
    ),
    peerTokens: await each(
      config.peers.map(({ token }) => token),
      (i) => `/peers/${i}/token`,
      TOKEN,
    ),
    tokens: await each(config.tokens, (i) => `/tokens/${i}`, TOKEN),
  };
  finish();
  return secrets;
}
