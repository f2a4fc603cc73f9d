import type { Me, ReadyAccount } from "../api.ts";
import { type Answer, post, remove } from "./portal-api.ts";

/** EIP-1193: the wallet that a browser offers. */
type Wallet = { request(call: { method: string; params?: unknown[] }): Promise<unknown> };

/** The browser's wallet, if it has one. */
export function walletOf(window_: unknown): Wallet | undefined {
  const { ethereum } = window_ as { ethereum?: Wallet };
  return ethereum;
}

/** Signs in with the account that the wallet's owner chooses; a person may refuse, so it can fail. */
export async function signInWith(wallet: Wallet, signal: AbortSignal): Promise<Answer<Me>> {
  try {
    const [account] = (await wallet.request({ method: "eth_requestAccounts" })) as string[];
    return await signIn(account!, signal, async (message) => {
      const signature = await wallet.request({ method: "personal_sign", params: [hexOf(message), account] });
      return { ok: true, value: { signature: String(signature) } };
    });
  } catch {
    // Closed or refused: to the reader it is the same, and the page says what to do.
    return { ok: false, problem: undefined };
  }
}

/** Signs in with an account whose key the demo's server holds. */
export function signInReady({ id, account }: ReadyAccount, signal: AbortSignal): Promise<Answer<Me>> {
  return signIn(account, signal, (message) => post(`/api/v1/ready/${id}/signature`, { message }, signal));
}

export function signOut(signal: AbortSignal): Promise<Answer<unknown>> {
  return remove("/api/v1/session", {}, signal);
}

/** EIP-4361: a message that the server makes, the account signs and the server checks. */
async function signIn(
  account: string,
  signal: AbortSignal,
  sign: (message: string) => Promise<Answer<{ signature: string }>>,
): Promise<Answer<Me>> {
  const invitation = await post<{ message: string }>("/api/v1/session/message", { account }, signal);
  if (!invitation.ok) return invitation;
  const { message } = invitation.value;
  const signed = await sign(message);
  return signed.ok ? post<Me>("/api/v1/session", { message, ...signed.value }, signal) : signed;
}

const hexOf = (text: string) =>
  `0x${[...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
