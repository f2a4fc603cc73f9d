import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../protocol/clock.ts";
import { isPondproofError, PondproofError } from "../../protocol/errors.ts";
import type { MetricName } from "../../protocol/record.ts";
import { deviceId } from "../../protocol/signature.ts";
import { openCommandSigner } from "../command-signer.ts";
import { openFileKey, type Signer } from "../key.ts";
import { createEzo } from "../probes/ezo.ts";
import { EZO_BOARDS } from "../probes/ezo-boards.ts";
import type { Instrument } from "../probes/instrument.ts";
import { createModbusProbe } from "../probes/modbus.ts";
import { createModbusBus, type ModbusBus } from "../probes/modbus-bus.ts";
import { readProbeMap } from "../probes/modbus-map.ts";
import { createValueInstrument } from "../probes/value-instrument.ts";
import { createLineKeeper, type LineKeeper, type LineState } from "../serial/line-keeper.ts";
import { serialPort } from "../serial/serial-port.ts";
import type { InstrumentConfig, ProbeConfig, ReaderConfig, SignerConfig } from "./config.ts";

/** The lines of a configuration, and the buses on those that carry Modbus slaves. */
export type Lines = {
  keeper(name: string): LineKeeper;
  bus(name: string): ModbusBus;
  all: readonly LineKeeper[];
};

export function createLines(
  { lines }: ReaderConfig,
  { clock, onState }: { clock: Clock; onState: (line: string, state: LineState) => void },
): Lines {
  const keepers = new Map(
    lines.map((line) => {
      const { name } = line;
      const open = serialPort(line, { clock });
      return [
        name,
        createLineKeeper({ name, open, clock, onState: (state) => onState(name, state) }),
      ] as const;
    }),
  );
  const buses = new Map<string, ModbusBus>();
  const keeper = (name: string) => keepers.get(name)!;
  return {
    keeper,
    bus(name) {
      const { timeoutMs } = lines.find((line) => line.name === name)!;
      const bus = buses.get(name) ?? createModbusBus({ line: keeper(name), clock, timeoutMs });
      buses.set(name, bus);
      return bus;
    },
    all: [...keepers.values()],
  };
}

/**
 * The instrument of a configuration; `folder` is where the configuration file lies.
 * @throws CONFIG_INVALID where its map has mistakes
 */
export async function createInstrument(
  config: InstrumentConfig,
  { lines, clock, folder }: { lines: Lines; clock: Clock; folder: string },
): Promise<Instrument> {
  switch (config.kind) {
    case "ezo":
      return createEzo({ ...config, line: lines.keeper(config.line), clock });
    case "modbus": {
      const map = await readProbeMap(config.map, { folder });
      return createModbusProbe({ ...config, bus: lines.bus(config.line), map, clock });
    }
    case "value":
      return createValueInstrument({ ...config, place: config });
  }
}

/** Reads all that a configuration names beside itself. @throws CONFIG_INVALID with every mistake in it */
export async function checkFiles(config: ReaderConfig, { folder }: { folder: string }): Promise<void> {
  const mistakes: string[] = [];
  for (const [i, { instruments = [] }] of config.probes.entries()) {
    const measured: MetricName[] = [];
    for (const [j, instrument] of instruments.entries()) {
      const at = `/probes/${i}/instruments/${j}`;
      const metrics = await metricsFrom(instrument, { folder }).catch((error: unknown) => {
        if (!isPondproofError(error, "CONFIG_INVALID")) throw error;
        mistakes.push(...(error.facts.mistakes as string[]).map((mistake) => `${at}/map: ${mistake}`));
        return [];
      });
      for (const metric of metrics)
        if (measured.includes(metric))
          mistakes.push(`${at}: another instrument measures ${metric}; choose by "metrics"`);
      measured.push(...metrics);
    }
  }
  const { caFile, certificateFile, keyFile } = config.gateway;
  for (const file of [caFile, certificateFile, keyFile])
    if (file !== undefined)
      await readFile(file).catch(() => mistakes.push(`/gateway: ${file} cannot be read`));
  if (mistakes.length > 0) throw new PondproofError("CONFIG_INVALID", { mistakes });
}

async function metricsFrom(
  instrument: InstrumentConfig,
  { folder }: { folder: string },
): Promise<MetricName[]> {
  switch (instrument.kind) {
    case "ezo":
      return [EZO_BOARDS[instrument.board].metric];
    case "value":
      return [instrument.metric];
    case "modbus": {
      const map = await readProbeMap(instrument.map, { folder });
      const has = [...new Set(map.values.map(({ metric }) => metric))];
      const lacking = (instrument.metrics ?? []).filter((metric) => !has.includes(metric));
      if (lacking.length > 0)
        throw new PondproofError("CONFIG_INVALID", {
          mistakes: [`${map.name} does not measure ${lacking.join(", ")}`],
        });
      return instrument.metrics ?? has;
    }
  }
}

/** Whoever signs for a probe; `isNew` when its key was made just now. */
export type OpenedSigner = { signer: Signer; isNew: boolean; close(): Promise<void> };

/** @throws KEY_FILE_UNSAFE, KEY_FILE_UNUSABLE, SIGNER_FAILED */
export async function openSigner(config: SignerConfig, { clock }: { clock: Clock }): Promise<OpenedSigner> {
  if ("file" in config) {
    const isNew = await readFile(config.file).then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === "ENOENT",
    );
    return { signer: await openFileKey(config.file), isNew, close: async () => {} };
  }
  const signer = await openCommandSigner({ ...config, clock });
  return { signer, isNew: false, close: async () => signer[Symbol.asyncDispose]() };
}

/** Where a device's files lie in the data folder. */
export function deviceFiles({ dataDir }: ReaderConfig, publicKey: Uint8Array) {
  const device = Buffer.from(deviceId(publicKey)).toString("hex");
  return {
    device,
    numbers: join(dataDir, `${device}.numbers`),
    calibrations: join(dataDir, "calibrations", device),
  };
}

/** Certificates as Node's TLS takes them; without a file of our own the machine's authorities count. */
export async function readTls({ caFile, certificateFile, keyFile }: ReaderConfig["gateway"]) {
  const read = async (file: string | undefined) => (file === undefined ? undefined : readFile(file));
  const [ca, cert, key] = await Promise.all([read(caFile), read(certificateFile), read(keyFile)]);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** What a probe's record can carry: the metrics that its birth message names. */
export function metricsOf(instruments: readonly Instrument[], { controller }: ProbeConfig) {
  return controller?.metrics ?? [...new Set(instruments.flatMap(({ metrics }) => [...metrics]))];
}

/** The folder that paths of a configuration file are relative to. */
export function folderOf(configFile: string): string {
  return dirname(configFile);
}
