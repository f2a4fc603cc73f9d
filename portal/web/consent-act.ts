import type { ForwardTypedData } from "../../ledger/forward.ts";
import type { Purpose } from "../../protocol/consent.ts";
import type { ReadyAccount } from "../api.ts";
import { type Answer, post } from "./portal-api.ts";
import { walletOf } from "./sign-in.ts";

export type ConsentAct = {
  act: "grant" | "withdraw";
  institution: string;
  purpose: Purpose;
  untilMs?: number;
};

/**
 * Gives a consent or takes it back without coins: the server prepares the request, the farmer's account signs it
 * (EIP-712) in his wallet, or in the demo at its server, and the provider sends it.
 */
export async function sendConsent(
  pond: string,
  act: ConsentAct,
  { account, ready, signal }: { account: string; ready: ReadyAccount[] | null; signal: AbortSignal },
): Promise<Answer<unknown>> {
  const prepared = await post<{ id: string; typed: ForwardTypedData }>(
    `/api/v1/ponds/${pond}/grants/requests`,
    act,
    signal,
  );
  if (!prepared.ok) return prepared;
  const { id, typed } = prepared.value;
  const own = ready?.find((candidate) => candidate.account === account);
  const signed =
    own === undefined
      ? await signInWallet(account, typed)
      : await post<{ signature: string }>(`/api/v1/ready/${own.id}/requests/${id}/signature`, {}, signal);
  return signed.ok ? post(`/api/v1/requests/${id}`, signed.value, signal) : signed;
}

async function signInWallet(
  account: string,
  typed: ForwardTypedData,
): Promise<Answer<{ signature: string }>> {
  try {
    const params = [account, JSON.stringify({ ...typed, types: { ...typed.types, EIP712Domain: DOMAIN } })];
    const signature = await walletOf(window)?.request({ method: "eth_signTypedData_v4", params });
    return signature === undefined
      ? { ok: false, problem: undefined }
      : { ok: true, value: { signature: String(signature) } };
  } catch {
    // Closed or refused: to the reader it is the same, and the page says what to do.
    return { ok: false, problem: undefined };
  }
}

const DOMAIN = [
  { name: "name", type: "string" },
  { name: "version", type: "string" },
  { name: "chainId", type: "uint256" },
  { name: "verifyingContract", type: "address" },
];
