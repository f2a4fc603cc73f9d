import type { Account } from "../../ledger/account.ts";
import { anchorTransaction, type BatchContent } from "../../ledger/batches.ts";
import type { Ledger } from "../../ledger/client.ts";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { keccak } from "../../protocol/hash.ts";
import { type Asked, type Front, handOn, json, startFront, type Told } from "./front.ts";

type Call = { id: unknown; method: string; params?: unknown[] };

const [SELECTOR, WORD] = [4, 32];

/**
 * Stands between an honest oracle and the ledger, with the operator's key: what the oracle anchors as batch `number` gets
 * there with the content that `lie` gives, and the oracle is told that all went as it wished.
 */
export async function startLedgerFront({
  rpc,
  ledger,
  operator,
  number,
  lie,
  onSent,
}: {
  rpc: string;
  ledger: Ledger;
  operator: Account;
  number: number;
  lie: () => Promise<BatchContent>;
  onSent: (hash: string) => void;
}): Promise<Front> {
  const nothing = new Uint8Array(WORD);
  const any = { number, directoryRoot: nothing, streamCount: 1, readings: 0, manifest: nothing };
  // Selector and number: what tells the call that anchors this batch from all others.
  const start = String((await anchorTransaction(ledger, any)).data).slice(2, 2 + 2 * (SELECTOR + WORD));
  /** Transactions of the oracle's, and what was sent in their place. */
  const inPlaceOf = new Map<unknown, string>();
  let anchored: Promise<string> | undefined;

  const falseData = (): Promise<string> => {
    anchored ??= lie().then(async (content) => String((await anchorTransaction(ledger, content)).data));
    return anchored;
  };

  const replace = async (raw: string): Promise<string> => {
    operator.resync();
    const to = ledger.deployment.contracts.BatchLedger;
    const prepared = await operator.prepare({ to, data: await falseData() });
    inPlaceOf.set(toHex(keccak(fromHex(raw))), prepared.hash);
    onSent(prepared.hash);
    return prepared.raw;
  };

  const translated = async ({ method, params = [] }: Call): Promise<unknown[]> => {
    const [first, ...rest] = params;
    switch (method) {
      case "eth_sendRawTransaction":
        return [String(first).includes(start) ? await replace(String(first)) : first];
      case "eth_getTransactionReceipt":
      case "eth_getTransactionByHash":
        return [inPlaceOf.get(first) ?? first, ...rest];
      case "eth_call": {
        const { data } = first as { data?: string };
        const isAsked = anchored !== undefined && data?.startsWith(`0x${start}`);
        return isAsked ? [{ ...(first as object), data: await anchored }, ...rest] : params;
      }
      default:
        return params;
    }
  };

  const answer = async (asked: Asked): Promise<Told> => {
    const call = JSON.parse(asked.body) as Call;
    try {
      const params = await translated(call);
      return await handOn(rpc, { ...asked, body: JSON.stringify({ ...call, params }) });
    } catch (error) {
      const { message } = error as Error;
      return json({ jsonrpc: "2.0", id: call.id, error: { code: -32_000, message } });
    }
  };
  return startFront(answer);
}
