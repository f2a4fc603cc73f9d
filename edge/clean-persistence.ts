import { Readable } from "node:stream";

/** A message that the broker keeps for whoever subscribes later. */
type RetainedPacket = { topic: string; payload: Uint8Array };

/**
 * What aedes keeps when every session is clean and every subscription an exact topic: retained messages, and nothing
 * for any client. Its own store in memory remembers every client id that ever acknowledged something, which a season
 * of reconnects fills.
 */
export function createCleanPersistence() {
  const retained = new Map<string, RetainedPacket>();
  return {
    // aedes insists on an asynchronous function.
    async setup(): Promise<void> {},

    async storeRetained(packet: RetainedPacket): Promise<void> {
      if (packet.payload.length === 0) retained.delete(packet.topic);
      else retained.set(packet.topic, { ...packet });
    },
    createRetainedStreamCombi: (topics: readonly string[]) =>
      Readable.from(topics.flatMap((topic) => retained.get(topic) ?? [])),

    subscriptionsByTopic: async () => [],
    cleanSubscriptions: async () => {},
    outgoingEnqueueCombi: async () => {},
    outgoingStream: () => Readable.from([]),
    outgoingClearMessageId: async () => undefined,
    // Asked when a client releases a message of quality 2, which it was never allowed to send.
    incomingGetPacket: async () => undefined,

    // The client's own copy of its will is the one that is published; this is for clusters of brokers.
    putWill: async () => {},
    delWill: async () => {},
    streamWill: () => Readable.from([]),
  };
}
