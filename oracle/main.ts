import { once } from "node:events";
import { pino } from "pino";
import { readDeployment } from "../ledger/deployment.ts";
import { runProgram } from "../service/program.ts";
import { createBeaconClient } from "./beacon.ts";
import { CONFIG_SCHEMA, parseConfig } from "./config.ts";
import { createFeedClient } from "./feed-client.ts";
import { createOracle } from "./oracle.ts";
import { readSecrets } from "./secrets.ts";

const HELP = `Usage: node oracle/main.ts --config FILE

Takes a gateway's readings to the ledger, serves the archive and opens claims, until SIGTERM or SIGINT.

  --config FILE   configuration, JSON; its schema is below
  --help          prints this

Keys and tokens never stand in the configuration: it names the file ({"file": …}) or the environment
variable ({"env": …}) that holds each.

${JSON.stringify(CONFIG_SCHEMA, undefined, 2)}
`;

async function run(text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = parseConfig(text);
  const secrets = await readSecrets(config, env);
  const deployment = await readDeployment(config.deployment);
  const log = pino({ name: "oracle" });
  const { dataDir, host, port, batch, pollIntervalMs, collectForHolder, rpc } = config;

  const gateway = { url: config.feed.url, token: secrets.feedToken };
  await using oracle = createOracle({
    feed: createFeedClient(gateway),
    announceBeacon: createBeaconClient(gateway),
    ledger: { deployment, ...(rpc.length > 0 ? { rpc } : {}) },
    operatorKey: secrets.operatorKey,
    ...(secrets.agentKey === undefined ? {} : { agentKey: secrets.agentKey }),
    dir: dataDir,
    clock: { now: Date.now },
    batch: { maxReadings: batch.maxReadings, maxAgeMs: batch.maxAgeSeconds * 1000 },
    http: { host, port, tokens: secrets.auditorTokens },
    pollIntervalMs,
    collectForHolder,
    log,
  });
  const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT"), oracle.finished]);
  await oracle.start();
  log.info({ host, port: oracle.port, chainId: deployment.chainId }, "the oracle is up");
  await ended;
  log.info({}, "the oracle stops");
}

await runProgram({ name: "oracle", help: HELP, run });
