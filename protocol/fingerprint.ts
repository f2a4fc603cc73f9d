import { concatBytes } from "./bytes.ts";
import { sha256 } from "./hash.ts";

/** Crockford's digits: none looks like another when it is read out over the phone. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DOMAIN = new TextEncoder().encode("pondproof/fingerprint/1");

/**
 * What an operator compares before he approves a key x ‖ y: 60 bits of its hash as `XXXX-XXXX-XXXX`, another 60 than the
 * device's id, so that an id made to look like another's does not help.
 */
export function keyFingerprint(publicKey: Uint8Array): string {
  const hash = sha256(concatBytes(DOMAIN, publicKey));
  let bits = 0n;
  for (const byte of hash.subarray(0, 8)) bits = (bits << 8n) | BigInt(byte);
  const digits = Array.from({ length: 12 }, (_, i) => DIGITS[Number((bits >> BigInt(59 - 5 * i)) & 31n)]);
  return [digits.slice(0, 4), digits.slice(4, 8), digits.slice(8)].map((group) => group.join("")).join("-");
}
