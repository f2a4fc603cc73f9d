import { webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { p256 } from "@noble/curves/nist.js";
import type { BaseContract, BaseContractMethod } from "ethers";
import { beforeAll, describe, expect, it } from "vitest";
import { importPublicKey, verifySignature } from "../../../edge/verify.ts";
import { createMessageCheck } from "../../../portal/web/signature-check.ts";
import { concatBytes, fromHex, toHex, uintWord } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { verifyDigest } from "../../../protocol/signature.ts";
import { createEvm } from "./evm.ts";

// Wycheproof's ECDSA vectors for P-256, SHA-256 and r ‖ s (IEEE P1363), as published by its project.
const FILE = join(
  import.meta.dirname,
  "../../../../shared/data/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json",
);
const ABSENT = !existsSync(FILE);

type Vector = { id: number; comment: string; valid: boolean } & Question;
type Question = { message: Uint8Array; signature: Uint8Array; publicKey: Uint8Array };
/** The verdict, or undefined where the question cannot be put: the ledger takes r and s as one word each. */
type Verifier = (question: Question) => Promise<boolean | undefined>;

describe.skipIf(ABSENT)(
  "the P-256 predicate on Wycheproof's vectors (skipped where ../shared/data is absent)",
  () => {
    const vectors = ABSENT ? [] : readVectors();
    const verifiers: [string, Verifier][] = [
      [
        "noble",
        async ({ message, signature, publicKey }) => verifyDigest(sha256(message), signature, publicKey),
      ],
      [
        "node:crypto",
        async ({ message, signature, publicKey }) =>
          verifySignature({ key: importPublicKey(publicKey), message, signature }),
      ],
      [
        "WebCrypto",
        (() => {
          const check = createMessageCheck(webcrypto.subtle as SubtleCrypto);
          return ({ message, signature, publicKey }) => check(message, signature, publicKey);
        })(),
      ],
      ["the ledger", (question) => onLedger(question)],
    ];
    let harness: BaseContract & { verifies: BaseContractMethod };

    const onLedger: Verifier = async ({ message, signature, publicKey }) => {
      if (signature.length !== 64) return undefined;
      const [r, s] = halves(signature);
      const [x, y] = halves(publicKey);
      return (await harness.verifies(sha256(message), r, s, x, y)) as boolean;
    };

    beforeAll(async () => {
      const { ethers } = await createEvm();
      harness = (await ethers.deployContract("SignatureHarness")) as unknown as typeof harness;
    });

    it("knows all of them", () => {
      expect(vectors).toHaveLength(262);
    });

    for (const [name, verify] of verifiers) {
      it(`is what they say, by ${name}`, async () => {
        const differing: string[] = [];
        for (const vector of vectors) {
          const verdict = await verify(vector);
          if (verdict !== undefined && verdict !== vector.valid)
            differing.push(`${vector.id} ${vector.comment}`);
        }
        expect(differing).toEqual([]);
      });

      it(`is the same for the other root of s, by ${name}`, async () => {
        for (const vector of vectors.filter(({ valid }) => valid)) {
          const s = BigInt(toHex(vector.signature.subarray(32)));
          const other = concatBytes(vector.signature.subarray(0, 32), uintWord(p256.Point.Fn.ORDER - s));
          expect({ id: vector.id, verdict: await verify({ ...vector, signature: other }) }).toEqual({
            id: vector.id,
            verdict: true,
          });
        }
      });
    }

    it("cannot be asked on the ledger about what is not 64 bytes long, and everybody else refuses that", () => {
      const others = vectors.filter(({ signature }) => signature.length !== 64);
      expect(others).toHaveLength(21);
      expect(others.every(({ valid }) => !valid)).toBe(true);
    });
  },
);

function readVectors(): Vector[] {
  const file = JSON.parse(readFileSync(FILE, "utf8")) as {
    testGroups: {
      publicKey: { uncompressed: string };
      tests: { tcId: number; comment: string; msg: string; sig: string; result: "valid" | "invalid" }[];
    }[];
  };
  return file.testGroups.flatMap(({ publicKey, tests }) =>
    tests.map(({ tcId, comment, msg, sig, result }) => ({
      id: tcId,
      comment,
      valid: result === "valid",
      message: fromHex(msg),
      signature: fromHex(sig),
      publicKey: fromHex(publicKey.uncompressed).subarray(1),
    })),
  );
}

function halves(bytes: Uint8Array): [string, string] {
  return [toHex(bytes.subarray(0, 32)), toHex(bytes.subarray(32))];
}
