import { type ErrorDescription, type Interface, isError, type Result } from "ethers";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { REVERTS_IN_WORDS } from "./reverts.ts";

/** The error object of a JSON-RPC answer. */
export type RpcFailure = { code?: number; message?: string; data?: unknown };

/**
 * What a node answered instead of a result, as an error of ours: a contract's refusal with its name and values, a
 * wrong nonce, or whatever else it was.
 */
export function rpcError(method: string, failure: RpcFailure, errors: Interface): PondproofError {
  const problem = failure.message ?? `code ${failure.code}`;
  const data = revertData(failure);
  if (data !== undefined) return revertError(data, errors, { method });
  if (/nonce/i.test(problem) || /replacement transaction underpriced/i.test(problem)) {
    return new PondproofError("LEDGER_NONCE", { method, problem });
  }
  if (/revert/i.test(problem)) {
    return new PondproofError("LEDGER_REVERTED", { method, error: "unknown", args: {}, inWords: problem });
  }
  return new PondproofError("LEDGER_REFUSED", { method, problem });
}

/** A contract's refusal out of the bytes that it returned. */
function revertError(data: string, errors: Interface, facts: Record<string, unknown> = {}): PondproofError {
  const description = errors.parseError(data);
  if (description === null) {
    return new PondproofError("LEDGER_REVERTED", {
      ...facts,
      error: "unknown",
      args: {},
      data: data.slice(0, 138),
    });
  }
  const inWords = REVERTS_IN_WORDS[description.name];
  return new PondproofError("LEDGER_REVERTED", {
    ...facts,
    error: description.name,
    args: argsOf(description),
    ...(inWords === undefined ? {} : { inWords }),
  });
}

/** Whatever a call of ethers threw, as an error of ours. */
export function ledgerError(error: unknown): PondproofError {
  if (isPondproofError(error)) return error;
  const problem = error instanceof Error ? error.message.slice(0, 300) : String(error);
  const code =
    isError(error, "NETWORK_ERROR") || isError(error, "TIMEOUT") ? "LEDGER_UNREACHABLE" : "LEDGER_REFUSED";
  return new PondproofError(code, { problem }, { cause: error });
}

/** True when the contract refused with the custom error `name`. */
export function isRevert(error: unknown, name: string): error is PondproofError {
  return isPondproofError(error, "LEDGER_REVERTED") && error.facts.error === name;
}

/** Nodes put the bytes into `data`, or one or two objects deeper. */
function revertData(failure: RpcFailure): string | undefined {
  let at: unknown = failure.data;
  for (let depth = 0; depth < 3; depth++) {
    if (typeof at === "string") return /^0x([0-9a-fA-F]{2}){4,}$/.test(at) ? at : undefined;
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as { data?: unknown }).data;
  }
  return undefined;
}

function argsOf({ fragment, args }: ErrorDescription): Record<string, unknown> {
  return Object.fromEntries(fragment.inputs.map(({ name }, i) => [name || String(i), plain(args[i])]));
}

/** Values as JSON can hold them: facts end in logs. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  return Array.isArray(value) ? [...(value as Result)].map(plain) : value;
}
