import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAnvil } from "../../demo/anvil.ts";
import { anyPort } from "../../demo/ports.ts";
import { createRpc } from "../../demo/rpc.ts";
import type { Signer } from "../../firmware-sim/key.ts";
import { deployPondproof } from "../../ignition/deploy-pondproof.ts";
import { addressOfKey, connectLedger } from "../../ledger/client.ts";
import { type Deployment, writeDeployment } from "../../ledger/deployment.ts";
import { bindTransaction, registerTransaction, streamOfKey } from "../../ledger/devices.ts";
import { toHex } from "../../protocol/bytes.ts";
import { registrationBytes, registrationPayload } from "../../protocol/signature.ts";
import { HOLDERS, keyOf, postBond } from "../unit/ledger/chain.ts";
import { type Cable, layCable } from "./cable.ts";
import { signersIn } from "./folder.ts";
import { createPart, type Part } from "./part.ts";

const HOST = "127.0.0.1";
const SITE = "faults";
const PROBES = 4;
const POND = `0x${"0b".repeat(32)}`;
const TOKEN = "token-of-the-fault-tests";
/** Long before the tests, so that the ledger's clock only ever goes forward. */
const HOUR_MS = 3_600_000;
const HEAD_CHECK_MS = 50;

/** A whole system in a folder: reader, gateway, oracle and ledger, each a process of its own. */
export type Site = {
  readonly signers: readonly Signer[];
  readonly deployment: Deployment;
  readonly gatewayUrl: string;
  readonly oracleUrl: string;
  readonly token: string;
  readonly folder: string;
  readonly parts: { reader: Part; gateway: Part; oracle: Part; ledger: Part };
  /** The wires between the parts. */
  readonly cables: readonly Cable[];
  /** Waits for so many blocks, and lets the ledger go on without them from where they forked. */
  reorganise(blocks: number): Promise<void>;
  /** The probes again, taking no more readings: it ends when all that they signed is acknowledged. */
  readonly delivery: Part;
};

/** Deploys the contracts, registers the probes and writes every part's configuration; nothing runs yet. */
export async function prepareSite(folder: string, { periodMs }: { periodMs: number }): Promise<Site> {
  const signers = await signersIn(folder, PROBES);
  const [rpcPort, mqttPort, gatewayPort, oraclePort] = await Promise.all(
    Array.from({ length: 4 }, () => anyPort(HOST)),
  );
  const cables = await Promise.all([
    layCable({ name: "reader to gateway", host: HOST, to: mqttPort! }),
    layCable({ name: "oracle to gateway", host: HOST, to: gatewayPort! }),
    layCable({ name: "oracle to ledger", host: HOST, to: rpcPort! }),
  ]);
  const [toBroker, toFeed, toLedger] = cables.map(({ port }) => port);
  const ledger = createLedgerPart({ folder, port: rpcPort! });
  await ledger.start();
  const rpc = `http://${HOST}:${rpcPort}`;
  const deployment = await deploy(rpc, signers);
  // A clean end writes the state, from which every later start begins.
  await ledger.stop();

  const file = (name: string) => join(folder, name);
  await writeDeployment(file("deployment.json"), deployment);
  await writeFile(file("clock-synchronised"), "");
  await writeJson(file("gateway.json"), {
    version: 1,
    site: SITE,
    dataDir: file("gateway"),
    host: HOST,
    ports: { mqtt: mqttPort, http: gatewayPort },
    earliest: "2024-01-01T00:00:00Z",
    clockSynchronisedFile: file("clock-synchronised"),
    devices: signers.map(({ publicKey }) => ({ publicKey: toHex(publicKey), periodMs })),
  });
  const secret = { env: "POND_TOKEN" };
  await writeJson(file("oracle.json"), {
    version: 1,
    deployment: file("deployment.json"),
    rpc: [`http://${HOST}:${toLedger}`],
    feed: { url: `http://${HOST}:${toFeed}`, token: secret },
    operatorKey: { env: "POND_OPERATOR_KEY" },
    dataDir: file("oracle"),
    host: HOST,
    port: oraclePort,
    auditorTokens: [secret],
    batch: { maxReadings: 1_000, maxAgeSeconds: 1 },
    pollIntervalMs: 50,
  });
  const part = (name: string, args: string[], env: Record<string, string> = {}) =>
    createPart({ name, args, env, logFile: file(`${name}.log`) });
  const readerArgs = (period: number) => [
    "tests/faults/reader.ts",
    folder,
    `mqtt://${HOST}:${toBroker}`,
    SITE,
    String(PROBES),
    String(period),
  ];
  return {
    folder,
    signers,
    deployment,
    token: TOKEN,
    gatewayUrl: `http://${HOST}:${gatewayPort}`,
    oracleUrl: `http://${HOST}:${oraclePort}`,
    parts: {
      reader: part("reader", readerArgs(periodMs)),
      gateway: part("gateway", ["edge/main.ts", "--config", file("gateway.json")], {
        PONDPROOF_GATEWAY_TOKEN: TOKEN,
      }),
      oracle: part("oracle", ["oracle/main.ts", "--config", file("oracle.json")], {
        POND_TOKEN: TOKEN,
        POND_OPERATOR_KEY: keyOf("operator"),
      }),
      ledger,
    },
    cables,
    reorganise: (blocks) => ledger.reorganise(blocks),
    delivery: part("delivery", readerArgs(0)),
  };
}

/** Anvil on a state that it writes every two seconds: killed, it forgets the blocks since, as a re-organised chain does. */
function createLedgerPart({
  folder,
  port,
}: {
  folder: string;
  port: number;
}): Part & { reorganise(blocks: number): Promise<void> } {
  const stateDir = join(folder, "ledger");
  const call = createRpc(`http://${HOST}:${port}`);
  const head = async () => Number(await call<string>("eth_blockNumber"));
  const setTime = () => call("anvil_setTime", [Math.ceil(Date.now() / 1000)]);
  let anvil: { stop: () => Promise<void> } | undefined;
  const stop = async () => {
    await anvil?.stop();
    anvil = undefined;
  };
  return {
    name: "ledger",
    async start() {
      await restoreTorn(join(stateDir, "anvil.json"));
      const { stop } = await startAnvil({ host: HOST, port, genesisMs: Date.now() - HOUR_MS, stateDir });
      anvil = { stop };
      await setTime();
    },
    async reorganise(blocks) {
      // Not `anvil_reorg`: behind a restart it takes blocks away and leaves what they wrote.
      const fork = await call("evm_snapshot");
      const height = (await head()) + blocks;
      while ((await head()) < height) await sleep(HEAD_CHECK_MS);
      await call("evm_revert", [fork]);
      await setTime();
      await call("anvil_mine", [blocks]);
    },
    async kill() {
      process.kill(Number(await readFile(join(stateDir, "anvil.pid"), "utf8")), "SIGKILL");
      await stop();
    },
    stop,
    ended: async () => null,
  };
}

/** Anvil writes its state in place: killed while it does, it leaves a torn file, and begins again with the one before. */
async function restoreTorn(state: string): Promise<void> {
  const before = `${state}.before`;
  const isWhole = await readFile(state, "utf8").then(isJson, () => undefined);
  if (isWhole === true) await copyFile(state, before);
  if (isWhole === false) await copyFile(before, state);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function deploy(rpc: string, signers: readonly Signer[]): Promise<Deployment> {
  const call = createRpc(rpc);
  for (const holder of HOLDERS)
    await call("anvil_setBalance", [addressOfKey(keyOf(holder)), "0x56bc75e2d63100000"]);
  const { agent: _, farmer, ...powers } = addressesOfHolders();
  const chainId = Number(await call<string>("eth_chainId"));
  const deployment = await deployPondproof({ request: call, rpc, choice: powers, pollingIntervalMs: 25 });
  await postBond(deployment);
  const ledger = await connectLedger({ deployment, key: keyOf("registrar"), pollingIntervalMs: 10 });
  const { signal } = new AbortController();
  const registry = deployment.contracts.DeviceRegistry;
  for (const { publicKey, sign } of signers) {
    const payload = registrationPayload({ chainId, registry, owner: farmer });
    const signature = await sign(registrationBytes(payload));
    await ledger.account.submit(
      await registerTransaction(ledger, { publicKey, owner: farmer, signature }),
      signal,
    );
    const binding = { streamId: streamOfKey(deployment, publicKey), pond: POND };
    await ledger.account.submit(await bindTransaction(ledger, binding), signal);
  }
  ledger.close();
  return deployment;
}

function addressesOfHolders() {
  return Object.fromEntries(HOLDERS.map((holder) => [holder, addressOfKey(keyOf(holder))])) as Record<
    (typeof HOLDERS)[number],
    string
  >;
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}
