import { fileURLToPath } from "node:url";
import { SCENARIO_NAMES } from "../firmware-sim/scenarios.ts";
import { createAccount } from "../ledger/account.ts";
import { createStandingSource } from "../portal/server/access/standing-from-ledger.ts";
import { createRelayer } from "../portal/server/consent/relayer.ts";
import { createLedgerBooks } from "../portal/server/ledger-books.ts";
import { createLedgerView } from "../portal/server/ledger-from-client.ts";
import { createPortal } from "../portal/server/portal.ts";
import { openPushKeys } from "../portal/server/push/keys.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Hex } from "../protocol/terms.ts";
import { institutionsOf, readyAccounts } from "./accounts.ts";
import { directoryOf, scenarioList } from "./directory.ts";
import { actorKey } from "./keys.ts";
import { ledgerPondId } from "./ledger-site.ts";
import type { Options } from "./options.ts";
import { freePort } from "./ports.ts";
import { type Run, startRun } from "./run.ts";
import { approveClaim } from "./story.ts";
import { choosePlay } from "./water.ts";

const HOST = "127.0.0.1";
const WEB_DIR = fileURLToPath(new URL("../portal/web/dist", import.meta.url));

/** A push service that has a question about the demo has nobody to ask. */
const PUSH_CONTACT = "mailto:demo@pondproof.invalid";

type Surroundings = {
  dataDir: (options: Options) => Promise<string>;
  say: (sentence: string) => void;
  signal: AbortSignal;
};

/** Runs the system with its page, one scenario after the other as the page asks for them, until the signal. */
export async function runWithPage(options: Options, { dataDir, say, signal }: Surroundings): Promise<void> {
  const port = await freePort({ host: HOST, from: options.port });
  if (port !== options.port) say(`port ${options.port} is taken`);
  let next: Options | undefined = options;
  while (next !== undefined && !signal.aborted) next = await runOnce(next, { port, dataDir, say, signal });
}

/** One run with its page; returns the options of the next one, when somebody chose another scenario. */
async function runOnce(
  options: Options,
  { port, dataDir, say, signal }: Surroundings & { port: number },
): Promise<Options | undefined> {
  const run = await startRun({
    ...options,
    replay: options.replay?.file,
    play: await choosePlay(options),
    dataDir: await dataDir(options),
  });
  const chosen = Promise.withResolvers<Options | undefined>();
  signal.addEventListener("abort", () => chosen.resolve(undefined), { once: true });
  const portal = createPortal({
    port,
    host: HOST,
    webDir: WEB_DIR,
    gateway: { url: `http://${HOST}:${run.gateway.ports.http}`, token: run.tokens.gateway },
    oracle: { url: run.api, token: run.tokens.auditor },
    watcher: { url: `http://${HOST}:${run.watcher.port}`, token: run.tokens.insurer },
    database: run.dataDir.file("portal.db"),
    push: { keys: await openPushKeys({ path: run.dataDir.file("push-keys.json"), contact: PUSH_CONTACT }) },
    ledger: createLedgerView({ ledger: run.ledger }),
    books: createLedgerBooks({ ledger: run.ledger }),
    standing: createStandingSource({ ledger: run.ledger }),
    chainId: run.chain.chainId,
    ready: readyAccounts(run.dataDir.secret),
    relayer: createRelayer({
      ledger: run.ledger,
      account: createAccount({ ledger: run.ledger, key: actorKey(run.dataDir.secret, "provider") }),
    }),
    directory: directoryOf(run.probes, {
      ledgerPondId: (pond) => ledgerPondId(run.dataDir.secret, pond),
      institutions: institutionsOf(run.dataDir.secret),
    }),
    clock: run.clock,
    log: run.log.child({ part: "portal" }),
    officer: {
      approve: async (approval) => {
        const { transactionHash } = await approveClaim(run, approval);
        return { transactionHash: transactionHash as Hex };
      },
    },
    scenarios: {
      list: () => scenarioList,
      state: () => stateOf(run),
      async start(name) {
        const scenario = SCENARIO_NAMES.find((known) => known === name);
        if (scenario === undefined)
          throw new PondproofError("INVALID_ARGUMENT", { scenario: name, known: SCENARIO_NAMES });
        say(`starting ${scenario}`);
        // A story of its own, with ponds, ledger and folder of its own: nothing of the last one lingers.
        const lie = scenario === "lying-oracle" ? (options.lie ?? "bad-combine") : undefined;
        chosen.resolve({ ...options, scenario, lie, replay: undefined, dataDir: undefined });
      },
    },
  });
  try {
    const { url } = await portal.start();
    introduce(run, url, say);
    return await Promise.race([chosen.promise, run.ended.then(() => chosen.promise)]);
  } finally {
    await portal.stop();
    await run.stop();
  }
}

function stateOf(run: Run) {
  return {
    scenario: run.play.name,
    speed: run.pace.speed,
    signed: run.fleet.signed(),
    finished: run.clock.now() >= run.play.endMs,
  };
}

function introduce(run: Run, url: string, say: (sentence: string) => void): void {
  const rows = [
    ["page", url],
    ["ledger", `${run.chain.rpc} (${run.chain.kind}, chain ${run.chain.chainId})`],
    ["gateway", `mqtt://${HOST}:${run.gateway.ports.mqtt} and http://${HOST}:${run.gateway.ports.http}`],
    ["archive", `${run.api} (auditor's token in ${run.dataDir.file("auditor-token")})`],
    ["probes", `${run.probes.length}, scenario ${run.play.name}, ${run.pace.speed} times real time`],
    ["data", run.dataDir.path],
  ];
  for (const [name, value] of rows) say(`  ${name!.padEnd(8)} ${value}`);
  say("Ctrl-C stops everything");
}
