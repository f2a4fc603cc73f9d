import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PondproofError } from "../protocol/errors.ts";
import { writeDurably } from "./data-dir.ts";
import { createRpc } from "./rpc.ts";

/** Another id than Hardhat's, so that the two ledgers of one folder are never taken for one another. */
const CHAIN_ID = 31338;
const START_TRIES = 200;

// `cat` ends when this process does, however it dies; only then is anvil told to stop, and writes its state.
const UNTIL_WE_END = '"$@" & echo $! >&3; cat >/dev/null; kill -TERM $!; wait $!';

/**
 * Starts anvil on the state in `stateDir`; it stops, and saves its state, when this process ends, even by SIGKILL.
 * @throws MISSING_PROGRAM, LEDGER_UNREACHABLE
 */
export async function startAnvil(options: {
  host: string;
  port: number;
  genesisMs: number;
  stateDir: string;
}): Promise<{ rpc: string; stop: () => Promise<void> }> {
  const { host, port, genesisMs, stateDir } = options;
  await mkdir(stateDir, { recursive: true });
  const state = join(stateDir, "anvil.json");
  await waitForTheLastOne(join(stateDir, "anvil.pid"));
  const genesis = ["--timestamp", await genesisSeconds(join(stateDir, "genesis-seconds"), genesisMs)];
  const args = ["--host", host, "--port", String(port), "--chain-id", String(CHAIN_ID), "--silent"];
  const rules = ["--hardfork", "osaka", "--enable-tx-gas-limit"];
  const memory = ["--state", state, "--state-interval", "2", "--preserve-historical-states"];
  const child = spawn(
    "sh",
    ["-c", UNTIL_WE_END, "sh", anvilBinary(), ...args, ...rules, ...memory, ...genesis],
    {
      stdio: ["pipe", "ignore", "inherit", "pipe"],
    },
  );
  const [pid] = (await once(child.stdio[3] as NodeJS.ReadableStream, "data")) as [Buffer];
  await writeDurably(join(stateDir, "anvil.pid"), pid.toString().trim());
  const rpc = `http://${host}:${port}`;
  await untilItAnswers(rpc, child);
  return {
    rpc,
    async stop() {
      const ended = once(child, "exit");
      child.stdin?.end();
      await ended;
    },
  };
}

/**
 * The time of block 0, the same at every start: anvil makes that block anew each time and keeps it beside the one of its
 * state, so that another time would give the chain two first blocks, and now one answers, now the other.
 */
async function genesisSeconds(file: string, genesisMs: number): Promise<string> {
  if (!existsSync(file)) await writeDurably(file, String(Math.floor(genesisMs / 1000)));
  return readFile(file, "utf8");
}

function anvilBinary(): string {
  try {
    return createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${process.platform}-${cpu()}/bin/anvil`);
  } catch (cause) {
    throw new PondproofError(
      "MISSING_PROGRAM",
      { program: "anvil", platform: `${process.platform}-${process.arch}` },
      { cause },
    );
  }
}

function cpu(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

/** An anvil whose demo was killed needs a moment to write its state. */
async function waitForTheLastOne(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return;
  const pid = Number(await readFile(pidFile, "utf8"));
  for (let tries = 0; tries < START_TRIES && isAlive(pid); tries++) await sleep(50);
}

async function untilItAnswers(rpc: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < START_TRIES; tries++) {
    if (child.exitCode !== null) break;
    const answers = await createRpc(rpc)("eth_chainId").then(
      () => true,
      () => false,
    );
    if (answers) return;
    await sleep(50);
  }
  throw new PondproofError("LEDGER_UNREACHABLE", { rpc, program: "anvil", exitCode: child.exitCode });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
