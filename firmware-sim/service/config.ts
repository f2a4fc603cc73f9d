import { Ajv } from "ajv";
import { PondproofError } from "../../protocol/errors.ts";
import type { MetricName } from "../../protocol/record.ts";
import { describeMistake } from "../../service/config-file.ts";
import { EZO_BOARDS, type EzoBoardName } from "../probes/ezo-boards.ts";
import type { WaterSwitch } from "../probes/instrument-source.ts";
import type { TextPlace } from "../probes/text-value.ts";
import type { LineSettings } from "../serial/line.ts";
import { READER_CONFIG_SCHEMA } from "./config-schema.ts";

export type LineConfig = LineSettings & { name: string; timeoutMs: number };

export type InstrumentConfig =
  | {
      kind: "ezo";
      name: string;
      line: string;
      board: EzoBoardName;
      timeoutMs?: number;
      temperatureC?: number;
      temperatureFromProbe?: boolean;
      salinityUsPerCm?: number;
      pressureKpa?: number;
    }
  | {
      kind: "modbus";
      name: string;
      line: string;
      slave: number;
      map: string;
      metrics?: MetricName[];
      pressureAtm?: number;
    }
  | ({
      kind: "value";
      name: string;
      metric: MetricName;
      scale?: number;
      offset?: number;
      range: [number, number];
    } & TextPlace);

export type SignerConfig = { file: string } | { command: [string, ...string[]]; timeoutMs?: number };

export type ProbeConfig = {
  name: string;
  periodMs: number;
  phaseMs?: number;
  signer?: SignerConfig;
  calibration?: { everyDays: number };
  outOfWater?: WaterSwitch;
  instruments?: InstrumentConfig[];
  controller?: { line: string; publicKey: string; metrics: MetricName[] };
  replay?: { file: string; map: string };
};

/** The reader's configuration file, with its defaults filled in. */
export type ReaderConfig = {
  version: 1;
  site: string;
  dataDir: string;
  gateway: {
    url: string;
    caFile?: string;
    certificateFile?: string;
    keyFile?: string;
    timeoutMs: number;
    resendAfterMs: number;
  };
  clockSynchronisedFile: string;
  outbox: { maxBytes: number };
  lines: LineConfig[];
  probes: ProbeConfig[];
};

const validate = new Ajv({
  allErrors: true,
  useDefaults: true,
  strict: true,
  // The branches of a `oneOf` require what stands beside it.
  strictRequired: false,
  discriminator: true,
}).compile<ReaderConfig>(READER_CONFIG_SCHEMA);

/**
 * The configuration in a file's text.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseReaderConfig(text: string): ReaderConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PondproofError("CONFIG_INVALID", { mistakes: [`not JSON: ${(cause as Error).message}`] });
  }
  const mistakes = validate(json)
    ? contradictions(json as ReaderConfig)
    : [...new Set((validate.errors ?? []).map(describeMistake))];
  if (mistakes.length > 0) throw new PondproofError("CONFIG_INVALID", { mistakes });
  return json as ReaderConfig;
}

/** What a schema cannot see: names that mean nothing or two things, and parts that exclude each other. */
function contradictions(config: ReaderConfig): string[] {
  const { lines, probes, gateway } = config;
  return [
    ...repeated(
      "/lines",
      lines.map(({ name }) => name),
    ),
    ...repeated(
      "/lines",
      lines.map(({ path }) => path),
    ),
    ...repeated(
      "/probes",
      probes.map(({ name }) => name),
    ),
    ...((gateway.certificateFile === undefined) === (gateway.keyFile === undefined)
      ? []
      : ["/gateway: certificateFile and keyFile belong together"]),
    ...(gateway.url.startsWith("mqtt:") && (gateway.caFile ?? gateway.keyFile) !== undefined
      ? ["/gateway/url: certificates need mqtts://"]
      : []),
    ...probes.flatMap((probe, i) => probeContradictions(probe, `/probes/${i}`)),
    ...lineContradictions(config),
  ];
}

function probeContradictions(probe: ProbeConfig, at: string): string[] {
  const sources = [probe.instruments, probe.controller, probe.replay].filter((part) => part !== undefined);
  const instruments = probe.instruments ?? [];
  const measured = instruments.flatMap(metricsOf);
  return [
    ...(sources.length === 1 ? [] : [`${at}: needs one of instruments, controller and replay`]),
    ...(probe.controller !== undefined && probe.signer !== undefined
      ? [`${at}/signer: a controller signs by itself`]
      : []),
    ...(probe.controller === undefined && probe.signer === undefined ? [`${at}: needs a signer`] : []),
    ...(probe.outOfWater !== undefined && probe.instruments === undefined
      ? [`${at}/outOfWater: belongs to instruments`]
      : []),
    ...repeated(
      `${at}/instruments`,
      instruments.map(({ name }) => name),
    ),
    ...repeated(`${at}/instruments: metrics`, measured),
    ...instruments.flatMap((instrument, i) => {
      if (instrument.kind !== "ezo") return [];
      const path = `${at}/instruments/${i}`;
      return [
        ...(instrument.salinityUsPerCm !== undefined && instrument.board !== "oxygen"
          ? [`${path}/salinityUsPerCm: only an oxygen board takes it`]
          : []),
        ...(instrument.pressureKpa !== undefined && instrument.board !== "oxygen"
          ? [`${path}/pressureKpa: only an oxygen board takes it`]
          : []),
        ...(instrument.temperatureFromProbe && instrument.temperatureC !== undefined
          ? [`${path}: temperatureC and temperatureFromProbe exclude each other`]
          : []),
        ...(instrument.temperatureFromProbe && !mayMeasureTemperature(instruments)
          ? [`${path}/temperatureFromProbe: no instrument of the probe measures temperature`]
          : []),
      ];
    }),
  ];
}

/** What an instrument says that it measures; a Modbus map without `metrics` is known only when it is read. */
function metricsOf(instrument: InstrumentConfig): MetricName[] {
  switch (instrument.kind) {
    case "ezo":
      return [EZO_BOARDS[instrument.board].metric];
    case "modbus":
      return instrument.metrics ?? [];
    case "value":
      return [instrument.metric];
  }
}

function mayMeasureTemperature(instruments: readonly InstrumentConfig[]): boolean {
  return instruments.some(
    (instrument) =>
      metricsOf(instrument).includes("temperature") ||
      (instrument.kind === "modbus" && instrument.metrics === undefined),
  );
}

/** A board and a controller have their line for themselves; Modbus slaves share one, each with a number of its own. */
function lineContradictions({ lines, probes }: ReaderConfig): string[] {
  const uses = probes.flatMap((probe, i) => [
    ...(probe.controller === undefined
      ? []
      : [{ at: `/probes/${i}/controller`, line: probe.controller.line, slave: undefined }]),
    ...(probe.instruments ?? []).flatMap((instrument, j) =>
      instrument.kind === "value"
        ? []
        : [
            {
              at: `/probes/${i}/instruments/${j}`,
              line: instrument.line,
              slave: instrument.kind === "modbus" ? instrument.slave : undefined,
            },
          ],
    ),
  ]);
  return [
    ...uses.flatMap(({ at, line }) =>
      lines.some(({ name }) => name === line) ? [] : [`${at}/line: there is no line "${line}"`],
    ),
    ...lines.flatMap(({ name }) => {
      const mine = uses.filter(({ line }) => line === name);
      const slaves = mine.flatMap(({ slave }) => (slave === undefined ? [] : [`${slave}`]));
      if (slaves.length < mine.length && mine.length > 1)
        return [
          `${mine[1]!.at}/line: "${name}" serves another already, and only Modbus slaves can share one`,
        ];
      return repeated(`line "${name}": slaves`, slaves);
    }),
  ];
}

function repeated(at: string, names: readonly string[]): string[] {
  const twice = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  return [...twice].map((name) => `${at}: "${name}" stands twice`);
}
