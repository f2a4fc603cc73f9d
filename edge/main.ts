import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { migrateConfig, parseConfig } from "./config.ts";
import { CONFIG_SCHEMA } from "./config-schema.ts";
import { storePathOf } from "./gateway.ts";
import { describeKeyFile } from "./key-file.ts";
import { errorFacts } from "./log.ts";
import { mosquittoAcl, mosquittoConf } from "./mosquitto-files.ts";
import { DEFAULT_LIMITS } from "./options.ts";
import { serve } from "./serve.ts";
import { backUp, restore } from "./store/copies.ts";

const HELP = `Usage: node edge/main.ts [COMMAND] --config FILE [options]

Without a command: runs the gateway of one site until SIGTERM or SIGINT.

  check                       says what is wrong with the configuration, or nothing
  migrate                     prints the configuration as this version writes it
  backup --to FILE            copies the store while the gateway runs, and checks the copy
  restore --from FILE         puts a copy in the place of the store, which is kept; the gateway must not run
  fingerprint --key FILE      prints a probe's id and the fingerprint that is compared when it is paired
  mosquitto --to FOLDER       writes mosquitto.conf and acl for a Mosquitto beside the gateway

  --config FILE    configuration, JSON; its schema is below
  --database FILE  backup and restore: a database of another part, instead of --config
  --pki FOLDER     mosquitto: where it finds ca.crt, broker.crt and broker.key (default /etc/mosquitto/pki)
  --help           prints this

Secrets never stand in the configuration: it names the file ({"file": …}) or the environment variable
({"env": …}) that holds each.

${JSON.stringify(CONFIG_SCHEMA, undefined, 2)}
`;

type Options = { key?: string; config?: string; database?: string; to?: string; from?: string; pki?: string };

const MQTTS_PORT = 8883;

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const path = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: path,
      config: path,
      database: path,
      to: path,
      from: path,
      pki: path,
      help: { type: "boolean" },
    },
  });
  if (values.help) return say(HELP);
  const [command, ...more] = positionals;
  if (more.length > 0) throw missing("command", `one, not ${positionals.length}`);
  switch (command) {
    case undefined:
      return serve(await configOf(values), env);
    case "check":
      await configOf(values);
      return say("the configuration has no mistakes\n");
    case "migrate":
      return say(`${JSON.stringify(migrateConfig(await readConfig(values)), undefined, 2)}\n`);
    case "backup": {
      const { path, bytes } = await backUp({ from: await databaseOf(values), to: needed("--to", values.to) });
      return say(`wrote ${path}, ${bytes} bytes, checked\n`);
    }
    case "restore": {
      const to = await databaseOf(values);
      const { path, kept } = restore({ from: needed("--from", values.from), to, nowMs: Date.now() });
      return say(`restored ${path}${kept === undefined ? "" : `; what was there is ${kept}`}\n`);
    }
    case "fingerprint": {
      const { device, fingerprint } = describeKeyFile(await readFile(needed("--key", values.key), "utf8"));
      return say(`${device}  ${fingerprint}\n`);
    }
    case "mosquitto":
      return writeMosquitto(values);
    default:
      throw missing("command", "check, migrate, backup, restore, fingerprint, mosquitto, or none");
  }
}

async function writeMosquitto(values: Options): Promise<void> {
  const { site, limits } = await configOf(values);
  const folder = needed("--to", values.to);
  const { pki = "/etc/mosquitto/pki" } = values;
  const conf = mosquittoConf({
    port: MQTTS_PORT,
    pki,
    aclFile: "/etc/mosquitto/acl",
    maxPacketBytes: limits.maxPacketBytes ?? DEFAULT_LIMITS.maxPacketBytes,
  });
  await writeFile(join(folder, "mosquitto.conf"), conf);
  await writeFile(join(folder, "acl"), mosquittoAcl({ site }), { mode: 0o600 });
  say(`wrote ${join(folder, "mosquitto.conf")} and ${join(folder, "acl")}\n`);
}

async function databaseOf(values: Options): Promise<string> {
  return values.database ?? storePathOf(await configOf(values));
}

async function configOf(values: Options) {
  return parseConfig(await readConfig(values));
}

function readConfig({ config }: Options): Promise<string> {
  return readFile(needed("--config", config), "utf8");
}

function needed(option: string, value: string | undefined): string {
  if (value === undefined) throw missing(option, "missing");
  return value;
}

function missing(option: string, problem: string): PondproofError {
  return new PondproofError("INVALID_ARGUMENT", { option, problem });
}

function say(text: string): void {
  process.stdout.write(text);
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
