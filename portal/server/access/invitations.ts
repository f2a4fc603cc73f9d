import { randomBytes } from "node:crypto";
import { SiweMessage } from "siwe";
import type { Hex } from "../../../protocol/terms.ts";

/** Somebody needs a moment to find his wallet. */
const LASTS_MS = 5 * 60_000;
const MAX_WAITING = 10_000;

/** Why nobody was signed in. */
export type Refusal =
  | "not a sign-in message of this page"
  | "too late, or used already"
  | "not signed by this account";
export type Accepted = { ok: true; account: Hex } | { ok: false; why: Refusal };

/**
 * Invitations to sign in (EIP-4361): each message names this page, the ledger's chain, an account, a nonce that is good
 * once, and when it ends.
 */
export type Invitations = {
  /** The message that the account signs; `origin` is the page's own. */
  invite(account: Hex, origin: URL): string;
  /** True for a message that was made here and can still be used. */
  isOpen(message: string): boolean;
  /** Takes a signed message; whatever comes of it, its nonce is used up. */
  accept(options: { message: string; signature: Hex; origin: URL }): Promise<Accepted>;
};

export function createInvitations({ chainId, nowMs }: { chainId: number; nowMs: () => number }): Invitations {
  const waiting = new Map<string, { message: string; untilMs: number }>();

  const forget = () => {
    // In the order in which they were made, which is that in which they end.
    for (const [nonce, { untilMs }] of waiting) {
      if (untilMs > nowMs() && waiting.size < MAX_WAITING) return;
      waiting.delete(nonce);
    }
  };

  const parse = (message: string): SiweMessage | undefined => {
    try {
      return new SiweMessage(message);
    } catch {
      // The grammar says what is wrong with it; whoever made it up knows.
      return undefined;
    }
  };

  return {
    invite(account, origin) {
      forget();
      const now = nowMs();
      const nonce = randomBytes(16).toString("hex");
      const message = new SiweMessage({
        domain: origin.host,
        address: account,
        statement: "Sign in to Pondproof. This costs nothing and moves nothing.",
        uri: origin.origin,
        version: "1",
        chainId,
        nonce,
        issuedAt: new Date(now).toISOString(),
        expirationTime: new Date(now + LASTS_MS).toISOString(),
      }).prepareMessage();
      waiting.set(nonce, { message, untilMs: now + LASTS_MS });
      return message;
    },
    isOpen(message) {
      const known = waiting.get(parse(message)?.nonce ?? "");
      return known?.message === message && known.untilMs > nowMs();
    },
    async accept({ message, signature, origin }) {
      const parsed = parse(message);
      if (parsed === undefined || parsed.domain !== origin.host || parsed.uri !== origin.origin)
        return { ok: false, why: "not a sign-in message of this page" };
      if (parsed.chainId !== chainId) return { ok: false, why: "not a sign-in message of this page" };
      const known = waiting.get(parsed.nonce);
      waiting.delete(parsed.nonce);
      if (known === undefined || known.untilMs <= nowMs())
        return { ok: false, why: "too late, or used already" };
      // What was altered after it was made here is not what the account was shown.
      if (known.message !== message) return { ok: false, why: "not a sign-in message of this page" };
      const { success } = await parsed.verify(
        {
          signature,
          domain: origin.host,
          nonce: parsed.nonce,
          time: new Date(nowMs()).toISOString(),
        },
        { suppressExceptions: true },
      );
      return success
        ? { ok: true, account: parsed.address as Hex }
        : { ok: false, why: "not signed by this account" };
    },
  };
}
