import { fromHex, toHex } from "../../protocol/bytes.ts";
import type { ChainReader, Proved } from "../../protocol/claim-check.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { keccak } from "../../protocol/hash.ts";
import type { Hex } from "../../protocol/terms.ts";
import type { Deployment } from "../api.ts";
import { readArray, readBytes, readWords, wordOf } from "./abi-words.ts";
import { decodeTerms } from "./terms-abi.ts";

const TIMEOUT_MS = 15_000;
const MS_PER_SECOND = 1000;

const hashOf = (signature: string) => toHex(keccak(new TextEncoder().encode(signature)));
const selectorOf = (signature: string) => hashOf(signature).slice(0, 10);

// ABI types, for selectors: contracts/insurance/Terms.sol and IClaims.sol, structs as tuples.
const PERIL_TYPE =
  "(uint8,uint8,uint8,(uint32,uint32,uint16)[],uint32,uint32,uint32,uint32,uint32,uint256,uint256,(bool,uint8,uint8,uint32))";
const TERMS_TYPE = `(uint256,uint256,address,address,bytes32,bytes32,bytes32[],uint8,address,uint256,uint256,uint256,uint40,uint40,uint32,uint40,uint32,uint32,uint32,uint32,uint32,uint32,uint16,uint256,${PERIL_TYPE}[])`;
const PROOF_TYPE = "(uint256,uint256,bytes32[],uint256,bytes)";
const SHOWN_TYPE = "((uint256,uint256,bytes32[],uint256,uint256,bytes,bytes),bytes)";
const EVIDENCE_TYPE = `(uint256,${PROOF_TYPE},uint256,${PROOF_TYPE},bytes,${SHOWN_TYPE}[])`;

const CALLS = {
  batch: selectorOf("batch(uint256)"),
  policy: selectorOf("policy(uint256)"),
  prove: selectorOf(`prove(uint256,${TERMS_TYPE},uint8,uint48,uint48,${EVIDENCE_TYPE}[])`),
};
const EVENTS = {
  policyTerms: hashOf("PolicyTerms(uint256,bytes)"),
  claimEvaluated: hashOf("ClaimEvaluated(uint256,uint256,uint8,uint48,uint48,uint16,uint256,uint40)"),
};

/**
 * The ledger, asked by the page itself at a node of the reader's choice: the few calls and events that a check needs.
 * Everything throws MALFORMED_MESSAGE, with the fact `problem`, when the node does not answer or not to the point.
 */
export function createChainReader({
  rpc,
  deployment: { contracts, firstBlock },
  signal,
}: {
  rpc: string;
  deployment: Deployment;
  signal: AbortSignal;
}): ChainReader {
  let calls = 0;

  const ask = async <T>(method: string, params: unknown[]): Promise<T> => {
    try {
      const response = await fetch(rpc, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: ++calls, method, params }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const { result, error } = (await response.json()) as { result?: T; error?: { message: string } };
      if (result === undefined) throw new TypeError(error?.message ?? "no result");
      return result;
    } catch (cause) {
      throw new PondproofError("MALFORMED_MESSAGE", { problem: "no-node", method }, { cause });
    }
  };

  const call = (to: Hex, data: string) => ask<Hex>("eth_call", [{ to, data }, "latest"]);
  const logs = (address: Hex, topics: string[]) =>
    ask<{ topics: Hex[]; data: Hex; transactionHash: Hex }[]>("eth_getLogs", [
      { address, topics, fromBlock: `0x${firstBlock.toString(16)}`, toBlock: "latest" },
    ]);
  const contract = (name: string): Hex => contracts[name]!;

  return {
    chainId: async () => Number(await ask<Hex>("eth_chainId", [])),
    async batch(number) {
      const words = readWords(await call(contract("BatchLedger"), CALLS.batch + wordOf(number)));
      const directoryRoot = fromHex(words.hex());
      const streamCount = words.number();
      const anchoredAtMs = words.number() * MS_PER_SECOND;
      return anchoredAtMs === 0 ? undefined : { directoryRoot, streamCount, anchoredAtMs };
    },
    async policy(id) {
      const [log] = await logs(contract("Policies"), [EVENTS.policyTerms, `0x${wordOf(id)}`]);
      if (log === undefined) return undefined;
      const words = readWords(await call(contract("Policies"), CALLS.policy + wordOf(id)));
      const [_termsHash, _product, _insurer] = [words.hex(), words.big(), words.address()];
      return { terms: decodeTerms(readBytes(log.data)), coverFromMs: words.number() * MS_PER_SECOND };
    },
    async evaluated(claim) {
      const found = await logs(contract("Claims"), [EVENTS.claimEvaluated, `0x${wordOf(claim)}`]);
      const said = found.map(({ topics, data, transactionHash }) => {
        const words = readWords(data);
        const [peril, _fromMs, _toMs] = [words.number(), words.number(), words.number()];
        const policy = BigInt(topics[2]!);
        return {
          policy,
          peril,
          payoutBps: words.number(),
          amount: words.big(),
          transaction: transactionHash,
        };
      });
      const last = said.at(-1);
      const first = said.find(({ payoutBps }) => payoutBps === last?.payoutBps);
      return last && { ...last, transaction: first!.transaction };
    },
    async proved(hash) {
      const { to, input } = await ask<{ to: Hex | null; input: Hex }>("eth_getTransactionByHash", [hash]);
      const isCall = to?.toLowerCase() === contract("Claims").toLowerCase() && input.startsWith(CALLS.prove);
      return isCall ? decodeProve(fromHex(input).subarray(4)) : undefined;
    },
  };
}

/** prove(policy, terms, peril, fromMs, toMs, evidence): contracts/insurance/IClaims.sol. */
function decodeProve(calldata: Uint8Array): Proved {
  const words = readWords(calldata);
  const [_policy, _terms, _peril] = [words.big(), words.number(), words.number()];
  const fromMs = words.number();
  const toMs = words.number();
  const shown = readArray(
    words.tail(),
    (evidence) => ({ probe: evidence.number(), batch: evidence.tail().number() }),
    { tails: true },
  );
  return { fromMs, toMs, shown };
}
