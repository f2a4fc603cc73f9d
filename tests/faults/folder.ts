import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openFileKey, type Signer } from "../../firmware-sim/key.ts";
import { openOutbox } from "../../firmware-sim/outbox.ts";
import { deviceId } from "../../protocol/signature.ts";

/** Where the probes of a folder keep what is not acknowledged yet. */
export function outboxFile(folder: string): string {
  return join(folder, "outbox.db");
}

/** The keys of a folder's probes, made where they are not there yet. */
export async function signersIn(folder: string, count: number): Promise<Signer[]> {
  await mkdir(folder, { recursive: true });
  return Promise.all(Array.from({ length: count }, (_, i) => openFileKey(join(folder, `probe-${i}.pem`))));
}

/** How many records each probe of a folder has ever numbered; nobody else may have its outbox open. */
export async function signedIn(folder: string, signers: readonly Signer[]): Promise<number[]> {
  await using outbox = openOutbox({ path: outboxFile(folder) });
  return signers.map(({ publicKey }) => outbox.device(deviceId(publicKey)).head().nextSeq);
}
