import { createPublicKey } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importPublicKey, toDer, verifySignature } from "../../../edge/verify.ts";
import { uintWord } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { verifyDigest } from "../../../protocol/signature.ts";
import { makeKey } from "../../factories.ts";

const signer = makeKey("alpha");
const key = importPublicKey(signer.publicKey);
const message = new TextEncoder().encode("what was signed");
const signature = p256.sign(sha256(message), signer.secretKey, { prehash: false, lowS: true });
const { ORDER } = p256.Point.Fn;
const scalar = fc.oneof(
  fc.constantFrom(0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, 2n ** 256n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
);

describe("OpenSSL and the protocol's own predicate agree", () => {
  const both = async (candidate: Uint8Array) => {
    const fast = await verifySignature({ key, message, signature: candidate });
    expect(fast).toBe(verifyDigest(sha256(message), candidate, signer.publicKey));
    return fast;
  };

  test("on a good signature, and on its twin with a high s", async () => {
    expect(await both(signature)).toBe(true);
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString("hex")}`);
    const high = signature.slice();
    high.set(uintWord(ORDER - s), 32);
    expect(await both(high)).toBe(true);
  });

  test("on any two numbers, in and out of range", async () => {
    await fc.assert(
      fc.asyncProperty(scalar, scalar, async (r, s) => {
        const made = new Uint8Array(64);
        made.set(uintWord(r));
        made.set(uintWord(s), 32);
        expect(await both(made)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("on a signature of another length", async () => {
    expect(await both(signature.subarray(0, 63))).toBe(false);
    expect(await both(new Uint8Array(0))).toBe(false);
  });
});

test("DER is minimal: no leading zeros but the one that keeps a number positive", () => {
  const made = new Uint8Array(64);
  made[31] = 0x80;
  made[63] = 0x7f;
  expect(Buffer.from(toDer(made)).toString("hex")).toBe("3007020200800201" + "7f");
});

test("a key is imported as the point that it is", () => {
  const jwk = key.export({ format: "jwk" });
  expect(Buffer.from(jwk.x!, "base64url")).toEqual(Buffer.from(signer.publicKey.subarray(0, 32)));
  expect(createPublicKey(key.export({ format: "pem", type: "spki" })).equals(key)).toBe(true);
});

test("bytes that are no point of the curve are no key", () => {
  expect(() => importPublicKey(new Uint8Array(64).fill(1))).toThrow("BAD_PUBLIC_KEY");
  expect(() => importPublicKey(signer.publicKey.subarray(1))).toThrow("BAD_PUBLIC_KEY");
});
