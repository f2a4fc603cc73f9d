import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAnvil } from "../../demo/anvil.ts";
import { createRpc } from "../../demo/rpc.ts";
import type { Part } from "./part.ts";

/** Long before the tests, so that the ledger's clock only ever goes forward. */
const HOUR_MS = 3_600_000;
const HEAD_CHECK_MS = 50;

/** Anvil on a state that it writes every two seconds: killed, it forgets the blocks since, as a re-organised chain does. */
export function createLedgerPart({
  folder,
  host,
  port,
}: {
  folder: string;
  host: string;
  port: number;
}): Part & { reorganise(blocks: number): Promise<void> } {
  const stateDir = join(folder, "ledger");
  const call = createRpc(`http://${host}:${port}`);
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
      const { stop } = await startAnvil({ host, port, genesisMs: Date.now() - HOUR_MS, stateDir });
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
