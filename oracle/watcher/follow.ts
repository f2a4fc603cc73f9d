import { readBatch } from "../../ledger/batches.ts";
import type { Ledger } from "../../ledger/client.ts";
import { publicKeyOf } from "../../ledger/devices.ts";
import { createEventReader } from "../../ledger/events.ts";
import { equalBytes, fromHex } from "../../protocol/bytes.ts";
import type { AnyPassage } from "../../protocol/flow-attributes.ts";
import { pass, spanTimeMs } from "../../telemetry/passages.ts";
import { traceOnLedger } from "../../telemetry/trace-ids.ts";
import type { Book, WatchedBatch } from "./book.ts";

/** Number, root, counts and hash of an event. */
const BATCH_EVENT_BYTES = 160;

const HEARD = {
  activity: "provide-iot-data",
  flow: "batch-to-watcher",
  subRole: "insurance-company",
  data: "batch",
  stage: "S5",
  bytes: BATCH_EVENT_BYTES,
  deviceType: "Hosted service",
} as const satisfies Partial<AnyPassage>;

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
        const sinceMs = spanTimeMs();
        const part = await events.next();
        for (const event of part.events) {
          if (event.kind === "DeviceRegistered") {
            book.register({ streamId: fromHex(event.streamId, 32), publicKey: publicKeyOf(event) });
            continue;
          }
          const batch = {
            number: event.number,
            directoryRoot: fromHex(event.directoryRoot, 32),
            streamCount: event.streamCount,
            readings: event.readings,
            manifest: fromHex(event.manifest, 32),
          };
          const known = book.batch(batch.number);
          if (known !== undefined) {
            if (!isSame(known, batch)) return "other";
            continue;
          }
          const anchored = await readBatch(ledger, batch.number);
          // A batch that is gone again was in a block that is gone.
          if (anchored === undefined) continue;
          book.addBatch({ ...batch, anchoredAtS: anchored.anchoredAtS });
          passBatch(batch, { genesis: ledger.deployment.genesis, sinceMs });
        }
        done = part.done;
      }
      return "same";
    },
  };
}

/** Says that the watcher has heard of a batch, and compares it. */
function passBatch(
  { number, readings }: Pick<WatchedBatch, "number" | "readings">,
  { genesis, sinceMs }: { genesis: string; sinceMs: number },
): void {
  const after = traceOnLedger("batch", { genesis, id: number });
  const passing = { after, sinceMs, untilMs: spanTimeMs(), facts: { batch: number, count: readings } };
  pass({ ...HEARD, action: "transmitted" }, passing);
  pass({ ...HEARD, action: "processed" }, passing);
}

function isSame(
  a: Pick<WatchedBatch, "directoryRoot" | "manifest">,
  b: Pick<WatchedBatch, "directoryRoot" | "manifest">,
): boolean {
  return equalBytes(a.directoryRoot, b.directoryRoot) && equalBytes(a.manifest, b.manifest);
}
