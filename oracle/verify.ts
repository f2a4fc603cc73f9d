import { createPublicKey, verify as cryptoVerify, type KeyObject } from "node:crypto";
import { signedBytes, splitFrame } from "../protocol/signature.ts";

// SubjectPublicKeyInfo of an uncompressed P-256 point (RFC 5480), up to x.
const SPKI_PREFIX = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d03010703420004", "hex");

/** Checks frames under one probe's key. */
export type FrameCheck = (frame: Uint8Array) => Promise<boolean>;

/**
 * Checks frames under a registered key x ‖ y with OpenSSL in the thread pool. It takes s and n − s alike, so the answer
 * is that of protocol §2.
 */
export function createFrameCheck(publicKey: Uint8Array): FrameCheck {
  const key = keyObject(publicKey);
  return (frame) => {
    const { record, signature } = splitFrame(frame);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    // The callback's error says that r or s is no scalar at all: not a signature either.
    cryptoVerify(
      "sha256",
      signedBytes(record),
      { key, dsaEncoding: "ieee-p1363" },
      signature,
      (error, valid) => resolve(error === null && valid),
    );
    return promise;
  };
}

/** The same check of one record at a time, for the few that a search looks at. */
export function createFrameVerifier(
  publicKey: Uint8Array,
): (record: Uint8Array, signature: Uint8Array) => boolean {
  const key = keyObject(publicKey);
  return (record, signature) => {
    try {
      return cryptoVerify("sha256", signedBytes(record), { key, dsaEncoding: "ieee-p1363" }, signature);
    } catch {
      // OpenSSL says so of r and s that are no scalars: not a signature either.
      return false;
    }
  };
}

function keyObject(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
}
