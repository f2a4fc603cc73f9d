import { Readable } from "node:stream";

/** A message that the broker keeps for whoever subscribes later. */
type RetainedPacket = { topic: string; payload: Uint8Array };

/**
 * What aedes keeps when every session is clean: retained messages, and nothing for any client. Its own store in memory
 * remembers every client id that ever acknowledged something, which a season of reconnects fills.
 */
export function createCleanPersistence() {
  const retained = new Map<string, RetainedPacket>();
  const matching = (filter: string) =>
    /[+#]/.test(filter)
      ? [...retained.values()].filter(({ topic }) => matches(filter, topic))
      : (retained.get(filter) ?? []);
  return {
    // aedes insists on an asynchronous function.
    async setup(): Promise<void> {},

    async storeRetained(packet: RetainedPacket): Promise<void> {
      if (packet.payload.length === 0) retained.delete(packet.topic);
      else retained.set(packet.topic, { ...packet });
    },
    createRetainedStreamCombi: (filters: readonly string[]) => Readable.from(filters.flatMap(matching)),

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

/** True when a filter with wildcards covers a topic (MQTT 3.1.1 §4.7.1). */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  const many = wanted.indexOf("#");
  if (many < 0 && wanted.length !== levels.length) return false;
  return (many < 0 ? wanted : wanted.slice(0, many)).every(
    (level, i) => levels[i] !== undefined && (level === "+" || level === levels[i]),
  );
}
