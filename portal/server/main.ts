import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { createAccount } from "../../ledger/account.ts";
import { connectLedger } from "../../ledger/client.ts";
import { readDeployment } from "../../ledger/deployment.ts";
import { runProgram } from "../../service/program.ts";
import { createStandingSource } from "./access/standing-from-ledger.ts";
import { CONFIG_SCHEMA, type PortalConfig, parseConfig, readTokens } from "./config.ts";
import { createRelayer } from "./consent/relayer.ts";
import { createLedgerBooks } from "./ledger-books.ts";
import { createLedgerView } from "./ledger-from-client.ts";
import { createPortal } from "./portal.ts";
import { openPushKeys } from "./push/keys.ts";
import type { PushOptions } from "./push/push.ts";

const HELP = `Usage: node portal/server/main.ts --config FILE

Serves the pages of a site and the API behind them, until SIGTERM or SIGINT. It approves nothing; the one
key that it may hold, "relayKey", pays for sending what farmers sign.
People sign in with their account on the ledger, and see what the ledger says that they may. Where they reach it by
another than a loopback name, "origin" must say by which, and a proxy must bring the TLS.

  --config FILE   configuration, JSON; its schema is below
  --help          prints this

Tokens never stand in the configuration: it names the file ({"file": …}) or the environment variable ({"env": …})
that holds each. The page must have been built (npm ci builds nothing; npm start and npm test do).

${JSON.stringify(CONFIG_SCHEMA, undefined, 2)}
`;

const WEB_DIR = fileURLToPath(new URL("../web/dist", import.meta.url));

await runProgram({
  name: "portal",
  help: HELP,
  async run(text, env) {
    const config = parseConfig(text);
    const tokens = await readTokens(config, env);
    const deployment = await readDeployment(config.deployment);
    const { host, port, rpc, origin, database, push, directory, gateway, oracle, watcher } = config;
    const log = pino({ name: "portal" });
    const ledger = await connectLedger({ deployment, ...(rpc.length > 0 ? { rpc } : {}) });
    const { relayKey } = tokens;
    const relayer = relayKey && createRelayer({ ledger, account: createAccount({ ledger, key: relayKey }) });
    const portal = createPortal({
      port,
      host,
      webDir: WEB_DIR,
      gateway: { url: gateway.url, token: tokens.gateway },
      oracle: { url: oracle.url, token: tokens.oracle },
      ...(watcher === undefined ? {} : { watcher: { url: watcher.url, token: tokens.watcher! } }),
      ...(origin === undefined ? {} : { origin: new URL(origin) }),
      ...(database === undefined ? {} : { database }),
      ...(push === undefined ? {} : { push: await pushOptions(push) }),
      ledger: createLedgerView({ ledger }),
      books: createLedgerBooks({ ledger }),
      standing: createStandingSource({ ledger }),
      chainId: deployment.chainId,
      ...(relayer ? { relayer } : {}),
      directory,
      clock: { now: Date.now },
      log,
    });
    const ended = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
    const { url } = await portal.start();
    log.info({ url, chainId: deployment.chainId }, "the portal is up");
    await ended;
    log.info({}, "the portal stops");
    await portal.stop();
    ledger.close();
  },
});

async function pushOptions({
  keys: path,
  contact,
  hosts,
}: NonNullable<PortalConfig["push"]>): Promise<PushOptions> {
  const keys = await openPushKeys({ path, contact });
  return hosts === undefined ? { keys } : { keys, hosts };
}
