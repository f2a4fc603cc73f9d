import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
} from "node:crypto";
import { constants, type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { concatBytes } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import { lowS } from "../protocol/signature.ts";
import { syncFolder } from "./durable-file.ts";

/** Who signs for a probe: a file, or a secure element behind the same two things. */
export type Signer = {
  /** x ‖ y of a P-256 key, 64 bytes. */
  publicKey: Uint8Array;
  /** ES256 over the bytes: r ‖ s with low s, 64 bytes. */
  sign(signedBytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
};

/**
 * Opens the key in a PKCS#8 PEM file, and makes a new one of mode 0600 where there is none.
 * @throws KEY_FILE_UNSAFE when others may read it, KEY_FILE_UNUSABLE when it is no P-256 key
 */
export async function openFileKey(path: string): Promise<Signer> {
  await mkdir(dirname(path), { recursive: true });
  return signerOf((await createKey(path)) ?? (await loadKey(path)), path);
}

/** Signs with OpenSSL, ten times faster than in JavaScript; OpenSSL leaves about half of all s high. */
function signerOf(key: KeyObject, path: string): Signer {
  const jwk = createPublicKey(key).export({ format: "jwk" });
  if (jwk.crv !== "P-256")
    throw new PondproofError("KEY_FILE_UNUSABLE", { path, problem: "not a P-256 key" });
  const publicKey = concatBytes(Buffer.from(jwk.x ?? "", "base64url"), Buffer.from(jwk.y ?? "", "base64url"));
  return {
    publicKey,
    sign: (bytes) => lowS(new Uint8Array(signWith("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }))),
  };
}

/** Makes the key, unless the file is there. */
async function createKey(path: string): Promise<KeyObject | undefined> {
  const file = await openExclusively(path);
  if (file === undefined) return undefined;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await using closing = file;
  await closing.writeFile(privateKey.export({ format: "pem", type: "pkcs8" }));
  // A key that signed and is then lost to a power cut could never be proven again.
  await closing.sync();
  await syncFolder(dirname(path));
  return privateKey;
}

async function openExclusively(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw new PondproofError("KEY_FILE_UNUSABLE", { path, problem: "cannot be created" }, { cause });
  }
}

async function loadKey(path: string): Promise<KeyObject> {
  await using file = await open(path, "r").catch((cause: unknown) => {
    throw new PondproofError("KEY_FILE_UNUSABLE", { path, problem: "cannot be opened" }, { cause });
  });
  const mode = (await file.stat()).mode & 0o777;
  if ((mode & 0o077) !== 0) throw new PondproofError("KEY_FILE_UNSAFE", { path, mode: mode.toString(8) });
  const pem = await file.readFile("utf8");
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's reason is left out: it could quote the file.
    throw new PondproofError("KEY_FILE_UNUSABLE", { path, problem: "not a PKCS#8 private key" });
  }
}
