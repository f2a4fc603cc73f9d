import type { Ledger } from "../ledger/client.ts";
import { publicKeyOf } from "../ledger/devices.ts";
import { createEventReader } from "../ledger/events.ts";
import { fromHex, toHex } from "../protocol/bytes.ts";
import { deviceId } from "../protocol/signature.ts";
import type { Store } from "./store.ts";

/**
 * Brings the probes that are registered on the ledger to the store's notice: only they get a stream. And that a
 * challenge voided one, which the operator then has to carry again.
 */
export type Registry = {
  /** Takes what was registered, bound and voided since. @throws LEDGER_* */
  follow(): Promise<void>;
};

/** Reads the registry's events from the deployment's first block on: repeating them changes nothing. */
export function createRegistry({ ledger, store }: { ledger: Ledger; store: Store }): Registry {
  const events = createEventReader({ ledger, kinds: ["DeviceRegistered", "DeviceBound", "StreamVoided"] });
  return {
    async follow() {
      for (let done = false; !done; ) {
        const part = await events.next();
        store.transaction(() => {
          for (const event of part.events) {
            const streamId = fromHex(event.streamId, 32);
            switch (event.kind) {
              case "DeviceBound":
                store.streams.bind(streamId, event.pond);
                break;
              case "StreamVoided":
                store.correct(streamId, event.throughBatch);
                break;
              case "DeviceRegistered": {
                const publicKey = publicKeyOf(event);
                store.streams.register({ name: toHex(deviceId(publicKey)).slice(2), streamId, publicKey });
              }
            }
          }
        });
        done = part.done;
      }
    },
  };
}
