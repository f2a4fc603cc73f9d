import { once } from "node:events";
import { pino } from "pino";
import { readDeployment } from "../../ledger/deployment.ts";
import { runProgram } from "../../service/program.ts";
import { createFeedClient } from "../feed-client.ts";
import { createArchiveClient } from "../replica/archive-client.ts";
import { openReplica } from "../replica/folder.ts";
import { parseWatcherConfig, readWatcherSecrets, WATCHER_CONFIG_SCHEMA } from "./config.ts";
import { createConflictClient } from "./conflicts.ts";
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

async function run(text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = parseWatcherConfig(text);
  const secrets = await readWatcherSecrets(config, env);
  const deployment = await readDeployment(config.deployment);
  const log = pino({ name: "watcher" });
  const { dataDir, host, port, pollIntervalMs, rpc } = config;
  const gateway = config.gateway && { url: config.gateway.url, token: secrets.gatewayToken! };
  const archive = createArchiveClient({ url: config.archive.url, token: secrets.archiveToken });

  await using watcher = createWatcher({
    ledger: { deployment, ...(rpc.length > 0 ? { rpc } : {}) },
    key: secrets.key,
    sources: [...(config.replica === undefined ? [] : [openReplica(config.replica)]), archive],
    claimed: archive,
    ...(gateway === undefined
      ? {}
      : { gateway: createFeedClient(gateway), conflicts: createConflictClient(gateway) }),
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

await runProgram({ name: "watcher", help: HELP, run });
