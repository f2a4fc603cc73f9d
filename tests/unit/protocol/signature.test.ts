import { createHash, createPublicKey, verify } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { concatBytes, fromHex, toHex, uintWord } from "../../../protocol/bytes.ts";
import { encodeRecord } from "../../../protocol/record.ts";
import {
  chainHash,
  connectionBytes,
  lowS,
  READING_PREFIX,
  registrationBytes,
  signedBytes,
  signRecord,
  splitFrame,
  verifyDigest,
  verifyRecord,
} from "../../../protocol/signature.ts";
import { vectors } from "../../vectors/vectors.ts";
import { createProbe, makeReading, opensslVerifies } from "./signed-stream.ts";

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

describe("a probe's signature", () => {
  const probe = createProbe();
  const record = encodeRecord(makeReading({ device: probe.device, seq: 3 }));
  const { signature } = splitFrame(probe.frameOf(record));
  const r = signature.subarray(0, 32);
  const s = BigInt(toHex(signature.subarray(32)));

  it("of OpenSSL verifies here, and one from here in OpenSSL", () => {
    expect(verifyRecord(record, signature, probe.publicKey)).toBe(true);
    const publicKey = concatBytes(fromHex(vectors.key.x), fromHex(vectors.key.y));
    const own = signRecord(record, fromHex(vectors.key.private));
    expect(opensslVerifies(record, own, publicKey)).toBe(true);
    expect(lowS(own)).toEqual(own);
  });

  it("is the same in its low and its high form", () => {
    const high = concatBytes(r, uintWord(ORDER - s));
    expect(verifyRecord(record, high, probe.publicKey)).toBe(true);
    expect(lowS(high)).toEqual(signature);
    expect(lowS(signature)).toEqual(signature);
  });

  it("is refused changed, cut, extended, with numbers out of range, and under another key", () => {
    const wrong = [
      new Uint8Array(),
      new Uint8Array(64),
      signature.subarray(0, 63),
      concatBytes(signature, new Uint8Array(1)),
      signature.with(0, signature[0]! ^ 1),
      signature.with(63, signature[63]! ^ 1),
      concatBytes(new Uint8Array(32), uintWord(s)),
      concatBytes(r, new Uint8Array(32)),
      concatBytes(r, uintWord(ORDER)),
      concatBytes(r, uintWord(s + ORDER < 1n << 256n ? s + ORDER : (1n << 256n) - 1n)),
      concatBytes(uintWord(ORDER), uintWord(s)),
    ];
    for (const other of wrong) expect(verifyRecord(record, other, probe.publicKey)).toBe(false);
    expect(verifyRecord(record.with(5, record[5]! ^ 1), signature, probe.publicKey)).toBe(false);
    expect(verifyRecord(record, signature, createProbe().publicKey)).toBe(false);
    for (const key of [new Uint8Array(64), new Uint8Array(64).fill(0xff), probe.publicKey.subarray(1)])
      expect(verifyRecord(record, signature, key)).toBe(false);
  });

  it("covers the prefix and the record, whose SHA-256 is the next record's prev", () => {
    expect(signedBytes(record)).toEqual(concatBytes(READING_PREFIX, record));
    expect(READING_PREFIX).toHaveLength(38);
    expect(Buffer.from(chainHash(record))).toEqual(
      createHash("sha256").update(READING_PREFIX).update(record).digest(),
    );
  });

  it("opens a session only at the site and for the client that it names, and is never a record's", () => {
    const bytes = connectionBytes({ site: "north", clientId: "0123-a" });
    for (const other of [
      { site: "south", clientId: "0123-a" },
      { site: "north", clientId: "0123-b" },
    ])
      expect(connectionBytes(other)).not.toEqual(bytes);
    const contexts = [bytes, signedBytes(record), registrationBytes(new Uint8Array(32))].map((signed) =>
      Buffer.from(signed.subarray(0, 36)).toString("latin1"),
    );
    expect(new Set(contexts).size).toBe(3);
  });
});

type Wycheproof = {
  numberOfTests: number;
  testGroups: {
    publicKey: { uncompressed: string };
    tests: { tcId: number; comment: string; msg: string; sig: string; result: "valid" | "invalid" }[];
  }[];
};

const wycheproofFile = fileURLToPath(
  new URL("../../../../shared/data/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json", import.meta.url),
);
const isThere = existsSync(wycheproofFile);

describe.skipIf(!isThere)(
  `the signature rule${isThere ? "" : " (skipped: ../shared/data/wycheproof is not beside this repository)"}`,
  () => {
    it("agrees with OpenSSL and with the verdict of every Wycheproof case, of which it differs by design in none", () => {
      const { testGroups, numberOfTests } = JSON.parse(readFileSync(wycheproofFile, "utf8")) as Wycheproof;
      const differences: string[] = [];
      let seen = 0;
      for (const { publicKey, tests } of testGroups) {
        const key = fromHex(publicKey.uncompressed, 65).subarray(1);
        for (const { tcId, comment, msg, sig, result } of tests) {
          const message = fromHex(msg);
          const signature = fromHex(sig);
          const ours = verifyDigest(createHash("sha256").update(message).digest(), signature, key);
          const openssl = opensslVerifiesMessage(message, signature, key);
          if (ours !== openssl || ours !== (result === "valid"))
            differences.push(`${tcId} ${comment}: ours ${ours}, OpenSSL ${openssl}, Wycheproof ${result}`);
          seen++;
        }
      }
      expect(seen).toBe(numberOfTests);
      // High s is accepted after normalisation (protocol §2), which is what plain ECDSA, and so Wycheproof, accepts too.
      expect(differences).toEqual([]);
    });
  },
);

function opensslVerifiesMessage(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const part = (from: number) => Buffer.from(publicKey.subarray(from, from + 32)).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: part(0), y: part(32) };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
}
