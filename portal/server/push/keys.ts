import { readFile, writeFile } from "node:fs/promises";
import webPush from "web-push";
import { PondproofError } from "../../../protocol/errors.ts";
import type { PushKeys } from "./push-service.ts";

type KeyFile = Pick<PushKeys, "publicKey" | "privateKey">;

/**
 * The portal's key pair towards push services, made and kept where the file is not there yet: with another one every
 * browser would have to subscribe again.
 * @throws PUSH_KEYS_UNUSABLE
 */
export async function openPushKeys({ path, contact }: { path: string; contact: string }): Promise<PushKeys> {
  const { publicKey, privateKey } = (await read(path)) ?? (await make(path));
  return { publicKey, privateKey, contact };
}

async function read(path: string): Promise<KeyFile | undefined> {
  try {
    const found = JSON.parse(await readFile(path, "utf8")) as Partial<KeyFile>;
    if (typeof found.publicKey !== "string" || typeof found.privateKey !== "string")
      throw new Error("publicKey and privateKey are expected");
    return { publicKey: found.publicKey, privateKey: found.privateKey };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new PondproofError("PUSH_KEYS_UNUSABLE", { path, problem: (cause as Error).message }, { cause });
  }
}

async function make(path: string): Promise<KeyFile> {
  const keys = webPush.generateVAPIDKeys();
  await writeFile(path, `${JSON.stringify(keys)}\n`, { mode: 0o600, flag: "wx" });
  return keys;
}
