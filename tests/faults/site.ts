import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { anyPort } from "../../demo/ports.ts";
import type { Signer } from "../../firmware-sim/key.ts";
import { type Deployment, writeDeployment } from "../../ledger/deployment.ts";
import { toHex } from "../../protocol/bytes.ts";
import { mosquitto } from "../real-components.ts";
import { keyOf } from "../unit/ledger/chain.ts";
import { type Cable, layCable } from "./cable.ts";
import { deploy } from "./deploy.ts";
import { signersIn } from "./folder.ts";
import { createLedgerPart } from "./ledger-part.ts";
import { createPart, type Part } from "./part.ts";

const HOST = "127.0.0.1";
const SITE = "faults";
const PROBES = 4;
const TOKEN = "token-of-the-fault-tests";

/** The gateway's own broker, or a Mosquitto beside it. */
export type BrokerKind = "embedded" | "mosquitto";

/** A whole system in a folder: reader, gateway, oracle, ledger and what broker there is, each a process of its own. */
export type Site = {
  readonly signers: readonly Signer[];
  readonly deployment: Deployment;
  readonly gatewayUrl: string;
  readonly oracleUrl: string;
  readonly token: string;
  readonly folder: string;
  readonly parts: { reader: Part; gateway: Part; broker?: Part; oracle: Part; ledger: Part };
  /** The wires between the parts. */
  readonly cables: readonly Cable[];
  /** Waits for so many blocks, and lets the ledger go on without them from where they forked. */
  reorganise(blocks: number): Promise<void>;
  /** The probes again, taking no more readings: it ends when all that they signed is acknowledged. */
  readonly delivery: Part;
};

/** Deploys the contracts, registers the probes and writes every part's configuration; nothing runs yet. */
export async function prepareSite(
  folder: string,
  { periodMs, broker }: { periodMs: number; broker: BrokerKind },
): Promise<Site> {
  const signers = await signersIn(folder, PROBES);
  const [rpcPort, mqttPort, gatewayPort, oraclePort] = await Promise.all(
    Array.from({ length: 4 }, () => anyPort(HOST)),
  );
  const isOutside = broker === "mosquitto";
  const cables = await Promise.all([
    layCable({ name: isOutside ? "reader to broker" : "reader to gateway", host: HOST, to: mqttPort! }),
    layCable({ name: "oracle to gateway", host: HOST, to: gatewayPort! }),
    layCable({ name: "oracle to ledger", host: HOST, to: rpcPort! }),
  ]);
  const [toBroker, toFeed, toLedger] = cables.map(({ port }) => port);
  const gatewayToBroker = isOutside
    ? await layCable({ name: "gateway to broker", host: HOST, to: mqttPort! })
    : undefined;
  const ledger = createLedgerPart({ folder, host: HOST, port: rpcPort! });
  await ledger.start();
  const rpc = `http://${HOST}:${rpcPort}`;
  const deployment = await deploy(rpc, signers);
  // A clean end writes the state, from which every later start begins.
  await ledger.stop();

  const file = (name: string) => join(folder, name);
  await writeDeployment(file("deployment.json"), deployment);
  await writeFile(file("clock-synchronised"), "");
  await writeJson(file("gateway.json"), {
    version: 2,
    site: SITE,
    dataDir: file("gateway"),
    http: { host: HOST, port: gatewayPort, token: { env: "POND_TOKEN" } },
    ...(gatewayToBroker === undefined
      ? { broker: { host: HOST, port: mqttPort } }
      : { outsideBroker: { url: `mqtt://${HOST}:${gatewayToBroker.port}` } }),
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
        POND_TOKEN: TOKEN,
      }),
      ...(isOutside ? { broker: await createBrokerPart({ folder, port: mqttPort! }) } : {}),
      oracle: part("oracle", ["oracle/main.ts", "--config", file("oracle.json")], {
        POND_TOKEN: TOKEN,
        POND_OPERATOR_KEY: keyOf("operator"),
      }),
      ledger,
    },
    cables: gatewayToBroker === undefined ? cables : [...cables, gatewayToBroker],
    reorganise: (blocks) => ledger.reorganise(blocks),
    delivery: part("delivery", readerArgs(0)),
  };
}

/** A Mosquitto that forgets everything when it is killed; who may say what is tested elsewhere. */
async function createBrokerPart({ folder, port }: { folder: string; port: number }): Promise<Part> {
  const config = join(folder, "mosquitto.conf");
  await writeFile(config, `listener ${port} ${HOST}\nallow_anonymous true\npersistence false\n`);
  const logFile = join(folder, "broker.log");
  return createPart({ name: "broker", program: mosquitto.path!, args: ["-c", config], logFile });
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}
