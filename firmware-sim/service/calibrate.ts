import { parseArgs } from "node:util";
import { fromHex } from "../../protocol/bytes.ts";
import type { Clock } from "../../protocol/clock.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { METRICS, type MetricName } from "../../protocol/record.ts";
import { openCalibrationFolder } from "../calibration/calibration-folder.ts";
import { type CalibrationPoint, type SealedCredential, sealCredential } from "../calibration/credential.ts";
import { createEzo, type EzoInstrument } from "../probes/ezo.ts";
import type { ProbeConfig, ReaderConfig } from "./config.ts";
import { createLines, deviceFiles, openSigner } from "./site-parts.ts";

export type CalibrateOptions = {
  config: string;
  probe: string;
  by: string;
  standard: string;
  references: ReadonlyMap<MetricName, number>;
  before: ReadonlyMap<MetricName, number>;
  after: ReadonlyMap<MetricName, number>;
  /** A step that an EZO board is told to do, while the service stands still. */
  step?: { instrument: string; name: string; value?: number; temperatureC?: number };
};

/** @throws INVALID_ARGUMENT, TypeError of Node's for an unknown option */
export function readCalibrateOptions(args: string[]): CalibrateOptions {
  const text = { type: "string" } as const;
  const list = { type: "string", multiple: true, default: [] as string[] } as const;
  const { values } = parseArgs({
    args,
    options: {
      config: text,
      probe: text,
      by: text,
      standard: text,
      instrument: text,
      step: text,
      value: text,
      temperature: text,
      reference: list,
      before: list,
      after: list,
    },
  });
  const { config, probe, by, standard, instrument, step, value } = values;
  const missing = Object.entries({ config, probe, by, standard }).flatMap(([option, given]) =>
    given === undefined ? [`--${option}`] : [],
  );
  if (
    missing.length > 0 ||
    config === undefined ||
    probe === undefined ||
    by === undefined ||
    standard === undefined
  )
    throw new PondproofError("INVALID_ARGUMENT", { missing });
  const references = readPoints("--reference", values.reference);
  if (references.size === 0) throw new PondproofError("INVALID_ARGUMENT", { missing: ["--reference"] });
  if ((instrument === undefined) !== (step === undefined))
    throw new PondproofError("INVALID_ARGUMENT", { problem: "--instrument and --step belong together" });
  const before = readPoints("--before", values.before);
  const after = readPoints("--after", values.after);
  const told = { config, probe, by, standard, references, before, after };
  if (instrument === undefined || step === undefined) return told;
  const { temperature } = values;
  return {
    ...told,
    step: {
      instrument,
      name: step,
      ...(value !== undefined && { value: readNumber("--value", value) }),
      ...(temperature !== undefined && { temperatureC: readNumber("--temperature", temperature) }),
    },
  };
}

/**
 * Calibrates a board where a step is given, and seals who did what against which standard. The service notices the new
 * credential by itself.
 * @throws INVALID_ARGUMENT, INSTRUMENT_FAILED
 */
export async function calibrate(
  options: Omit<CalibrateOptions, "config"> & { config: ReaderConfig; folder: string; clock: Clock },
): Promise<SealedCredential> {
  const { config, clock, by, standard, references, step } = options;
  const probe = config.probes.find(({ name }) => name === options.probe);
  if (probe === undefined)
    throw new PondproofError("INVALID_ARGUMENT", {
      probe: options.probe,
      known: config.probes.map(({ name }) => name),
    });
  const publicKey = await publicKeyOf(probe, clock);
  const shown =
    step === undefined
      ? { before: options.before, after: options.after }
      : await calibrateBoard(probe, { ...step, config, clock });
  const files = deviceFiles(config, publicKey);
  const folder = openCalibrationFolder({ path: files.calibrations });
  const points = [...references].map(([metric, reference]): CalibrationPoint => {
    const [before, after] = [shown.before.get(metric), shown.after.get(metric)];
    return {
      metric,
      reference,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    };
  });
  const sealed = sealCredential({
    version: 1,
    device: files.device,
    by,
    at: new Date(clock.now()).toISOString(),
    standard,
    points,
    previous: folder.newest()?.sha256 ?? null,
  });
  await folder.add(sealed);
  return sealed;
}

async function publicKeyOf({ controller, signer }: ProbeConfig, clock: Clock): Promise<Uint8Array> {
  if (controller !== undefined) return fromHex(controller.publicKey, 64);
  const opened = await openSigner(signer!, { clock });
  await opened.close();
  return opened.signer.publicKey;
}

async function calibrateBoard(
  probe: ProbeConfig,
  step: NonNullable<CalibrateOptions["step"]> & { config: ReaderConfig; clock: Clock },
) {
  const { clock, temperatureC } = step;
  const board = probe.instruments?.find(({ name }) => name === step.instrument);
  if (board?.kind !== "ezo")
    throw new PondproofError("INVALID_ARGUMENT", {
      instrument: step.instrument,
      problem: "no EZO board of this probe; other instruments are calibrated by their makers' means",
    });
  const line = createLines(step.config, { clock, onState: () => {} }).keeper(board.line);
  const stop = new AbortController();
  const running = line.run(stop.signal);
  try {
    await Promise.race([line.opened(stop.signal), clock.wait(clock.now() + 5_000, stop.signal)]);
    const { temperatureFromProbe, ...alone } = board;
    const compensation = temperatureC === undefined ? {} : { temperatureC };
    return await calibrateOn(createEzo({ ...alone, ...compensation, line, clock }), step);
  } finally {
    stop.abort();
    await running;
  }
}

async function calibrateOn(ezo: EzoInstrument, step: { name: string; value?: number }) {
  const read = async () => {
    const { values, problems } = await ezo.read({ known: new Map(), signal: new AbortController().signal });
    if (values.size === 0) throw new PondproofError("INSTRUMENT_FAILED", { problem: problems.join("; ") });
    return values;
  };
  const before = await read();
  const problem = await ezo.calibrate(step);
  if (problem !== undefined) throw new PondproofError("INSTRUMENT_FAILED", { problem });
  return { before, after: await read() };
}

function readPoints(option: string, texts: readonly string[]): Map<MetricName, number> {
  return new Map(
    texts.map((text) => {
      const [name, value] = text.split("=");
      const metric = METRICS.find((known) => known.name === name);
      if (metric === undefined || value === undefined)
        throw new PondproofError("INVALID_ARGUMENT", { option, given: text, form: "METRIC=VALUE" });
      return [metric.name, readNumber(option, value)];
    }),
  );
}

function readNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new PondproofError("INVALID_ARGUMENT", { option, given: text });
  return value;
}
