import { Ajv } from "ajv";
import { PondproofError } from "../protocol/errors.ts";
import { describeMistake, type SecretSource } from "../service/config-file.ts";
import type { BatchOptions } from "./admission.ts";
import type { AlarmRules } from "./alarms/watch.ts";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import type { InfluxOptions } from "./influx-view.ts";
import type { GatewayLimits } from "./options.ts";
import type { Pond } from "./ponds.ts";

/** Files of certificates, PEM. */
export type TlsFiles = { ca: string; cert: string; key: string };
/** A broker's: `crl` is the authority's list of revoked certificates. */
export type BrokerTlsFiles = TlsFiles & { crl?: string };

/** The gateway's configuration file, with its defaults filled in. */
export type GatewayConfig = {
  version: 2;
  site: string;
  /** Folder of the store. */
  dataDir: string;
  /** No reading is older: UTC, like 2026-01-31T00:00:00Z. */
  earliest: string;
  holdingMs: number;
  http: { host: string; port: number; token: SecretSource };
  /** The gateway's own broker, unless there is one outside. */
  broker: { host: string; port: number; tls?: BrokerTlsFiles; observerToken?: SecretSource };
  outsideBroker?: { url: string; tls?: TlsFiles };
  homeAssistant: boolean;
  /** A file that a time service touches whenever it has set the clock. */
  clockSynchronisedFile: string;
  utcOffsetMinutes: number;
  devices: { publicKey: string; periodMs: number; revokedFromMs?: number }[];
  ponds: Pond[];
  alarms: {
    rules?: Partial<AlarmRules>;
    targets?: { name: string; afterMs: number; url: string; secret: SecretSource }[];
  };
  keepAlarmsDays: number;
  influx?: Omit<InfluxOptions, "password"> & { password?: SecretSource };
  minFreeMegabytes: number;
  batch: Partial<BatchOptions>;
  limits: Partial<GatewayLimits>;
};

/** Where the token of the HTTP API stands when a file of version 1 does not say. */
const TOKEN_VARIABLE = "PONDPROOF_GATEWAY_TOKEN";

/** What leads from each version of the file, beginning with 1, to the next. */
const MIGRATIONS: readonly ((old: Record<string, unknown>) => Record<string, unknown>)[] = [
  ({ host, ports, tokenFile, ...rest }) => {
    const { mqtt, http } = (ports ?? {}) as { mqtt?: unknown; http?: unknown };
    const known = (object: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
    const token = tokenFile === undefined ? { env: TOKEN_VARIABLE } : { file: tokenFile };
    return {
      ...rest,
      version: 2,
      http: known({ host, port: http, token }),
      broker: known({ host, port: mqtt }),
    };
  },
];

/**
 * The configuration in a file's text, of this or an earlier version.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseConfig(text: string): GatewayConfig {
  const json = migrateConfig(text);
  const validate = new Ajv({ allErrors: true, useDefaults: true, strict: true }).compile<GatewayConfig>(
    CONFIG_SCHEMA,
  );
  const mistakes = validate(json) ? crossMistakes(json) : (validate.errors ?? []).map(describeMistake);
  const { earliest } = (json ?? {}) as { earliest?: unknown };
  if (typeof earliest === "string" && Number.isNaN(Date.parse(earliest)))
    mistakes.push("/earliest: is no date");
  if (mistakes.length > 0) throw new PondproofError("CONFIG_INVALID", { mistakes });
  return json as GatewayConfig;
}

/**
 * A configuration as this version would write it, unchecked.
 * @throws CONFIG_INVALID when it is no JSON
 */
export function migrateConfig(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PondproofError("CONFIG_INVALID", { mistakes: [`not JSON: ${(cause as Error).message}`] });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const { version } = json as { version?: unknown };
  const steps = typeof version === "number" && version >= 1 ? MIGRATIONS.slice(version - 1) : [];
  return steps.reduce((old, migrate) => migrate(old), json as Record<string, unknown>);
}

/** What no schema says: names that must differ, levels that must fall. */
function crossMistakes({ ponds, alarms }: GatewayConfig): string[] {
  const mistakes: string[] = [];
  const unique = (path: string, names: readonly string[]) => {
    for (const twice of new Set(names.filter((name, i) => names.indexOf(name) !== i)))
      mistakes.push(`${path}: "${twice}" stands there twice`);
  };
  unique(
    "/ponds",
    ponds.map(({ name }) => name),
  );
  unique(
    "/ponds",
    ponds.flatMap(({ devices }) => devices),
  );
  unique("/alarms/targets", alarms.targets?.map(({ name }) => name) ?? []);
  const ladders = [
    ["/alarms/rules/oxygenLevels", alarms.rules?.oxygenLevels],
    ...ponds.map(({ oxygenLevels }, i) => [`/ponds/${i}/oxygenLevels`, oxygenLevels] as const),
  ] as const;
  for (const [path, levels] of ladders)
    if (levels !== undefined && !(levels.watch > levels.warning && levels.warning > levels.danger))
      mistakes.push(`${path}: must fall from watch over warning to danger`);
  return mistakes;
}
