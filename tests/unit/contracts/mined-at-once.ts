import { setTimeout as sleep } from "node:timers/promises";
import type { EthereumProvider } from "hardhat/types/providers";

/** What anvil may take until a transaction that it took is in a block. */
const MOST_TRIES = 1_000;

type Receipt = { status: string };
type Arguments = Parameters<EthereumProvider["request"]>[0];

/**
 * Makes a provider answer a sent transaction as Hardhat's does: when it is in a block, with an error where it failed.
 * Anvil answers before that, and takes one that fails.
 */
export function answerWhenMined(provider: EthereumProvider): void {
  const request = provider.request.bind(provider);
  provider.request = async (asked: Arguments) => {
    const answer = await request(asked);
    if (!/^eth_send(Raw)?Transaction$/.test(asked.method)) return answer;
    const { status } = await receiptOf(request, answer);
    if (status === "0x1") return answer;
    throw Object.assign(new Error(`transaction ${answer} failed`), { data: await revertOf(request, answer) });
  };
}

async function receiptOf(request: EthereumProvider["request"], hash: unknown): Promise<Receipt> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const receipt = (await request({
      method: "eth_getTransactionReceipt",
      params: [hash],
    })) as Receipt | null;
    if (receipt !== null) return receipt;
    await sleep(1);
  }
  throw new Error(`transaction ${hash} is in no block`);
}

/** The bytes that a failed transaction returned. */
async function revertOf(request: EthereumProvider["request"], hash: unknown): Promise<string> {
  const params = [hash, { tracer: "callTracer" }];
  const { output } = (await request({ method: "debug_traceTransaction", params })) as { output?: string };
  return output ?? "0x";
}
