import { readBatch } from "../../ledger/batches.ts";
import type { Ledger } from "../../ledger/client.ts";
import { publicKeyOf } from "../../ledger/devices.ts";
import { createEventReader } from "../../ledger/events.ts";
import { fromHex } from "../../protocol/bytes.ts";
import type { Book } from "./book.ts";

/** Brings what the ledger says of probes and batches into a book. */
export type Follow = {
  /** Takes what came since. `other` when the ledger holds another batch than the book: it went back. @throws LEDGER_* */
  turn(): Promise<"same" | "other">;
};

/** Reads from the deployment's first block on: repeating it changes nothing. */
export function createFollow({ ledger, book }: { ledger: Ledger; book: Book }): Follow {
  const events = createEventReader({ ledger, kinds: ["DeviceRegistered", "BatchAnchored"] });
  return {
    async turn() {
      for (let done = false; !done; ) {
        const part = await events.next();
        for (const event of part.events) {
          if (event.kind === "DeviceRegistered") {
            book.register({ streamId: fromHex(event.streamId, 32), publicKey: publicKeyOf(event) });
            continue;
          }
          const anchored = await readBatch(ledger, event.number);
          // A batch that is gone again was in a block that is gone.
          if (anchored === undefined) continue;
          const known = book.addBatch({
            number: event.number,
            directoryRoot: fromHex(event.directoryRoot, 32),
            streamCount: event.streamCount,
            readings: event.readings,
            manifest: fromHex(event.manifest, 32),
            anchoredAtS: anchored.anchoredAtS,
          });
          if (known === "other") return "other";
        }
        done = part.done;
      }
      return "same";
    },
  };
}
