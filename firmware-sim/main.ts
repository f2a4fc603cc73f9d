import { once } from "node:events";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { fromHex } from "../protocol/bytes.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { keyFingerprint } from "../protocol/fingerprint.ts";
import { systemClock } from "../service/system-clock.ts";
import { traceByEnvironment } from "../telemetry/tracing.ts";
import { calibrate, readCalibrateOptions } from "./service/calibrate.ts";
import { readConfigFile } from "./service/config-file.ts";
import { READER_CONFIG_SCHEMA } from "./service/config-schema.ts";
import { openService } from "./service/service.ts";
import { reportToServiceManager } from "./service/service-manager.ts";
import { checkFiles, folderOf } from "./service/site-parts.ts";
import { createTaskGroup } from "./task-group.ts";

const HELP = `Usage: node firmware-sim/main.ts --config FILE
       node firmware-sim/main.ts keys --config FILE [--first-number PROBE=N]
       node firmware-sim/main.ts calibrate --config FILE --probe NAME --by WHO --standard WHAT
                                 --reference METRIC=VALUE … [--before METRIC=VALUE …] [--after METRIC=VALUE …]
                                 [--instrument NAME --step STEP [--value VALUE] [--temperature DEGREES]]

Runs the readers of one site until SIGTERM or SIGINT; or makes the keys that are missing and prints each probe's name, id,
fingerprint and public key; or records a calibration.

  --config FILE             configuration, JSON; its schema is below
  --check                   reads the configuration and all that it names, says what is wrong, and ends
  --first-number PROBE=N    goes on with this number where nobody remembers the next one (error NUMBERS_LOST)
  --help                    prints this

${JSON.stringify(READER_CONFIG_SCHEMA, undefined, 2)}
`;

const FIRMWARE = "pondproof-reader/1";

async function main(args: string[]): Promise<void> {
  if (args[0] === "calibrate") {
    const options = readCalibrateOptions(args.slice(1));
    const config = await readConfigFile(options.config);
    const sealed = await calibrate({
      ...options,
      config,
      folder: folderOf(options.config),
      clock: systemClock,
    });
    process.stdout.write(
      `${Buffer.from(sealed.bytes).toString()}serial ${sealed.serial}, sha256 ${sealed.sha256}\n`,
    );
    return;
  }
  const isForKeys = args[0] === "keys";
  const { values } = parseArgs({
    args: isForKeys ? args.slice(1) : args,
    options: {
      config: { type: "string" },
      check: { type: "boolean" },
      help: { type: "boolean" },
      "first-number": { type: "string", multiple: true, default: [] },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.config === undefined)
    throw new PondproofError("INVALID_ARGUMENT", { option: "--config", problem: "missing" });
  const config = await readConfigFile(values.config);
  const folder = folderOf(values.config);
  const firstNumbers = readFirstNumbers(values["first-number"]);
  if (isForKeys) return showKeys({ config, folder, firstNumbers });
  await checkFiles(config, { folder });
  if (values.check) {
    process.stdout.write(
      `${values.config} is right: ${config.probes.length} probes, ${config.lines.length} lines\n`,
    );
    return;
  }
  await serve({ config, folder, firstNumbers });
}

type Serving = Pick<Parameters<typeof openService>[0], "config" | "folder" | "firstNumbers">;

/** Opens everything but the line to the gateway, for its certificate is made for an id that only the key tells. */
async function showKeys({ config, ...serving }: Serving): Promise<void> {
  const { caFile: _, certificateFile: __, keyFile: ___, ...gateway } = config.gateway;
  await using service = await openService({
    ...serving,
    config: { ...config, gateway },
    clock: systemClock,
    clockSynchronised: () => false,
    firmware: FIRMWARE,
    onEvent: () => {},
    onLine: () => {},
  });
  for (const { name, device, publicKey } of service.probes)
    process.stdout.write(`${name}  ${device}  ${keyFingerprint(fromHex(publicKey, 64))}  ${publicKey}\n`);
}

async function serve(serving: Serving): Promise<void> {
  const { clockSynchronisedFile, site } = serving.config;
  const log = pino({ name: "reader" });
  const tracing = traceByEnvironment("reader", process.env);
  const ending = new AbortController();
  const stopped = Promise.race(["SIGTERM", "SIGINT"].map((name) => once(process, name)));
  await using service = await openService({
    ...serving,
    clock: systemClock,
    clockSynchronised: () => existsSync(clockSynchronisedFile),
    firmware: FIRMWARE,
    onEvent: (probe, event) => log.warn({ probe, ...event }, "a probe reports an event"),
    onLine: (line, state) => log.warn({ line, ...state }, "a line has changed its state"),
    onReady: () => log.info({ site, probes: service.probes }, "the reader is up"),
  });
  const group = createTaskGroup(ending.signal);
  group.spawn(service.run);
  const onProblem = (problem: string) => log.warn({ problem }, "the service manager cannot be told");
  group.spawn((signal) =>
    reportToServiceManager({ env: process.env, clock: systemClock, signal, onProblem }),
  );
  const running = group.ended();
  await Promise.race([stopped, running]);
  log.info(service.stats(), "the reader stops");
  ending.abort();
  await running;
  await tracing?.stop();
}

function readFirstNumbers(texts: readonly string[]): Map<string, number> {
  return new Map(
    texts.map((text) => {
      const [, probe, number] = /^([a-z0-9-]{1,32})=(\d{1,15})$/.exec(text) ?? [];
      if (probe === undefined)
        throw new PondproofError("INVALID_ARGUMENT", {
          option: "--first-number",
          given: text,
          form: "PROBE=N",
        });
      return [probe, Number(number)];
    }),
  );
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const mistakes = isPondproofError(error, "CONFIG_INVALID") ? (error.facts.mistakes as string[]) : [];
  const lines =
    mistakes.length > 0
      ? ["The configuration has mistakes:", ...mistakes]
      : isPondproofError(error)
        ? [error.message, error.hint]
        : [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  process.stderr.write(`${lines.join("\n  ")}\n`);
  process.exitCode = 1;
}
