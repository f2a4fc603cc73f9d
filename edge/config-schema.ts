import { TIMESYNCD_FILE } from "./clock-trust.ts";
import { DEFAULT_BATCH, DEFAULT_LIMITS } from "./options.ts";

const port = { type: "integer", minimum: 0, maximum: 65_535 } as const;
const count = { type: "integer", minimum: 1 } as const;
const text = { type: "string", minLength: 1, maxLength: 1_024 } as const;
const positive = { type: "number", exclusiveMinimum: 0, maximum: 1_000 } as const;
const name = { type: "string", pattern: "^[a-z0-9-]{1,32}$" } as const;
const device = { type: "string", pattern: "^[0-9a-f]{16}$" } as const;

const exactly = <P extends Record<string, object>>(properties: P, required: (keyof P & string)[] = []) =>
  ({ type: "object", additionalProperties: false, required, properties }) as const;
const countsLike = (defaults: object) => ({
  ...exactly(Object.fromEntries(Object.keys(defaults).map((key) => [key, count]))),
  default: {},
});

const secret = {
  ...exactly({ file: text, env: { type: "string", pattern: "^[A-Z][A-Z0-9_]*$" } }),
  minProperties: 1,
  maxProperties: 1,
} as const;
const tls = exactly({ ca: text, cert: text, key: text }, ["ca", "cert", "key"]);
const brokerTls = exactly({ ca: text, crl: text, cert: text, key: text }, ["ca", "cert", "key"]);
const oxygenLevels = exactly({ watch: positive, warning: positive, danger: positive }, [
  "watch",
  "warning",
  "danger",
]);

/** JSON Schema of the configuration file. */
export const CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Pondproof gateway",
  ...exactly(
    {
      version: { const: 2 },
      site: name,
      dataDir: text,
      earliest: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$" },
      holdingMs: { ...count, default: 3_600_000 },
      http: {
        ...exactly(
          { host: { ...text, default: "127.0.0.1" }, port: { ...port, default: 8081 }, token: secret },
          ["token"],
        ),
      },
      broker: {
        ...exactly({
          host: { ...text, default: "127.0.0.1" },
          port: { ...port, default: 1883 },
          tls: brokerTls,
          observerToken: secret,
        }),
        default: {},
      },
      outsideBroker: exactly({ url: { type: "string", pattern: "^mqtts?://" }, tls }, ["url"]),
      homeAssistant: { type: "boolean", default: false },
      clockSynchronisedFile: { ...text, default: TIMESYNCD_FILE },
      utcOffsetMinutes: { type: "integer", minimum: -720, maximum: 840, default: 480 },
      devices: {
        type: "array",
        maxItems: 1_000,
        default: [],
        items: exactly(
          {
            publicKey: { type: "string", pattern: "^0x[0-9a-f]{128}$" },
            periodMs: { type: "integer", minimum: 1, maximum: 86_400_000 },
            revokedFromMs: { type: "integer", minimum: 0 },
          },
          ["publicKey", "periodMs"],
        ),
      },
      ponds: {
        type: "array",
        maxItems: 1_000,
        default: [],
        items: exactly({ name, devices: { type: "array", maxItems: 16, items: device }, oxygenLevels }, [
          "name",
          "devices",
        ]),
      },
      alarms: {
        ...exactly({
          rules: exactly({
            oxygenLevels,
            hysteresisMgPerL: positive,
            aeratorOnAmps: positive,
            currentMs: count,
          }),
          targets: {
            type: "array",
            maxItems: 16,
            items: exactly(
              {
                name,
                afterMs: { type: "integer", minimum: 0, maximum: 86_400_000 },
                url: { type: "string", pattern: "^https?://", maxLength: 1_024 },
                secret,
              },
              ["name", "afterMs", "url", "secret"],
            ),
          },
        }),
        default: {},
      },
      keepAlarmsDays: { ...count, default: 400 },
      influx: exactly(
        {
          url: { type: "string", pattern: "^https?://" },
          database: name,
          username: text,
          password: secret,
          retentionDays: { type: "integer", minimum: 0, maximum: 36_500, default: 0 },
          createDatabase: { type: "boolean", default: true },
        },
        ["url", "database"],
      ),
      minFreeMegabytes: { ...count, default: 256 },
      batch: countsLike(DEFAULT_BATCH),
      limits: countsLike(DEFAULT_LIMITS),
    },
    ["version", "site", "dataDir", "earliest", "http"],
  ),
} as const;
