import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import hre from "hardhat";
import { writeDeployment } from "../ledger/deployment.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { deployPondproof, type Request } from "./deploy-pondproof.ts";
import { parseChoice } from "./deployment-choice.ts";

const HELP = `Usage: npm run deploy -- --network NAME --choice FILE [--out FILE] [--key-file FILE] [--confirmations N]

Deploys the contracts to a chain, puts them into force and writes the deployment document that every part reads.
Afterwards the deployer holds no power.

  --network NAME     a network of hardhat.config.ts; "outside" is the chain at POND_RPC_URL
  --choice FILE      JSON: who holds which power, and the token; docs/operate.md has an example
  --out FILE         where the deployment document goes (default: deployment.json); an old one is not overwritten
  --key-file FILE    file with the deployer's key, 0x and 64 hex digits; else it is POND_DEPLOYER_KEY's value
  --confirmations N  blocks to wait for each transaction (default 1)
  --help             this text

Keys never stand in an argument. Nothing is sent to a chain without the P-256 precompile of Osaka.
`;

const POLLING_MS = 500;

async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      network: { type: "string" },
      choice: { type: "string" },
      out: { type: "string", default: "deployment.json" },
      "key-file": { type: "string" },
      confirmations: { type: "string", default: "1" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const { network, out } = values;
  const requiredConfirmations = Number(values.confirmations);
  const mistakes = [
    ...(network === undefined ? ["--network is missing"] : []),
    ...(values.choice === undefined ? ["--choice is missing"] : []),
    ...(Number.isInteger(requiredConfirmations) && requiredConfirmations > 0
      ? []
      : ["--confirmations takes a whole number above 0"]),
    ...(existsSync(out) ? [`--out: ${out} is there already`] : []),
  ];
  if (mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { mistakes });

  const choice = parseChoice(await readFile(values.choice!, "utf8"));
  const keyFile = values["key-file"];
  // Hardhat reads the variable when it connects, which is below.
  if (keyFile !== undefined) process.env.POND_DEPLOYER_KEY = (await readFile(keyFile, "utf8")).trim();
  const connection = await hre.network.create(network!);
  const request: Request = (method, params = []) => connection.provider.request({ method, params });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const rpc =
    "url" in connection.networkConfig ? await connection.networkConfig.url.getUrl() : "http://127.0.0.1";
  say(`chain ${Number(await request("eth_chainId"))} (${network})`);
  const deployment = await deployPondproof({
    request,
    rpc,
    choice,
    pollingIntervalMs: POLLING_MS,
    requiredConfirmations,
    onProgress: say,
  });
  await writeDeployment(out, deployment);
  say(`deployed; ${out} says where`);
  await connection.close();
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const told = isPondproofError(error)
    ? JSON.stringify({ code: error.code, ...error.facts, hint: error.hint })
    : error;
  console.error(told);
  process.exitCode = 1;
}
