import { p256 } from "@noble/curves/nist.js";
import { concatBytes, fromHex, uintWord } from "./bytes.ts";
import { keccak, sha256 } from "./hash.ts";
import { RECORD_BYTES, SIGNATURE_BYTES } from "./record.ts";

// protocol.md §2: an RFC 9052 Sig_structure with constant header and external_aad is a constant prefix.
const ascii = (text: string) => new TextEncoder().encode(text);
const sigStructure = (context: string, payloadHeader: string) =>
  concatBytes(
    fromHex("846a"),
    ascii("Signature1"),
    fromHex("43a10126"),
    new Uint8Array([0x40 + context.length]),
    ascii(context),
    fromHex(payloadHeader),
  );

/** The 38 bytes before every signed record. */
export const READING_PREFIX = sigStructure("pondproof/reading/1", "5860");
/** The 38 bytes before the digest in `connectionBytes`; a device that is asked to open a session adds them by itself. */
export const CONNECT_PREFIX = sigStructure("pondproof/connect/1", "5820");
const REGISTER_PREFIX = sigStructure("pondproof/register/1", "5820");

const ORDER = p256.Point.Fn.ORDER;
const HALF_ORDER = ORDER >> 1n;

/** First 8 bytes of the SHA-256 of a public key x ‖ y (64 bytes): the id a probe certifies itself with. */
export function deviceId(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, 8);
}

/** The 134 bytes that a probe signs. */
export function signedBytes(record: Uint8Array): Uint8Array {
  return concatBytes(READING_PREFIX, record);
}

/** SHA-256 of the signed bytes: the digest under the signature, and `prev` of the next record. */
export function chainHash(record: Uint8Array): Uint8Array {
  return sha256(signedBytes(record));
}

/** Signature over a record (64 bytes, r ‖ s, low s). */
export function signRecord(record: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return p256.sign(chainHash(record), secretKey, { prehash: false, lowS: true });
}

/** The form every verifier and every store uses: s replaced by n − s where s > n/2 (protocol §2). */
export function lowS(signature: Uint8Array): Uint8Array {
  const s = toBigInt(signature.subarray(32, 64));
  if (s <= HALF_ORDER || s >= ORDER) return signature;
  return concatBytes(signature.subarray(0, 32), uintWord(ORDER - s));
}

/** Checks a record's signature under a public key x ‖ y in pure JavaScript: for the browser, slow. */
export function verifyRecord(record: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return verifyDigest(chainHash(record), signature, publicKey);
}

/** Splits a frame into its record and signature. */
export function splitFrame(frame: Uint8Array): { record: Uint8Array; signature: Uint8Array } {
  return {
    record: frame.subarray(0, RECORD_BYTES),
    signature: frame.subarray(RECORD_BYTES, RECORD_BYTES + SIGNATURE_BYTES),
  };
}

/** H(abi.encode(chainId, registry, owner)): what a key signs to prove, to one registry, that its holder has it. */
export function registrationPayload(registration: {
  chainId: number | bigint;
  registry: string;
  owner: string;
}): Uint8Array {
  return keccak(
    uintWord(registration.chainId),
    uintWord(BigInt(registration.registry)),
    uintWord(BigInt(registration.owner)),
  );
}

/** The bytes signed at registration. */
export function registrationBytes(payload: Uint8Array): Uint8Array {
  return concatBytes(REGISTER_PREFIX, payload);
}

/**
 * The bytes that a device signs to open an MQTT session under its own name; the signature, as base64url, is the
 * session's password. Who overhears it can open that session again, and still needs the key for every record.
 */
export function connectionBytes({ site, clientId }: { site: string; clientId: string }): Uint8Array {
  return concatBytes(CONNECT_PREFIX, sha256(ascii(`${site}\n${clientId}`)));
}

/** Checks a signature over a SHA-256 digest under x ‖ y, after normalising s; false for anything that is not one. */
export function verifyDigest(digest: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || publicKey.length !== 64) return false;
  try {
    return p256.verify(lowS(signature), digest, concatBytes(new Uint8Array([4]), publicKey), {
      prehash: false,
      lowS: true,
    });
  } catch {
    // noble throws on r or s out of range and on points off the curve: neither is a valid signature.
    return false;
  }
}

function toBigInt(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}
