import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import type { Clock } from "../../protocol/clock.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { METRICS } from "../../protocol/record.ts";
import { deviceId } from "../../protocol/signature.ts";
import { openCalibrationFolder } from "../calibration/calibration-folder.ts";
import { createControllerProbe } from "../controller-probe.ts";
import type { Signer } from "../key.ts";
import { createMqttWire } from "../mqtt-wire.ts";
import { nextNumber } from "../next-number.ts";
import { openNumberReserve } from "../number-reserve.ts";
import type { Outbox } from "../outbox.ts";
import { openOrReplaceOutbox, salvage } from "../outbox-recovery.ts";
import { createProbe } from "../probe.ts";
import { createInstrumentSource } from "../probes/instrument-source.ts";
import type { ReaderEvent } from "../reader-event.ts";
import { createReplaySource } from "../replay/replay-source.ts";
import { readSeries } from "../replay/series.ts";
import type { LineState } from "../serial/line-keeper.ts";
import { createTaskGroup } from "../task-group.ts";
import type { ProbeConfig, ReaderConfig } from "./config.ts";
import {
  createInstrument,
  createLines,
  deviceFiles,
  type Lines,
  metricsOf,
  type OpenedSigner,
  openSigner,
  readTls,
} from "./site-parts.ts";

export type ServiceOptions = {
  config: ReaderConfig;
  /** Where the configuration file lies. */
  folder: string;
  clock: Clock;
  clockSynchronised: () => boolean;
  /** What every probe says of itself as its firmware. */
  firmware: string;
  /** By probe: what the operator answers when nobody knows the next number. */
  firstNumbers: ReadonlyMap<string, number>;
  onEvent: (probe: string, event: ReaderEvent) => void;
  onLine: (line: string, state: LineState) => void;
  /** Once, when everything runs. */
  onReady?: () => void;
};

/** Whom a probe is paired and registered as: its id, and its key x ‖ y in hex. */
export type ProbeIdentity = { name: string; device: string; publicKey: string };

type Running = ProbeIdentity & {
  stats(): unknown;
  run(signal: AbortSignal): Promise<void>;
};

/** A site's reader: all its probes and lines in one process, with one outbox. */
export type ReaderService = AsyncDisposable & {
  readonly probes: readonly ProbeIdentity[];
  stats(): Record<string, unknown>;
  run(signal: AbortSignal): Promise<void>;
};

/**
 * Opens everything that a configuration names, and gets each probe's numbers in order, before anything is sampled.
 * @throws NUMBERS_LOST, OUTBOX_UNUSABLE, KEY_FILE_UNSAFE, KEY_FILE_UNUSABLE, SIGNER_FAILED, CONFIG_INVALID
 */
export async function openService(options: ServiceOptions): Promise<ReaderService> {
  const { config, clock, onLine } = options;
  await using closing = new AsyncDisposableStack();
  await mkdir(config.dataDir, { recursive: true });
  const path = join(config.dataDir, "outbox.db");
  const { outbox, movedAside } = openOrReplaceOutbox({ path, ...config.outbox }, { nowMs: clock.now() });
  closing.use(outbox);
  const lines = createLines(config, { clock, onState: onLine });
  const tls = await readTls(config.gateway);
  const wire = (signer: Signer) =>
    createMqttWire({ ...config.gateway, site: config.site, signer, clock, tls });
  const parts = { ...options, outbox, lines, wire, movedAside };
  const probes: Running[] = [];
  for (const probe of config.probes)
    probes.push(
      probe.controller === undefined
        ? await openSamplingProbe(probe, { ...parts, closing })
        : openControllerProbe(probe, probe.controller, parts),
    );
  const owned = closing.move();
  return {
    probes: probes.map(({ name, device, publicKey }) => ({ name, device, publicKey })),
    stats: () => Object.fromEntries(probes.map(({ name, stats }) => [name, stats()])),
    async run(signal) {
      const group = createTaskGroup(signal);
      for (const { run } of lines.all) group.spawn(run);
      for (const { run } of probes) group.spawn(run);
      options.onReady?.();
      await group.ended();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Parts = ServiceOptions & {
  outbox: Outbox;
  lines: Lines;
  wire: (signer: Signer) => ReturnType<typeof createMqttWire>;
  movedAside: string | undefined;
};

async function openSamplingProbe(
  probe: ProbeConfig,
  parts: Parts & { closing: AsyncDisposableStack },
): Promise<Running> {
  const { config, clock, outbox, wire, closing } = parts;
  const { name } = probe;
  const opened = await openSigner(probe.signer!, { clock });
  closing.defer(opened.close);
  const { signer } = opened;
  const files = deviceFiles(config, signer.publicKey);
  const reserve = await orderNumbers(probe, { ...parts, opened, file: files.numbers });
  const calibrations = openCalibrationFolder({ path: files.calibrations, everyMs: everyMs(probe) });
  const { source, metrics, health } = await openSource(probe, parts);
  const running = createProbe({
    ...parts,
    ...probe,
    ...config.gateway,
    site: config.site,
    signer,
    source,
    outbox,
    wire: wire(signer),
    metrics,
    networkClock: clock,
    reserve,
    calibration: calibrations.state,
    ...(health !== undefined && { health }),
    onEvent: (event) => parts.onEvent(name, event),
  });
  return {
    ...running,
    name,
    device: files.device,
    publicKey: toHex(signer.publicKey),
    stats: () => ({ ...running.stats(), calibration: calibrations.newest()?.serial }),
  };
}

function openControllerProbe(
  probe: ProbeConfig,
  { line, publicKey, metrics }: NonNullable<ProbeConfig["controller"]>,
  parts: Parts,
): Running {
  const { config, clock, lines, wire, onEvent } = parts;
  const { name } = probe;
  const key = fromHex(publicKey, 64);
  const { calibrations } = deviceFiles(config, key);
  const running = createControllerProbe({
    ...parts,
    ...probe,
    ...config.gateway,
    site: config.site,
    line: lines.keeper(line),
    publicKey: key,
    metrics,
    wire,
    networkClock: clock,
    timeoutMs: config.gateway.timeoutMs,
    calibration: openCalibrationFolder({ path: calibrations, everyMs: everyMs(probe) }).state,
    onEvent: (event) => onEvent(name, event),
  });
  return { ...running, name, publicKey };
}

async function openSource(probe: ProbeConfig, { lines, clock, folder }: Parts) {
  if (probe.replay !== undefined) {
    const { file: path, map } = probe.replay;
    const series = await readSeries({ path, map });
    const has = METRICS.flatMap(({ name }, slot) =>
      series.rows.some(({ values }) => values[slot] !== null) ? [name] : [],
    );
    return { source: createReplaySource({ series, seed: probe.name }), metrics: has, health: undefined };
  }
  const instruments = await Promise.all(
    probe.instruments!.map((config) => createInstrument(config, { lines, clock, folder })),
  );
  const { outOfWater } = probe;
  const source = createInstrumentSource({ instruments, ...(outOfWater !== undefined && { outOfWater }) });
  return { source, metrics: metricsOf(instruments, probe), health: source.health };
}

/**
 * Makes sure that a probe's next number was never used, and returns what keeps it so.
 * @throws NUMBERS_LOST
 */
async function orderNumbers(
  probe: ProbeConfig,
  parts: Parts & { opened: OpenedSigner; file: string },
): Promise<(seq: number) => Promise<void>> {
  const { opened, file, outbox, firstNumbers, movedAside, onEvent } = parts;
  const { publicKey } = opened.signer;
  const mine = outbox.device(deviceId(publicKey));
  const reserve = await openNumberReserve(file);
  const next = nextNumber({
    nextSeq: mine.isKnown() ? mine.head().nextSeq : undefined,
    reservedTo: reserve.reservedTo(),
    isNewKey: opened.isNew,
    firstNumber: firstNumbers.get(probe.name),
  });
  switch (next.kind) {
    case "unknown":
      throw new PondproofError("NUMBERS_LOST", { probe: probe.name, movedAside: movedAside ?? "nothing" });
    case "leap":
      await mine.continueAt(next.toSeq);
      onEvent(probe.name, {
        event: "numbers-skipped",
        toSeq: next.toSeq,
        salvaged: movedAside === undefined ? 0 : await salvage({ from: movedAside, outbox, publicKey }),
      });
      break;
    case "known":
      // Known from now on, so that a restart before the first record leaves no number behind.
      if (!mine.isKnown()) await mine.continueAt(0);
  }
  await reserve.reserve(mine.head().nextSeq);
  return reserve.reserve;
}

const DAY_MS = 86_400_000;

function everyMs({ calibration }: ProbeConfig): number | undefined {
  return calibration === undefined ? undefined : calibration.everyDays * DAY_MS;
}
