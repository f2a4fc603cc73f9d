import { PURPOSES, type Purpose } from "../protocol/consent.ts";
import type { Hex } from "../protocol/terms.ts";
import type { Ledger } from "./client.ts";

/** A consent to be given: whose data to whom, what for, until which second. */
export type ConsentGrant = { pond: Hex; institution: Hex; purpose: Purpose; until: number };

/** The call by which a farmer gives a consent, for `prepareForward` or a wallet of his own. */
export function grantData({ contracts }: Ledger, { pond, institution, purpose, until }: ConsentGrant): Hex {
  const { interface: abi } = contracts.ConsentRegistry;
  return abi.encodeFunctionData("grant", [pond, institution, PURPOSES.indexOf(purpose), until]) as Hex;
}

/** The call by which he takes it back. */
export function withdrawData(
  { contracts }: Ledger,
  { pond, institution, purpose }: Omit<ConsentGrant, "until">,
): Hex {
  const { interface: abi } = contracts.ConsentRegistry;
  return abi.encodeFunctionData("withdraw", [pond, institution, PURPOSES.indexOf(purpose)]) as Hex;
}
