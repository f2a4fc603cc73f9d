import { fromHex } from "../protocol/bytes.ts";
import type { Ledger } from "./client.ts";
import { createEventReader } from "./events.ts";

/** What the ledger says that the manifest of a batch hashes to (SHA-256); `undefined` while it has no such batch. */
export function createManifestIndex(ledger: Ledger): (number: number) => Promise<Uint8Array | undefined> {
  const events = createEventReader({ ledger, kinds: ["BatchAnchored"] });
  const hashes = new Map<number, Uint8Array>();
  return async (number) => {
    for (let done = false; !done && !hashes.has(number); ) {
      const part = await events.next();
      for (const event of part.events) hashes.set(event.number, fromHex(event.manifest, 32));
      done = part.done;
    }
    return hashes.get(number);
  };
}
