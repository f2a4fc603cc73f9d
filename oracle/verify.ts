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
  const key: KeyObject = createPublicKey({
    key: Buffer.concat([SPKI_PREFIX, publicKey]),
    format: "der",
    type: "spki",
  });
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
