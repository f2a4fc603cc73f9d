import { once } from "node:events";
import { pino } from "pino";
import { readDeployment } from "../../ledger/deployment.ts";
import { runProgram } from "../../service/program.ts";
import { FEEDS_CONFIG_SCHEMA, parseFeedsConfig, readFeedsSecrets } from "./config.ts";
import { createPeer } from "./peers.ts";
import { createFeedService } from "./service.ts";

const HELP = `Usage: node oracle/feeds/main.ts --config FILE

One of the reporters of weather and prices: fetches them from their providers, keeps every answer as it
came, signs the weather of each day and posts it to the ledger together with the other reporters. Runs
until SIGTERM or SIGINT.

  --config FILE   configuration, JSON; its schema is below
  --help          prints this

Keys and tokens never stand in the configuration: it names the file ({"file": …}) or the environment
variable ({"env": …}) that holds each. /health is 503 while a provider fails or an answer is held.

${JSON.stringify(FEEDS_CONFIG_SCHEMA, undefined, 2)}
`;

async function run(text: string, env: NodeJS.ProcessEnv): Promise<void> {
  const config = parseFeedsConfig(text);
  const secrets = await readFeedsSecrets(config, env);
  const deployment = await readDeployment(config.deployment);
  const log = pino({ name: "feeds" });
  const { dataDir, host, port, pollIntervalMs, waitForAllSeconds, rpc, openMeteo, xinfadi } = config;
  const qweather = config.qweather.map((source, i) => ({ ...source, key: secrets.qweatherKeys[i]! }));

  await using service = createFeedService({
    ledger: { deployment, ...(rpc.length > 0 ? { rpc } : {}) },
    key: secrets.key,
    sources: { openMeteo, qweather, xinfadi },
    peers: config.peers.map(({ url }, i) => createPeer({ url, token: secrets.peerTokens[i]! })),
    dir: dataDir,
    clock: { now: Date.now },
    http: { host, port, tokens: secrets.tokens },
    waitForAllMs: 1000 * waitForAllSeconds,
    pollIntervalMs,
    log,
  });
  const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT"), service.finished]);
  await service.start();
  log.info({ host, port: service.port, chainId: deployment.chainId }, "the reporter is up");
  await ended;
  log.info({}, "the reporter stops");
}

await runProgram({ name: "reporter", help: HELP, run });
