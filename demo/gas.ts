import { interfaceOf } from "../ledger/artifacts.ts";
import { CONTRACT_NAMES, type Deployment } from "../ledger/deployment.ts";
import type { Rpc } from "./rpc.ts";

type MinedTransaction = { hash: string; to: string | null; input: string };
type Block = { transactions: MinedTransaction[] };
type Receipt = { gasUsed: string; status: string };

/** The most gas that each operation took in a whole transaction, by contract and function, over all blocks so far. */
export async function gasByOperation(call: Rpc, deployment: Deployment): Promise<Record<string, number>> {
  const contracts = new Map(
    CONTRACT_NAMES.map((name) => [
      deployment.contracts[name].toLowerCase(),
      { name, abi: interfaceOf(name) },
    ]),
  );
  const most: Record<string, number> = {};
  const head = Number(await call<string>("eth_blockNumber"));
  for (let number = deployment.firstBlock; number <= head; number++) {
    const block = await call<Block>("eth_getBlockByNumber", [`0x${number.toString(16)}`, true]);
    for (const { hash, to, input } of block.transactions) {
      const contract = to === null ? undefined : contracts.get(to.toLowerCase());
      const called = contract?.abi.getFunction(input.slice(0, 10));
      if (contract === undefined || !called) continue;
      const receipt = await call<Receipt>("eth_getTransactionReceipt", [hash]);
      if (receipt.status !== "0x1") continue;
      const operation = `${contract.name}.${called.name}`;
      most[operation] = Math.max(most[operation] ?? 0, Number(receipt.gasUsed));
    }
  }
  return most;
}
