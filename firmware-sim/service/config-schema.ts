import { METRICS } from "../../protocol/record.ts";
import { EZO_BOARDS } from "../probes/ezo-boards.ts";

const name = { type: "string", pattern: "^[a-z0-9-]{1,32}$" } as const;
const path = { type: "string", minLength: 1, maxLength: 1_000 } as const;
const metric = { enum: METRICS.map(({ name }) => name) } as const;
const metrics = { type: "array", minItems: 1, uniqueItems: true, items: metric } as const;
const number = { type: "number" } as const;
const command = {
  type: "array",
  minItems: 1,
  maxItems: 32,
  items: { type: "string", minLength: 1 },
} as const;
const milliseconds = (minimum: number, maximum: number) => ({ type: "integer", minimum, maximum }) as const;

/** An object that knows no other keys. */
const closed = <Properties extends object>(
  required: (keyof Properties & string)[],
  properties: Properties,
) => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});

const ezo = closed(["kind", "name", "line", "board"], {
  kind: { const: "ezo" },
  name,
  line: name,
  board: { enum: Object.keys(EZO_BOARDS) },
  timeoutMs: milliseconds(100, 60_000),
  temperatureC: { ...number, minimum: -5, maximum: 60 },
  temperatureFromProbe: { type: "boolean" },
  salinityUsPerCm: { ...number, minimum: 0, maximum: 100_000 },
  pressureKpa: { ...number, minimum: 50, maximum: 115 },
});
const modbus = closed(["kind", "name", "line", "slave", "map"], {
  kind: { const: "modbus" },
  name,
  line: name,
  slave: { type: "integer", minimum: 1, maximum: 247 },
  map: {
    ...path,
    description: "Name of a map that comes with the reader, or path of a .json file of your own.",
  },
  metrics,
  pressureAtm: { ...number, minimum: 0.5, maximum: 1.1 },
});
const value = closed(["kind", "name", "metric", "range"], {
  kind: { const: "value" },
  name,
  metric,
  file: path,
  command,
  timeoutMs: milliseconds(100, 60_000),
  scale: number,
  offset: number,
  range: { type: "array", minItems: 2, maxItems: 2, items: number },
});

const probe = closed(["name", "periodMs"], {
  name,
  periodMs: milliseconds(1_000, 86_400_000),
  phaseMs: milliseconds(0, 86_400_000),
  signer: {
    description: "Who signs: a key file, made where there is none, or a command that holds the key.",
    ...closed([], { file: path, command, timeoutMs: milliseconds(100, 60_000) }),
    oneOf: [{ required: ["file"] }, { required: ["command"] }],
  },
  calibration: closed(["everyDays"], { everyDays: { type: "integer", minimum: 1, maximum: 3_650 } }),
  outOfWater: {
    ...closed(["outWhen"], {
      outWhen: { type: "string", maxLength: 64 },
      file: path,
      command,
      timeoutMs: milliseconds(100, 60_000),
    }),
    oneOf: [{ required: ["file"] }, { required: ["command"] }],
  },
  instruments: {
    type: "array",
    minItems: 1,
    maxItems: 16,
    items: {
      type: "object",
      required: ["kind"],
      discriminator: { propertyName: "kind" },
      oneOf: [ezo, modbus, { ...value, oneOf: [{ required: ["file"] }, { required: ["command"] }] }],
    },
  },
  controller: {
    description: "A microcontroller that signs by itself, instead of signer and instruments.",
    ...closed(["line", "publicKey", "metrics"], {
      line: name,
      publicKey: { type: "string", pattern: "^0x[0-9a-f]{128}$" },
      metrics,
    }),
  },
  replay: {
    description: "A recording instead of instruments; its records say so in their flags.",
    ...closed(["file", "map"], { file: path, map: { type: "string", minLength: 1 } }),
  },
});

/** JSON Schema of the reader's configuration file. */
export const READER_CONFIG_SCHEMA = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Pondproof reader",
  ...closed(["version", "site", "dataDir", "gateway", "probes"], {
    version: { const: 1 },
    site: { ...name, description: "The gateway's site." },
    dataDir: { ...path, description: "Folder of the outbox, the numbers and the calibrations." },
    gateway: closed(["url"], {
      url: { type: "string", pattern: "^mqtts?://[^/@\\s]+$" },
      caFile: path,
      certificateFile: path,
      keyFile: path,
      timeoutMs: { ...milliseconds(1_000, 600_000), default: 10_000 },
      resendAfterMs: { ...milliseconds(1_000, 3_600_000), default: 30_000 },
    }),
    clockSynchronisedFile: {
      ...path,
      description: "A file that is there once a time service has set the clock.",
      default: "/run/systemd/timesync/synchronized",
    },
    outbox: {
      ...closed([], { maxBytes: { type: "integer", minimum: 16_000, default: 300_000_000 } }),
      default: {},
    },
    lines: {
      type: "array",
      maxItems: 64,
      default: [],
      items: closed(["name", "path"], {
        name,
        path,
        baudRate: { type: "integer", minimum: 300, maximum: 3_000_000, default: 9_600 },
        parity: { enum: ["none", "even", "odd"], default: "none" },
        stopBits: { enum: [1, 2], default: 1 },
        timeoutMs: { ...milliseconds(50, 60_000), default: 1_000, description: "For Modbus slaves." },
      }),
    },
    probes: { type: "array", minItems: 1, maxItems: 256, items: probe },
  }),
} as const;
