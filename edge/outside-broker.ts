import { connect, type IClientOptions } from "mqtt";
import { decodeDeviceState, encodeMessage } from "../protocol/messages.ts";
import { everyDevice, gatewayTopic, parseTopic } from "../protocol/topics.ts";
import { DEVICE_WRITES, HOME_ASSISTANT } from "./acl.ts";
import { type Broker, type BrokerConsumer, noRefusals } from "./broker-port.ts";
import type { TlsCredentials } from "./guarded-server.ts";
import { errorFacts, type Log } from "./log.ts";

export type OutsideBrokerOptions = {
  site: string;
  /** `mqtts://host:port`, or `mqtt://` on the same machine. */
  url: string;
  /** The site's authority, and the gateway's own certificate. */
  tls?: TlsCredentials;
  /** What it says at its birth, and what the broker says at its death: one session's name in both. */
  session: string;
  maxPacketBytes: number;
  /** True for a paired device. */
  knows: (device: string) => boolean;
  hearsHomeAssistant: boolean;
  consumer: BrokerConsumer;
  /** The connection stands: what is retained is to be said again, for the broker may have forgotten it. */
  onConnect: () => void;
  log: Log;
};

const RECONNECT_MS = 2_000;
const PATIENCE_MS = 10_000;

/**
 * The way over a broker beside us, such as Mosquitto, of which the gateway is one client. The broker's own rules keep a
 * device to its topics; here its certificate is the proof that a session is the device's.
 */
export async function startOutsideBroker(options: OutsideBrokerOptions): Promise<Broker> {
  const { site, url, tls = {}, session, maxPacketBytes, knows, consumer, onConnect, log } = options;
  const refused = noRefusals();
  const present = createPresence();
  const stateTopic = gatewayTopic(site, "state");
  const will: NonNullable<IClientOptions["will"]> = {
    topic: stateTopic,
    payload: Buffer.from(encodeMessage({ state: "offline", session })),
    qos: 1,
    retain: true,
  };
  const client = connect(url, {
    ...tls,
    clientId: `gateway-${site}-${session}`,
    username: "gateway",
    clean: true,
    reconnectPeriod: RECONNECT_MS,
    connectTimeout: PATIENCE_MS,
    resubscribe: false,
    queueQoSZero: false,
    will,
  });
  const filters = [
    ...DEVICE_WRITES.map((topic) => everyDevice(site, topic)),
    ...(options.hearsHomeAssistant ? [HOME_ASSISTANT.status] : []),
  ];
  let isDown = false;

  client.on("connect", () => {
    if (isDown) log.info({ url }, "the outside broker is back");
    isDown = false;
    client.subscribeAsync(filters, { qos: 1 }).then(onConnect, (error: unknown) => {
      if (!client.connected) return;
      log.error(errorFacts(error), "the outside broker does not let the gateway listen");
      client.reconnect();
    });
  });
  client.on("close", () => {
    present.clear();
    if (!isDown) log.warn({ url }, "the outside broker is away; readers keep what they have");
    isDown = true;
  });
  client.on("error", (error) => {
    refused.brokenConnection++;
    if (!isDown) log.warn({ url, ...errorFacts(error) }, "the outside broker refuses");
    isDown = true;
  });

  const take = async (topic: string, payload: Uint8Array): Promise<void> => {
    if (topic === HOME_ASSISTANT.status) {
      if (String(payload) === "online") consumer.homeAssistantIsBack();
      return;
    }
    const address = parseTopic(topic);
    if (address?.kind !== "device" || address.site !== site) return void refused.publish++;
    if (payload.length > maxPacketBytes) return void refused.overlongPacket++;
    const { device } = address;
    if (address.topic === "info" && !knows(device))
      return consumer.presenting(device, payload, () => Promise.resolve(true));
    if (!knows(device)) return void refused.unknownDevice++;
    if (address.topic === "reading") return consumer.reading(device, payload);
    if (address.topic === "info") consumer.info(device, payload);
    if (address.topic === "event") consumer.event(device, payload);
    if (address.topic === "state" && present.take(device, payload)) consumer.listening(device);
  };
  // The acknowledgement of a message waits for its end: that is how a full queue slows the broker down.
  client.handleMessage = ({ topic, payload }, done) => {
    take(topic, new Uint8Array(payload as Buffer)).then(
      () => done(),
      (error: unknown) => {
        log.error({ topic, ...errorFacts(error) }, "a message could not be taken");
        done();
      },
    );
  };

  return {
    port: 0,
    publish({ topic, payload, qos, retain }) {
      // What is said to nobody is said again when the connection stands, and asked for again by the readers.
      if (!client.connected) return;
      client.publish(topic, Buffer.from(payload), { qos, retain }, (error) => {
        if (error && client.connected)
          log.warn({ topic, ...errorFacts(error) }, "the broker does not take a message");
      });
    },
    isConnected: (device) => present.has(device),
    promote: consumer.listening,
    // A certificate is taken back at the broker.
    dismiss: () => {},
    stats: () => ({
      connections: present.size(),
      connected: client.connected,
      throttled: 0,
      refused: { ...refused },
    }),
    stop: () => client.endAsync(!client.connected),
  };
}

/** Which devices are there, by what they and their wills say in `state`. */
function createPresence() {
  const sessions = new Map<string, string>();
  return {
    /** Notes a birth or a death; true for a birth. The death of an earlier session says nothing of the present one. */
    take(device: string, payload: Uint8Array): boolean {
      const { state, session } = decodeDeviceState(payload);
      if (state === "online") sessions.set(device, session);
      else if (sessions.get(device) === session) sessions.delete(device);
      return state === "online";
    },
    has: (device: string) => sessions.has(device),
    clear: () => sessions.clear(),
    size: () => sessions.size,
  };
}
