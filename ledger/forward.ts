import { type TransactionRequest, Wallet } from "ethers";
import { PondproofError } from "../protocol/errors.ts";
import type { Hex } from "../protocol/terms.ts";
import type { Ledger } from "./client.ts";
import type { ContractName } from "./deployment.ts";
import { ledgerError } from "./errors.ts";

/** A request to a contract that its signer does not send himself (ERC-2771); amounts as digits, for JSON. */
export type ForwardRequest = {
  from: Hex;
  to: Hex;
  value: "0";
  gas: string;
  nonce: string;
  deadline: number;
  data: Hex;
};

/** What a wallet signs with `eth_signTypedData_v4` (EIP-712). */
export type ForwardTypedData = {
  domain: { name: string; version: string; chainId: number; verifyingContract: Hex };
  types: { ForwardRequest: { name: string; type: string }[] };
  primaryType: "ForwardRequest";
  message: ForwardRequest;
};

// The EIP-712 type of OpenZeppelin's ERC2771Forwarder.
const TYPES = {
  ForwardRequest: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "gas", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint48" },
    { name: "data", type: "bytes" },
  ],
};

/** Long enough for whoever looks for his telephone; the number of a request makes it good once. */
const LASTS_SECONDS = 86_400;
/** Room above the estimate, in parts: state may move until the request is sent. */
const GAS_HEADROOM = 4n;

/**
 * The request of an account to one of the contracts, ready to be signed.
 * @throws LEDGER_REVERTED where the contract would refuse it
 */
export async function prepareForward(
  ledger: Ledger,
  { from, to, data }: { from: Hex; to: ContractName; data: Hex },
): Promise<ForwardTypedData> {
  const { deployment, contracts, provider } = ledger;
  const target = deployment.contracts[to];
  const forwarder = deployment.contracts.Forwarder;
  try {
    const [gas, nonce, { timestamp }] = await Promise.all([
      // The forwarder writes the signer behind the call's data.
      provider.estimateGas({ from: forwarder, to: target, data: `${data}${from.slice(2)}` }),
      contracts.Forwarder.nonces(from),
      ledger.head(),
    ]);
    return {
      domain: {
        name: "Pondproof forwarder",
        version: "1",
        chainId: deployment.chainId,
        verifyingContract: forwarder,
      },
      types: TYPES,
      primaryType: "ForwardRequest",
      message: {
        from,
        to: target,
        value: "0",
        gas: (gas + gas / GAS_HEADROOM).toString(),
        nonce: nonce.toString(),
        deadline: timestamp + LASTS_SECONDS,
        data,
      },
    };
  } catch (error) {
    throw ledgerError(error);
  }
}

/** The signature of a key over a request, as a wallet gives it. */
export async function signForward({ domain, types, message }: ForwardTypedData, key: string): Promise<Hex> {
  return (await new Wallet(key).signTypedData(domain, types, message)) as Hex;
}

/**
 * The transaction by which anybody sends a signed request.
 * @throws INVALID_ARGUMENT where the forwarder would not take it: another signer, a used number, too late
 */
export async function executeTransaction(
  ledger: Ledger,
  { message, signature }: { message: ForwardRequest; signature: Hex },
): Promise<TransactionRequest> {
  const { Forwarder } = ledger.contracts;
  const { nonce: _, ...fields } = message;
  const request = { ...fields, signature };
  if (!(await Forwarder.verify(request)))
    throw new PondproofError("INVALID_ARGUMENT", {
      problem: "not signed by this account, used, or too late",
    });
  return Forwarder.execute.populateTransaction(request);
}
