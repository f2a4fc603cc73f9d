import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { network } from "hardhat";
import { anvil } from "../../real-components.ts";
import { answerWhenMined } from "./mined-at-once.ts";

/** The EVMs that the contract tests run on; `POND_EVM` names one. */
const EVMS = ["hardhat", "anvil"] as const;

// `cat` ends when this process does, however it dies.
const UNTIL_WE_END = '"$@" & cat >/dev/null; kill $!';

/** A chain of its own on the EVM that `POND_EVM` names: Hardhat's in this process, or anvil beside it. */
export async function createEvm() {
  const wanted = EVMS.find((name) => name === (process.env.POND_EVM ?? "hardhat"));
  if (wanted === undefined) throw new Error(`POND_EVM is one of ${EVMS.join(", ")}`);
  if (wanted === "hardhat") return network.create("node");
  const connection = await network.create({ network: "anvil", override: { url: await startAnvil() } });
  answerWhenMined(connection.provider);
  return connection;
}

/** Starts an anvil of the same rules as the config's `node`, which ends with this process; its URL. */
async function startAnvil(): Promise<string> {
  if (anvil.path === undefined) throw new Error(`anvil is not on this machine: ${anvil.install}`);
  const rules = ["--hardfork", "osaka", "--enable-tx-gas-limit", "--accounts", "20"];
  const child = spawn("sh", ["-c", UNTIL_WE_END, "sh", anvil.path, "--port", "0", ...rules], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => {
      const [, address] = /^Listening on (\S+)$/.exec(line) ?? [];
      if (address !== undefined) resolve(`http://${address}`);
    });
    lines.once("close", () => reject(new Error("anvil ended before it listened")));
  });
  // Whoever waits for this process to have nothing left to do does not wait for anvil.
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as unknown as { unref(): void }).unref();
  return url;
}
