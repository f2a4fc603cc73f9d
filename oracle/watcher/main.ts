import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { readDeployment } from "../../ledger/deployment.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { createFeedClient } from "../feed-client.ts";
import { createArchiveClient } from "../replica/archive-client.ts";
import { openReplica } from "../replica/folder.ts";
import { mistakesOf } from "../secrets.ts";
import { parseWatcherConfig, readWatcherSecrets, WATCHER_CONFIG_SCHEMA } from "./config.ts";
import { createWatcher } from "./watcher.ts";

const HELP = `Usage: node oracle/watcher/main.ts --config FILE

Believes no operator: fetches the raw readings behind every batch on the ledger, builds the trees again,
compares, and convicts a false batch by itself. Runs until SIGTERM or SIGINT.

  --config FILE   configuration, JSON; its schema is below
  --help          prints this

Keys and tokens never stand in the configuration: it names the file ({"file": …}) or the environment
variable ({"env": …}) that holds each. /health is 503 while a batch is refuted or data is withheld.

${JSON.stringify(WATCHER_CONFIG_SCHEMA, undefined, 2)}
`;

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { values } = parseArgs({ args, options: { config: { type: "string" }, help: { type: "boolean" } } });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  if (values.config === undefined)
    throw new PondproofError("INVALID_ARGUMENT", { option: "--config", problem: "missing" });
  const config = parseWatcherConfig(await readFile(values.config, "utf8"));
  const secrets = await readWatcherSecrets(config, env);
  const deployment = await readDeployment(config.deployment);
  const log = pino({ name: "watcher" });
  const { dataDir, host, port, pollIntervalMs, rpc } = config;
  const archive = createArchiveClient({ url: config.archive.url, token: secrets.archiveToken });

  await using watcher = createWatcher({
    ledger: { deployment, ...(rpc.length > 0 ? { rpc } : {}) },
    key: secrets.key,
    sources: [...(config.replica === undefined ? [] : [openReplica(config.replica)]), archive],
    claimed: archive,
    ...(config.gateway === undefined
      ? {}
      : { gateway: createFeedClient({ url: config.gateway.url, token: secrets.gatewayToken! }) }),
    dir: dataDir,
    http: { host, port, tokens: secrets.tokens },
    pollIntervalMs,
    log,
  });
  const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT"), watcher.finished]);
  await watcher.start();
  log.info({ host, port: watcher.port, chainId: deployment.chainId }, "the watcher is up");
  await ended;
  log.info({}, "the watcher stops");
}

try {
  await run(process.argv.slice(2), process.env);
} catch (error) {
  const mistakes = mistakesOf(error);
  const lines =
    mistakes.length > 0
      ? ["The configuration has mistakes:", ...mistakes]
      : [error instanceof Error ? error.message : String(error)];
  process.stderr.write(`${lines.join("\n  ")}\n`);
  process.exitCode = 1;
}
