import { type Interface, type Log, type ParamType, Result } from "ethers";
import type { Hex } from "../protocol/terms.ts";
import type { Ledger, LedgerContracts } from "./client.ts";
import type { EventPlace } from "./events.ts";

/** A decoded argument: a number as decimal digits, a truth as itself, a list or struct of such, anything else as text. */
export type EventValue = string | boolean | EventValue[] | { [name: string]: EventValue };

/** Anything that any contract of the deployment said, with everything that it said. */
export type LoggedEvent = {
  contract: keyof LedgerContracts;
  name: string;
  place: EventPlace;
  timeMs: number;
  args: { name: string; type: string; value: EventValue }[];
};

/** `before`: the block below which the next page begins; null once the deployment's first block was read. */
export type EventPage = { events: LoggedEvent[]; before: number | null };

/** Nodes refuse to look through more than some thousand blocks in one request. */
const BLOCKS_PER_REQUEST = 2_000;
/** A page of a quiet ledger ends, short, after so many requests. */
const MAX_REQUESTS = 25;
const MS_PER_SECOND = 1000;

/** The events of all contracts, newest first, whole blocks at a time until there are `limit` of them. */
export async function readEventPage(
  ledger: Ledger,
  { before, limit, signal }: { before?: number | undefined; limit: number; signal: AbortSignal },
): Promise<EventPage> {
  const { firstBlock } = ledger.deployment;
  const contracts = byAddress(ledger);
  const logs: Log[] = [];
  let end = before === undefined ? (await ledger.head()).number : before - 1;
  for (let asked = 0; end >= firstBlock && logs.length < limit && asked < MAX_REQUESTS; asked++) {
    signal.throwIfAborted();
    const fromBlock = Math.max(firstBlock, end - BLOCKS_PER_REQUEST + 1);
    const found = await ledger.provider.getLogs({ address: [...contracts.keys()], fromBlock, toBlock: end });
    const newest = found.toReversed();
    // A block is never torn: what comes after the page begins below the last block on it.
    const last = newest[Math.max(0, limit - logs.length - 1)]?.blockNumber ?? fromBlock;
    logs.push(...newest.filter(({ blockNumber }) => blockNumber >= last));
    end = last - 1;
  }
  const times = await blockTimes(ledger, logs);
  return {
    events: logs.flatMap((log) => decoded(log, contracts, times.get(log.blockNumber)!)),
    before: end < firstBlock ? null : end + 1,
  };
}

type Known = Map<string, { name: keyof LedgerContracts; abi: Interface }>;

function byAddress({ contracts }: Ledger): Known {
  return new Map(
    Object.entries(contracts).map(([name, contract]) => [
      String(contract.target).toLowerCase(),
      { name: name as keyof LedgerContracts, abi: contract.interface as Interface },
    ]),
  );
}

async function blockTimes(ledger: Ledger, logs: readonly Log[]): Promise<Map<number, number>> {
  const numbers = [...new Set(logs.map(({ blockNumber }) => blockNumber))];
  const blocks = await Promise.all(numbers.map((number) => ledger.provider.getBlock(number)));
  return new Map(numbers.map((number, i) => [number, (blocks[i]?.timestamp ?? 0) * MS_PER_SECOND]));
}

function decoded(log: Log, contracts: Known, timeMs: number): LoggedEvent[] {
  const known = contracts.get(log.address.toLowerCase());
  const description = known?.abi.parseLog(log);
  if (known === undefined || !description) return [];
  const { fragment, args, name } = description;
  return [
    {
      contract: known.name,
      name,
      place: { block: log.blockNumber, logIndex: log.index, transaction: log.transactionHash as Hex },
      timeMs,
      args: fragment.inputs.map((input, i) => ({
        name: input.name || String(i),
        type: input.type,
        value: readValue(input, args[i]),
      })),
    },
  ];
}

function readValue(type: ParamType, value: unknown): EventValue {
  if (type.isArray() && value instanceof Result)
    return value.toArray().map((item) => readValue(type.arrayChildren, item));
  if (type.isTuple() && value instanceof Result)
    return Object.fromEntries(type.components.map((part, i) => [part.name, readValue(part, value[i])]));
  return typeof value === "boolean" ? value : String(value);
}
