import { setTimeout as sleep } from "node:timers/promises";
import hre from "hardhat";
import type { Clock } from "../protocol/clock.ts";
import { PondproofError } from "../protocol/errors.ts";
import { startAnvil } from "./anvil.ts";
import { anyPort } from "./ports.ts";
import { createRpc, type Rpc } from "./rpc.ts";

const HOST = "127.0.0.1";
/** Real time after which waiting transactions get their block, and after which an empty one is mined. */
const BLOCK_MS = 40;
const EMPTY_BLOCK_MS = 1_000;

/** Which ledger a run uses: one inside this process that forgets, one beside it that remembers, or somebody else's. */
export type ChainChoice = { kind: "hardhat" } | { kind: "anvil" } | { kind: "rpc"; url: string };

/** A running ledger whose clock is the simulation's. */
export type Chain = {
  readonly kind: ChainChoice["kind"];
  readonly rpc: string;
  readonly chainId: number;
  readonly call: Rpc;
  /** Gives an account coins for gas. */
  fund(address: string): Promise<void>;
  /** Mines a block at a time of its own; time never goes back. */
  mineAt(timeMs: number): Promise<void>;
  /** Mines blocks with the clock's time until the signal: soon when a transaction waits, else one a second. */
  mineAlong(clock: Clock, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts or joins the ledger of a run; a new one begins at `genesisMs`, an outside one must not be later than `latestMs`.
 * @throws LEDGER_TIME_FIXED when an outside ledger's clock cannot be set, or is too late
 */
export async function startChain(
  choice: ChainChoice,
  { genesisMs, latestMs, stateDir }: { genesisMs: number; latestMs: number; stateDir: string },
): Promise<Chain> {
  const { rpc, stop } = await start(choice, { genesisMs, stateDir });
  const call = createRpc(rpc);
  const chainId = Number(await call<string>("eth_chainId"));
  const headMs = async () =>
    1000 * Number((await call<{ timestamp: string }>("eth_getBlockByNumber", ["latest", false])).timestamp);
  await requireOwnTime(call, rpc);
  let lastMs = await headMs();
  if (choice.kind === "rpc" && lastMs > latestMs) {
    const hint = "start the node with an earlier first block, e.g. anvil --timestamp 1";
    throw new PondproofError("LEDGER_TIME_FIXED", {
      rpc,
      at: isoOf(lastMs),
      needsBefore: isoOf(latestMs),
      hint,
    });
  }
  // Started again on an old state, anvil takes the machine's time for its own and refuses what lies before it.
  if (choice.kind === "anvil") await call("anvil_setTime", [lastMs / 1000 + 1]);

  const mineAt = async (timeMs: number) => {
    lastMs = Math.max(lastMs, timeMs);
    await call("evm_setNextBlockTimestamp", [Math.floor(lastMs / 1000)]);
    await call("evm_mine");
  };
  // The other two begin there by themselves.
  if (choice.kind === "rpc" && lastMs < genesisMs) await mineAt(genesisMs);

  return {
    kind: choice.kind,
    rpc,
    chainId,
    call,
    mineAt,
    async fund(address) {
      await call(choice.kind === "anvil" ? "anvil_setBalance" : "hardhat_setBalance", [
        address,
        "0x56bc75e2d63100000",
      ]);
    },
    async mineAlong(clock, signal) {
      await call("evm_setAutomine", [false]);
      let minedAt = 0;
      while (!signal.aborted) {
        const waiting = Number(await call<string>("eth_getBlockTransactionCountByNumber", ["pending"]));
        if (waiting > 0 || performance.now() - minedAt > EMPTY_BLOCK_MS) {
          await mineAt(clock.now());
          minedAt = performance.now();
        }
        await sleep(BLOCK_MS);
      }
    },
    stop,
  };
}

async function start(
  choice: ChainChoice,
  { genesisMs, stateDir }: { genesisMs: number; stateDir: string },
): Promise<{ rpc: string; stop: () => Promise<void> }> {
  switch (choice.kind) {
    case "hardhat": {
      const override = { initialDate: new Date(genesisMs) };
      const server = await hre.network.createServer({ network: "node", override }, HOST, 0);
      const { port } = await server.listen();
      return { rpc: `http://${HOST}:${port}`, stop: () => server.close() };
    }
    case "anvil":
      return startAnvil({
        host: HOST,
        port: await anyPort(HOST),
        genesisMs,
        stateDir,
      });
    case "rpc":
      return { rpc: choice.url, stop: async () => undefined };
  }
}

/** The demo's time is simulated, so the ledger's must be too: a real chain takes the deployed parts, not the demo. */
async function requireOwnTime(call: Rpc, rpc: string): Promise<void> {
  try {
    await call("evm_setAutomine", [true]);
  } catch (cause) {
    throw new PondproofError("LEDGER_TIME_FIXED", { rpc }, { cause });
  }
}

function isoOf(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
