import { getAddress, Wallet } from "ethers";
import type { Hex } from "../protocol/terms.ts";

/** An address with the capitals of EIP-55, by which a typing mistake shows. */
export function checksummed(account: string): Hex {
  return getAddress(account.toLowerCase()) as Hex;
}

/** The signature of a key over a text, as wallets sign it (EIP-191). */
export async function signText(text: string, key: string): Promise<Hex> {
  return (await new Wallet(key).signMessage(text)) as Hex;
}
