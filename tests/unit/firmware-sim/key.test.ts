import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openFileKey } from "../../../firmware-sim/key.ts";
import { fromHex } from "../../../protocol/bytes.ts";
import { signedBytes, verifyRecord } from "../../../protocol/signature.ts";
import { makeFrame, makeKey } from "../../factories.ts";

const HALF_ORDER = fromHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-key-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("openFileKey", () => {
  it("makes a key that only its owner may read, and finds it again", async () => {
    const path = join(folder, "new", "probe.pem");
    const made = await openFileKey(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await openFileKey(path)).publicKey).toEqual(made.publicKey);
    expect(made.publicKey).toHaveLength(64);
    expect(createPrivateKey(await readFile(path)).asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
  });

  it("signs so that every verifier agrees, always with low s", async () => {
    const signer = await openFileKey(join(folder, "signing.pem"));
    const record = makeFrame(makeKey("any")).subarray(0, 96);
    for (let i = 0; i < 50; i++) {
      const signature = await signer.sign(signedBytes(record));
      expect(verifyRecord(record, signature, signer.publicKey)).toBe(true);
      expect(Buffer.compare(signature.subarray(32), HALF_ORDER)).toBeLessThanOrEqual(0);
    }
  });

  it("refuses a file that others may read", async () => {
    const path = join(folder, "open.pem");
    await openFileKey(path);
    await chmod(path, 0o640);
    await expect(openFileKey(path)).rejects.toMatchObject({
      code: "KEY_FILE_UNSAFE",
      facts: { path, mode: "640" },
    });
  });

  it("refuses what is no key, and does not quote it", async () => {
    const path = join(folder, "junk.pem");
    await writeFile(path, "a secret that is no key", { mode: 0o600 });
    const refusal = await openFileKey(path).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "KEY_FILE_UNUSABLE" });
    expect(JSON.stringify(refusal)).not.toContain("secret");
  });

  it("refuses a key of another curve", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "secp256k1" });
    const path = join(folder, "curve.pem");
    await writeFile(path, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
    await expect(openFileKey(path)).rejects.toMatchObject({ code: "KEY_FILE_UNUSABLE" });
  });
});
