import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { concatBytes } from "./bytes.ts";

/** `H` of the protocol: keccak256 over the joined parts. */
export function keccak(...parts: Uint8Array[]): Uint8Array {
  return keccak_256(parts.length === 1 ? parts[0]! : concatBytes(...parts));
}

/** SHA-256, which hashes whatever a probe or an auditor's tool hashes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}
