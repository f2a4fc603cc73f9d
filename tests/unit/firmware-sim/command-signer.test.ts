import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandSigner, openCommandSigner } from "../../../firmware-sim/command-signer.ts";
import { openFileKey, type Signer } from "../../../firmware-sim/key.ts";
import { fromHex } from "../../../protocol/bytes.ts";
import { signedBytes, verifyRecord } from "../../../protocol/signature.ts";
import { systemClock } from "../../../service/system-clock.ts";
import { makeFrame, makeKey } from "../../factories.ts";
import { isMissing, openssl, softHsm } from "../../real-components.ts";

const HALF_ORDER = fromHex("7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");
const SIGNERS = join(import.meta.dirname, "../../../firmware-sim/signers");
const OPENSSL = join(SIGNERS, "openssl.sh");
const PKCS11 = join(SIGNERS, "pkcs11.sh");

let folder: string;
let keyFile: string;
let fileSigner: Signer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-signer-"));
  keyFile = join(folder, "key.pem");
  fileSigner = await openFileKey(keyFile);
});
afterAll(() => rm(folder, { recursive: true }));

let scripts = 0;
/** A signer that is a shell script, in which `$KEY` is this key in hex. */
async function scripted(body: string, { timeoutMs = 10_000 } = {}): Promise<CommandSigner> {
  const path = join(folder, `${++scripts}.sh`);
  const key = Buffer.from(fileSigner.publicKey).toString("hex");
  await writeFile(path, `#!/usr/bin/env bash\nKEY=${key}\n${body}\n`);
  await chmod(path, 0o755);
  return openCommandSigner({ command: [path], clock: systemClock, timeoutMs });
}
const record = makeFrame(makeKey("any")).subarray(0, 96);

describe.skipIf(isMissing(openssl))("a signer in a process of its own", () => {
  it("signs with openssl so that every verifier agrees, always with low s", async () => {
    await using signer = await openCommandSigner({
      command: [OPENSSL, keyFile],
      clock: systemClock,
      timeoutMs: 20_000,
    });
    expect(signer.publicKey).toEqual(fileSigner.publicKey);
    for (let i = 0; i < 12; i++) {
      const signature = await signer.sign(signedBytes(record));
      expect(verifyRecord(record, signature, signer.publicKey)).toBe(true);
      expect(Buffer.compare(signature.subarray(32), HALF_ORDER)).toBeLessThanOrEqual(0);
    }
  });

  it("answers questions that are asked at once, each with its own signature", async () => {
    await using signer = await openCommandSigner({
      command: [OPENSSL, keyFile],
      clock: systemClock,
      timeoutMs: 20_000,
    });
    const records = [1, 2, 3, 4].map((seq) => makeFrame(makeKey("any"), { seq }).subarray(0, 96));
    const signatures = await Promise.all(records.map((each) => signer.sign(signedBytes(each))));
    for (const [i, each] of records.entries())
      expect(verifyRecord(each, signatures[i]!, signer.publicKey)).toBe(true);
  });

  it("that dies is started again at the next signature", async () => {
    const once = `read -r _; echo "key $KEY"; read -r word digest; [ -e ${folder}/died ] || { touch ${folder}/died; exit 3; }; (echo key; echo "sign $digest") | ${OPENSSL} ${keyFile} | tail -1`;
    // The second process is asked for no key, so it answers the first line it reads.
    await using signer = await scripted(
      `if [ -e ${folder}/died ]; then read -r word digest; echo "$word $digest" | ${OPENSSL} ${keyFile}; else ${once}; fi`,
    );
    await expect(signer.sign(signedBytes(record))).rejects.toMatchObject({
      code: "SIGNER_FAILED",
      facts: { problem: "it ended with 3" },
    });
    expect(verifyRecord(record, await signer.sign(signedBytes(record)), signer.publicKey)).toBe(true);
  });

  it.each([
    [
      "another key's signature",
      `echo "signature ${"11".repeat(64)}"`,
      "its signature does not verify under its key",
    ],
    ["a zero", `echo "signature ${"00".repeat(64)}"`, "its signature does not verify under its key"],
    [
      "r and s beyond the order",
      `echo "signature ${"ff".repeat(64)}"`,
      "its signature does not verify under its key",
    ],
    ["too few bytes", `echo "signature abcd"`, "signature: not 64 bytes in hex"],
    ["no hex", `echo "signature hello"`, "signature: not 64 bytes in hex"],
    ["an error of its own", `echo "error the token is locked"`, "the token is locked"],
    ["another word", `echo "hello"`, 'no "signature" where one was expected'],
    ["a flood", "yes | tr -d '\\n' | head -c 100000; echo", "an answer too long"],
  ])("is not believed with %s", async (_, answer, problem) => {
    await using signer = await scripted(
      `read -r _; echo "key $KEY"; while read -r word digest; do ${answer}; done`,
    );
    await expect(signer.sign(signedBytes(record))).rejects.toMatchObject({
      code: "SIGNER_FAILED",
      facts: { problem },
    });
  });

  it("that does not answer is not waited for", async () => {
    await expect(scripted("read -r _; read -r _", { timeoutMs: 100 })).rejects.toMatchObject({
      facts: { problem: "no answer within 100 ms" },
    });
  });

  it("that is not there, or whose key is no key, is told at once", async () => {
    const missing = openCommandSigner({ command: [join(folder, "nobody")], clock: systemClock });
    await expect(missing).rejects.toMatchObject({ code: "SIGNER_FAILED" });
    await expect(scripted(`read -r _; echo "key ${"07".repeat(64)}"; read -r _`)).rejects.toMatchObject({
      facts: { problem: "its key is no point of P-256" },
    });
  });
});

describe.skipIf(isMissing(softHsm))("a PKCS#11 token", () => {
  it("signs through its own library and never gives its key away", async () => {
    const module = "/usr/lib/softhsm/libsofthsm2.so";
    const [conf, tokens, pin] = ["softhsm2.conf", "tokens", "pin"].map((name) => join(folder, name));
    await mkdir(tokens!);
    await writeFile(conf!, `directories.tokendir = ${tokens}\n`);
    await writeFile(pin!, "1234", { mode: 0o600 });
    const env = { ...process.env, SOFTHSM2_CONF: conf };
    execFileSync(
      "softhsm2-util",
      ["--init-token", "--free", "--label", "pond", "--pin", "1234", "--so-pin", "5678"],
      {
        env,
        stdio: "pipe",
      },
    );
    const generate = ["--keypairgen", "--key-type", "EC:prime256v1", "--id", "01"];
    execFileSync("pkcs11-tool", ["--module", module, "--login", "--pin", "1234", ...generate], {
      env,
      stdio: "pipe",
    });
    const settings = [`SOFTHSM2_CONF=${conf}`, `PKCS11_PIN_FILE=${pin}`];
    await using signer = await openCommandSigner({
      command: ["env", ...settings, PKCS11, module, "01"],
      clock: systemClock,
      timeoutMs: 20_000,
    });
    for (let i = 0; i < 4; i++)
      expect(verifyRecord(record, await signer.sign(signedBytes(record)), signer.publicKey)).toBe(true);
  });
});
