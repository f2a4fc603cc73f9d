import { createPublicKey, verify as cryptoVerify, type KeyObject } from "node:crypto";
import { PondproofError } from "../protocol/errors.ts";
import { SIGNATURE_BYTES } from "../protocol/record.ts";

// SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480), up to x.
const SPKI_PREFIX = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");

/**
 * A public key x ‖ y for `verifySignature`; made once a device, for it costs more than a verification.
 * @throws BAD_PUBLIC_KEY
 */
export function importPublicKey(publicKey: Uint8Array): KeyObject {
  try {
    if (publicKey.length !== 64) throw new RangeError("not 64 bytes");
    const key = Buffer.concat([SPKI_PREFIX, publicKey]);
    return createPublicKey({ key, format: "der", type: "spki" });
  } catch (cause) {
    throw new PondproofError("BAD_PUBLIC_KEY", { bytes: publicKey.length }, { cause });
  }
}

/**
 * Checks an ES256 signature r ‖ s over `message` by OpenSSL in the thread pool. OpenSSL takes s and n − s alike, so
 * the answer is that of protocol §2, which normalises s first.
 */
export function verifySignature({
  key,
  message,
  signature,
}: {
  key: KeyObject;
  message: Uint8Array;
  signature: Uint8Array;
}): Promise<boolean> {
  if (signature.length !== SIGNATURE_BYTES) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  // The callback's error says that r or s is no scalar at all: not a signature either.
  cryptoVerify("sha256", message, key, toDer(signature), (error, valid) => resolve(error === null && valid));
  return promise;
}

/**
 * r ‖ s as the ASN.1 that OpenSSL speaks. Node can convert by itself (`ieee-p1363`), at 1.4 times the time of the whole
 * verification.
 */
export function toDer(signature: Uint8Array): Uint8Array {
  const der = new Uint8Array(2 * 35 + 2);
  let at = putInteger(der, 2, signature, 0);
  at = putInteger(der, at, signature, 32);
  der[0] = 0x30;
  der[1] = at - 2;
  return der.subarray(0, at);
}

/** Writes the 32-byte integer at `from` as an ASN.1 INTEGER at `at` and returns where it ends. */
function putInteger(der: Uint8Array, at: number, signature: Uint8Array, from: number): number {
  let start = from;
  while (start < from + 31 && signature[start] === 0) start++;
  const sign = signature[start]! >= 0x80 ? 1 : 0;
  const length = from + 32 - start;
  der[at] = 0x02;
  der[at + 1] = length + sign;
  der.set(signature.subarray(start, from + 32), at + 2 + sign);
  return at + 2 + sign + length;
}
