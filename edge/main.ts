import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { fromHex } from "../protocol/bytes.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { createFileTrust } from "./clock-trust.ts";
import { CONFIG_SCHEMA, type GatewayConfig, parseConfig, TOKEN_VARIABLE } from "./config.ts";
import { createGateway } from "./gateway.ts";
import { errorFacts } from "./log.ts";
import { systemClock } from "./system-clock.ts";

const HELP = `Usage: node edge/main.ts --config FILE

Runs the gateway of one site until SIGTERM or SIGINT.

  --config FILE   configuration, JSON; its schema is below
  --help          prints this

The token of the HTTP API is read from the file that "tokenFile" names, or else from the
environment variable ${TOKEN_VARIABLE}.

${JSON.stringify(CONFIG_SCHEMA, undefined, 2)}
`;

const MIN_TOKEN_CHARACTERS = 16;
const TRUST_CHECK_MS = 30_000;

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { values } = parseArgs({ args, options: { config: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.config === undefined)
    throw new PondproofError("INVALID_ARGUMENT", { option: "--config", problem: "missing" });
  const config = parseConfig(await readFile(values.config, "utf8"));
  const token = await readToken(config, env);
  const log = pino({ name: "gateway" });
  const clock = createFileTrust(config.clockSynchronisedFile);
  await clock.refresh();

  const ending = new AbortController();
  const stopped = Promise.race([endOf("SIGTERM", ending.signal), endOf("SIGINT", ending.signal)]);
  await using gateway = createGateway({
    ...config,
    clock: systemClock,
    earliestMs: Date.parse(config.earliest),
    token,
    clockTrust: clock.trust,
    log,
  });
  await gateway.start();
  for (const { publicKey, periodMs, revokedFromMs } of config.devices) {
    const device = gateway.pair({ publicKey: fromHex(publicKey, 64), periodMs });
    if (revokedFromMs !== undefined) gateway.revoke({ device, fromMs: revokedFromMs });
  }
  log.info({ site: config.site, ...gateway.ports, devices: config.devices.length }, "the gateway is up");

  const watching = watchTrust(clock.refresh, ending.signal);
  const signal = await stopped;
  log.info({ signal }, "the gateway stops");
  ending.abort();
  await watching;
}

/** @throws CONFIG_INVALID */
async function readToken({ tokenFile }: GatewayConfig, env: NodeJS.ProcessEnv): Promise<string> {
  const token = tokenFile === undefined ? env[TOKEN_VARIABLE] : (await readFile(tokenFile, "utf8")).trim();
  if (token === undefined || token.length < MIN_TOKEN_CHARACTERS) {
    const where = tokenFile ?? TOKEN_VARIABLE;
    throw new PondproofError("CONFIG_INVALID", {
      mistakes: [`${where}: a token of at least ${MIN_TOKEN_CHARACTERS} characters is needed`],
    });
  }
  return token;
}

async function endOf(signal: NodeJS.Signals, over: AbortSignal): Promise<string> {
  await once(process, signal, { signal: over }).catch((error: unknown) => {
    if (!over.aborted) throw error;
  });
  return signal;
}

async function watchTrust(refresh: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(TRUST_CHECK_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    await refresh();
  }
}

try {
  await run(process.argv.slice(2), process.env);
} catch (error) {
  const mistakes = isPondproofError(error, "CONFIG_INVALID") ? (error.facts.mistakes as string[]) : [];
  const lines =
    mistakes.length > 0
      ? ["The configuration has mistakes:", ...mistakes]
      : [String(errorFacts(error).error)];
  process.stderr.write(`${lines.join("\n  ")}\n`);
  process.exitCode = 1;
}
