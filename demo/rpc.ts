import { PondproofError } from "../protocol/errors.ts";

const TIMEOUT_MS = 10_000;

/** Calls one JSON-RPC method of an Ethereum node. */
export type Rpc = <T>(method: string, params?: unknown[]) => Promise<T>;

/** @throws LEDGER_UNREACHABLE when nobody answers, LEDGER_REFUSED when the node answers with an error */
export function createRpc(url: string): Rpc {
  return async <T>(method: string, params: unknown[] = []): Promise<T> => {
    let answer: { result?: T; error?: { message: string } };
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      answer = (await response.json()) as typeof answer;
    } catch (cause) {
      throw new PondproofError("LEDGER_UNREACHABLE", { rpc: url, method }, { cause });
    }
    if (answer.error !== undefined) {
      throw new PondproofError("LEDGER_REFUSED", { method, message: answer.error.message });
    }
    return answer.result as T;
  };
}
