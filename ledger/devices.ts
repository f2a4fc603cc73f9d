import type { TransactionRequest } from "ethers";
import { concatBytes, toHex, uintWord } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/hash.ts";
import { streamIdOf } from "../protocol/node.ts";
import { registrationBytes, registrationPayload } from "../protocol/signature.ts";
import type { Hex } from "../protocol/terms.ts";
import type { Ledger } from "./client.ts";
import type { Deployment } from "./deployment.ts";

/** The stream id that a public key x ‖ y has on a ledger. */
export function streamOfKey({ chainId, contracts }: Deployment, publicKey: Uint8Array): Hex {
  return toHex(streamIdOf({ chainId, deviceRegistry: contracts.DeviceRegistry, publicKey }));
}

/**
 * SHA-256 of the bytes by which a probe's key proves, to this registry, that `owner` holds it; the key signs it as it
 * signs a record's digest.
 */
export function possessionDigest({ chainId, contracts }: Deployment, owner: string): Uint8Array {
  const registration = { chainId, registry: contracts.DeviceRegistry, owner };
  return sha256(registrationBytes(registrationPayload(registration)));
}

/** Registers a probe; `signature` (r ‖ s) is its key's over `possessionDigest`. Registrar only. */
export function registerTransaction(
  ledger: Ledger,
  { publicKey, owner, signature }: { publicKey: Uint8Array; owner: string; signature: Uint8Array },
): Promise<TransactionRequest> {
  const [x, y] = halves(publicKey);
  const [r, s] = halves(signature);
  return ledger.contracts.DeviceRegistry.register.populateTransaction(x, y, owner, r, s);
}

/** Binds a probe to a pond; `fromMs` 0, the default, is the block that does it. Registrar only. */
export function bindTransaction(
  ledger: Ledger,
  { streamId, pond, fromMs = 0 }: { streamId: string; pond: string; fromMs?: number },
): Promise<TransactionRequest> {
  return ledger.contracts.DeviceRegistry.bind.populateTransaction(streamId, pond, fromMs);
}

/** A probe's public key x ‖ y out of the two numbers that the ledger holds. */
export function publicKeyOf({ x, y }: { x: bigint; y: bigint }): Uint8Array {
  return concatBytes(uintWord(x), uintWord(y));
}

function halves(bytes: Uint8Array): [Hex, Hex] {
  return [toHex(bytes.subarray(0, 32)), toHex(bytes.subarray(32, 64))];
}
