import {
  type Interface,
  JsonRpcApiProvider,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  Network,
} from "ethers";
import { PondproofError } from "../protocol/errors.ts";
import { type RpcFailure, rpcError } from "./errors.ts";

const TIMEOUT_MS = 15_000;

/**
 * Requests to the first node that answers, in the order given: whoever answered last is asked first. Everything that
 * it throws is an error of ours.
 */
export class FailoverProvider extends JsonRpcApiProvider {
  readonly #urls: string[];
  readonly #errors: Interface;

  constructor({ urls, chainId, errors }: { urls: readonly string[]; chainId: number; errors: Interface }) {
    // A cache, even of 250 ms, makes the nonce of a second transaction wrong; a batch waits for its fellows.
    super(chainId, { staticNetwork: Network.from(chainId), cacheTimeout: -1, batchMaxCount: 1 });
    this.#urls = [...urls];
    this.#errors = errors;
  }

  override send(method: string, params: unknown[] | Record<string, unknown>): Promise<unknown> {
    this._start();
    return super.send(method, params);
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<(JsonRpcResult | JsonRpcError)[]> {
    const problems: string[] = [];
    for (const url of [...this.#urls]) {
      try {
        const answer = await post(url, payload);
        this.#prefer(url);
        return Array.isArray(answer) ? answer : [answer];
      } catch (error) {
        problems.push(problemOf(error));
      }
    }
    throw new PondproofError("LEDGER_UNREACHABLE", { nodes: this.#urls.length, problems });
  }

  override getRpcError(payload: JsonRpcPayload, { error }: JsonRpcError): Error {
    return rpcError(payload.method, error as RpcFailure, this.#errors);
  }

  #prefer(url: string): void {
    if (this.#urls[0] === url) return;
    this.#urls.splice(this.#urls.indexOf(url), 1);
    this.#urls.unshift(url);
  }
}

async function post(url: string, payload: unknown): Promise<JsonRpcResult | JsonRpcError> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(payload),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = (await response.json()) as JsonRpcResult | JsonRpcError;
  // Some nodes send a JSON-RPC error with status 4xx or 5xx: the error says more than the status.
  if (!response.ok && !("error" in answer)) throw new Error(`status ${response.status}`);
  return answer;
}

/** The reason without the address: that may carry a key of the node's provider. */
function problemOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  if (typeof cause?.code === "string") return cause.code;
  return error instanceof Error ? error.name : "unknown";
}
