import { createPublicKey } from "node:crypto";
import { concatBytes, toHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { keyFingerprint } from "../protocol/fingerprint.ts";
import { deviceId } from "../protocol/signature.ts";

/**
 * Who a probe is by its key file, private or public, PEM: what an operator compares when he pairs it.
 * @throws BAD_PUBLIC_KEY
 */
export function describeKeyFile(pem: string): { device: string; fingerprint: string } {
  let coordinates: { x?: string; y?: string; crv?: string };
  try {
    coordinates = createPublicKey(pem).export({ format: "jwk" });
  } catch (cause) {
    throw new PondproofError("BAD_PUBLIC_KEY", { problem: "no key in PEM" }, { cause });
  }
  const { x = "", y = "", crv } = coordinates;
  if (crv !== "P-256") throw new PondproofError("BAD_PUBLIC_KEY", { curve: crv ?? "none" });
  const publicKey = concatBytes(Buffer.from(x, "base64url"), Buffer.from(y, "base64url"));
  return { device: toHex(deviceId(publicKey)).slice(2), fingerprint: keyFingerprint(publicKey) };
}
