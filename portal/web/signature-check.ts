import { concatBytes, toHex } from "../../protocol/bytes.ts";
import { signedBytes, verifyRecord } from "../../protocol/signature.ts";

type Check = (record: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => Promise<boolean>;

const P256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const ES256 = { name: "ECDSA", hash: "SHA-256" } as const;
/** As long as one frame of a display: the page stays alive while it computes. */
const SLICE_MS = 12;

/**
 * Checks probes' signatures with the browser's own cryptography, which takes high and low s alike; or, where a page
 * has none (plain HTTP from another machine) or not this curve, in JavaScript.
 */
export async function createSignatureCheck(subtle: SubtleCrypto | undefined): Promise<Check> {
  if (subtle === undefined || !(await knowsP256(subtle))) return inJavaScript();
  const verify = createMessageCheck(subtle);
  return (record, signature, publicKey) => verify(signedBytes(record), signature, publicKey);
}

/** Checks ES256 signatures over any message with the browser's own cryptography. */
export function createMessageCheck(
  subtle: SubtleCrypto,
): (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array) => Promise<boolean> {
  const keys = new Map<string, Promise<CryptoKey | undefined>>();
  const keyOf = (publicKey: Uint8Array) => {
    const id = toHex(publicKey);
    const point = new Uint8Array(concatBytes(Uint8Array.of(4), publicKey));
    const key =
      keys.get(id) ?? subtle.importKey("raw", point, P256, false, ["verify"]).catch(() => undefined);
    keys.set(id, key);
    return key;
  };
  return async (message, signature, publicKey) => {
    const key = await keyOf(publicKey);
    // A point that is not on the curve is nobody's key.
    if (key === undefined) return false;
    return subtle.verify(ES256, key, new Uint8Array(signature), new Uint8Array(message));
  };
}

function inJavaScript(): Check {
  let sliceBegan = performance.now();
  return async (record, signature, publicKey) => {
    if (performance.now() - sliceBegan > SLICE_MS) {
      await new Promise((resolve) => setTimeout(resolve));
      sliceBegan = performance.now();
    }
    return verifyRecord(record, signature, publicKey);
  };
}

async function knowsP256(subtle: SubtleCrypto): Promise<boolean> {
  return subtle.generateKey(P256, false, ["sign", "verify"]).then(
    () => true,
    () => false,
  );
}
