import { CONFIG_PARTS, parseConfigFile, type SecretSource } from "../../service/config-file.ts";
import { createSecretReader, KEY, TOKEN } from "../../service/secrets.ts";
import { SPECIES } from "../api.ts";
import type { Directory } from "./directory.ts";

type PartConfig = { url: string; token: SecretSource };

/** The portal's configuration file, with its defaults filled in. */
export type PortalConfig = {
  version: 1;
  /** File with the deployment document. */
  deployment: string;
  /** Nodes of the ledger, in the order in which they are asked; without any, the deployment's. */
  rpc: string[];
  gateway: PartConfig;
  oracle: PartConfig;
  watcher?: PartConfig;
  host: string;
  port: number;
  /** Address of the page, where people reach it by another than a loopback name: behind a proxy with TLS. */
  origin?: string;
  /** File with sessions, who read what, and personal data; without one they end with the program. */
  database?: string;
  /**
   * Alarms for closed pages: the file with the portal's keys towards push services, made where it is not there; where its
   * operator can be reached by them; and their hosts, where they are others than those of the large browsers.
   */
  push?: { keys: string; contact: string; hosts?: string[] };
  /** Key of the account that sends, and pays for, what farmers sign; it needs coins and no role. */
  relayKey?: SecretSource;
  directory: Directory;
};

const { path, secret, url } = CONFIG_PARTS;
const exactly = (properties: Record<string, object>) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});
const part = exactly({ url, token: secret });
const text = { type: "string", minLength: 1, maxLength: 200 } as const;
const names = exactly({ en: text, zh: text });
const id = { type: "string", pattern: "^[a-z0-9-]{1,64}$" } as const;
const positive = { type: "number", exclusiveMinimum: 0 } as const;

/** JSON Schema of the configuration file. */
export const CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Pondproof portal",
  type: "object",
  additionalProperties: false,
  required: ["version", "deployment", "gateway", "oracle", "directory"],
  properties: {
    version: { const: 1 },
    deployment: path,
    rpc: { type: "array", items: url, maxItems: 8, default: [] },
    gateway: part,
    oracle: part,
    watcher: part,
    host: { type: "string", minLength: 1, default: "127.0.0.1" },
    port: { type: "integer", minimum: 0, maximum: 65_535, default: 8080 },
    origin: url,
    database: path,
    relayKey: secret,
    push: {
      type: "object",
      additionalProperties: false,
      required: ["keys", "contact"],
      properties: {
        keys: path,
        contact: { type: "string", pattern: "^(mailto:|https://).{3,200}$" },
        hosts: {
          type: "array",
          minItems: 1,
          maxItems: 32,
          items: { type: "string", pattern: "^(\\*\\.)?[a-z0-9.-]{3,200}(:[0-9]{1,5})?$" },
        },
      },
    },
    directory: exactly({
      site: exactly({
        name: names,
        timeZone: text,
        latitude: { type: "number", minimum: -90, maximum: 90 },
        longitude: { type: "number", minimum: -180, maximum: 180 },
      }),
      institutions: {
        type: "array",
        maxItems: 100,
        default: [],
        items: exactly({ account: { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" }, name: names }),
      },
      farms: { type: "array", minItems: 1, maxItems: 1_000, items: exactly({ id, name: names }) },
      ponds: {
        type: "array",
        minItems: 1,
        maxItems: 10_000,
        items: exactly({
          id,
          farm: id,
          name: names,
          areaMu: positive,
          depthM: positive,
          species: { enum: SPECIES },
          ledgerId: { type: "string", pattern: "^0x[0-9a-f]{64}$" },
          probes: {
            type: "array",
            minItems: 1,
            maxItems: 16,
            items: { type: "string", pattern: "^[0-9a-f]{16}$" },
          },
        }),
      },
    }),
  },
} as const;

/**
 * The configuration in a file's text.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseConfig(file: string): PortalConfig {
  return parseConfigFile<PortalConfig>(CONFIG_SCHEMA, file);
}

/** The tokens, and the key, that a configuration names. */
export type PortalTokens = {
  gateway: string;
  oracle: string;
  watcher: string | undefined;
  relayKey: string | undefined;
};

/**
 * Reads all tokens of a configuration.
 * @throws CONFIG_INVALID with all mistakes
 */
export async function readTokens(config: PortalConfig, env: NodeJS.ProcessEnv): Promise<PortalTokens> {
  const { read, finish } = createSecretReader(env);
  const tokens: PortalTokens = {
    gateway: await read("/gateway/token", config.gateway.token, TOKEN),
    oracle: await read("/oracle/token", config.oracle.token, TOKEN),
    watcher: config.watcher && (await read("/watcher/token", config.watcher.token, TOKEN)),
    relayKey: config.relayKey && (await read("/relayKey", config.relayKey, KEY)),
  };
  finish();
  return tokens;
}
