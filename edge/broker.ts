import type { KeyObject } from "node:crypto";
import type { EventEmitter } from "node:events";
import { Aedes, type AedesOptions, type Client } from "aedes";
import type { Clock } from "../protocol/clock.ts";
import { deviceTopic, parseTopic } from "../protocol/topics.ts";
import { HOME_ASSISTANT, mayLeaveWill, mayPublish, mayRetain, maySubscribe } from "./acl.ts";
import { type Credentials, hasSignedSession, judgeConnect, OBSERVER, type Peer } from "./authenticate.ts";
import {
  type Broker,
  type BrokerConsumer,
  type BrokerRefusals,
  type BrokerStats,
  noRefusals,
} from "./broker-port.ts";
import { createCleanPersistence } from "./clean-persistence.ts";
import type { ConnectionLimits } from "./connection.ts";
import { listenGuarded, type TlsCredentials } from "./guarded-server.ts";
import { errorFacts, type Log } from "./log.ts";
import { createSessions, type Sessions } from "./sessions.ts";

/** Bounds of everything that a client can make the broker hold. */
export type BrokerLimits = ConnectionLimits & {
  maxConnections: number;
  /** Sessions of one device: the living one, and some that TCP has not yet found to be dead. */
  maxConnectionsPerDevice: number;
  /** Sessions of devices that are not paired, while the operator pairs. */
  maxCandidates: number;
  connectTimeoutMs: number;
  maxKeepaliveSeconds: number;
};

export type BrokerOptions = {
  site: string;
  host: string;
  /** 0 for any that is free. */
  port: number;
  tls?: TlsCredentials;
  /** With it, whoever knows it may look on. */
  observerToken?: string;
  /** The operator lets unknown devices present themselves. */
  isPairing: () => boolean;
  clock: Clock;
  limits: BrokerLimits;
  /** The key of a paired device. */
  keyOf: (device: string) => KeyObject | undefined;
  consumer: BrokerConsumer;
  log: Log;
};

/** Starts the embedded broker on its port: aedes behind signed connects, an ACL and bounded connections. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { site, host, port, tls, limits, consumer, log } = options;
  const sessions = createSessions<Client>();
  const visitors: Visitors = { peers: new WeakMap(), credentials: new WeakMap() };
  const stats = { throttled: 0, refused: noRefusals() };
  const aedes = await Aedes.createBroker({
    connectTimeout: limits.connectTimeoutMs,
    keepaliveLimit: limits.maxKeepaliveSeconds,
    // Packets that a client sends before it has its CONNACK.
    queueLimit: 8,
    persistence: createCleanPersistence(),
    // A Home Assistant discovery topic has five.
    maxTopicLevels: 5,
    ...connectHooks(options, { sessions, visitors, refused: stats.refused }),
    ...accessHooks(sessions, stats.refused),
    published: deliver(options, sessions, visitors),
  });
  aedes.on("subscribe", (subscriptions, client) => {
    const principal = sessions.principalOf(client);
    if (principal?.role !== "device") return;
    const ack = deviceTopic(site, principal.device, "ack");
    // A subscription that was refused stands here with a quality of 128.
    if (subscriptions.some(({ topic, qos }) => topic === ack && qos <= 2))
      consumer.listening(principal.device);
  });
  for (const event of ["connectionError", "clientError"] as const) {
    aedes.on(event, () => void stats.refused.brokenConnection++);
  }
  (aedes as EventEmitter).on("error", (error) => log.error(errorFacts(error), "the broker has failed"));

  const server = await listenGuarded({
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    limits,
    clock: options.clock,
    onConnection(connection, peer) {
      if (peer !== undefined) visitors.peers.set(connection, peer);
      aedes.handle(connection);
    },
    events: {
      onHandshakeFailed: () => void stats.refused.handshake++,
      onOverlong: () => void stats.refused.overlongPacket++,
      onThrottled: () => void stats.throttled++,
      onSlow: () => void stats.refused.slowReader++,
    },
    onDropped: () => void stats.refused.tooManyConnections++,
  });

  return {
    port: server.port,
    publish({ topic, payload, qos, retain }) {
      if (aedes.closed) return;
      const packet = {
        cmd: "publish",
        topic,
        payload: Buffer.from(payload),
        qos,
        retain,
        dup: false,
      } as const;
      aedes.publish(packet, (error) => {
        if (error) log.warn({ topic, ...errorFacts(error) }, "the broker does not take a message");
      });
    },
    isConnected: sessions.isConnected,
    promote(device) {
      sessions.promote(device);
      if (sessions.isConnected(device)) consumer.listening(device);
    },
    dismiss(device) {
      for (const client of sessions.clientsOf(device)) client.close();
    },
    stats: (): BrokerStats => ({
      ...stats,
      connections: sessions.total(),
      connected: true,
      refused: { ...stats.refused },
    }),
    async stop() {
      const closed = server.close();
      await new Promise<void>((resolve) => aedes.close(resolve));
      // aedes knows nothing of a socket that has not said CONNECT.
      server.destroyAll();
      await closed;
    },
  };
}

type Hooks<Names extends keyof AedesOptions> = Required<Pick<AedesOptions, Names>>;

/** What clients have shown: their certificates by connection, and what they said when they connected. */
type Visitors = {
  peers: WeakMap<object, Peer>;
  credentials: WeakMap<Client, Credentials>;
};

/** Return codes of MQTT 3.1.1 §3.2.2.3. */
const RETURN_CODE = {
  unknownDevice: 5,
  wrongCertificate: 5,
  will: 5,
  badPassword: 4,
  tooManyConnections: 3,
} as const;

/** Who may connect: a device that has signed its session's name, or an observer. */
function connectHooks(
  { site, limits, keyOf, isPairing, observerToken, log }: BrokerOptions,
  {
    sessions,
    visitors,
    refused,
  }: { sessions: Sessions<Client>; visitors: Visitors; refused: BrokerRefusals },
): Hooks<"preConnect" | "authenticate"> {
  // Only the first hook sees the will, and only the second can answer: a client that is closed without an answer waits
  // for ever.
  const foreignWills = new WeakSet<Client>();
  return {
    preConnect(client, packet, done) {
      const { will, username = "" } = packet;
      const principal =
        username === OBSERVER || visitors.peers.get(client.conn)?.name === OBSERVER
          ? ({ role: "observer", site, name: username } as const)
          : ({ role: "device", site, device: username } as const);
      if (will && !mayLeaveWill(principal, { topic: will.topic, qos: will.qos ?? 0 }))
        foreignWills.add(client);
      // A session's name is used once, so nobody would ever collect what a broker keeps for a persistent one.
      packet.clean = true;
      done(null, true);
    },
    authenticate(client, username, password, done) {
      const refuse = (kind: keyof typeof RETURN_CODE) => {
        refused[kind]++;
        done(Object.assign(new Error(kind), { returnCode: RETURN_CODE[kind] }), false);
      };
      const credentials = { username, clientId: client.id, password };
      const peer = visitors.peers.get(client.conn);
      judgeConnect({ site, keyOf, credentials, peer, observerToken, isPairing: isPairing() }).then(
        (verdict) => {
          if (verdict.kind !== "accepted") return refuse(verdict.kind);
          const { principal } = verdict;
          if (foreignWills.has(client)) return refuse("will");
          const isCrowded = principal.role === "candidate" && sessions.candidates() >= limits.maxCandidates;
          if (isCrowded || sessions.count(principal) >= limits.maxConnectionsPerDevice)
            return refuse("tooManyConnections");
          if (principal.role === "candidate") visitors.credentials.set(client, credentials);
          sessions.add(client, principal);
          done(null, true);
        },
        (error: unknown) => {
          log.error(errorFacts(error), "a connect could not be judged");
          refuse("badPassword");
        },
      );
    },
  };
}

/** What a connected client may say and hear. */
function accessHooks(
  sessions: Sessions<Client>,
  refused: BrokerRefusals,
): Hooks<"authorizePublish" | "authorizeSubscribe"> {
  const principalOf = (client: Client | null) => (client === null ? undefined : sessions.principalOf(client));
  return {
    // An error here closes the connection, which is right for a foreign topic: no reader that works publishes to one.
    // What stands inside a reading is never a reason; that is answered by an acknowledgement.
    authorizePublish(client, packet, done) {
      const principal = principalOf(client);
      if (principal === undefined || !mayPublish(principal, packet)) {
        refused.publish++;
        done(new Error("the topic is not the client's own"));
        return;
      }
      // What a candidate says of itself may be a lie, so nothing of it stays.
      if (!mayRetain(packet.topic) || principal.role !== "device") packet.retain = false;
      done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      const principal = principalOf(client);
      const allowed = principal !== undefined && maySubscribe(principal, subscription.topic);
      if (!allowed) refused.subscribe++;
      done(null, allowed ? subscription : null);
    },
  };
}

/** Hands what clients publish to the consumer, in this process; nothing of the gateway is a client of its broker. */
function deliver(
  { site, consumer, log }: BrokerOptions,
  sessions: Sessions<Client>,
  visitors: Visitors,
): Hooks<"published">["published"] {
  return (packet, client: Client | null, done) => {
    const principal = client === null ? undefined : sessions.principalOf(client);
    if (client === null || principal === undefined) return done(null);
    if (packet.topic === HOME_ASSISTANT.status) {
      if (String(packet.payload) === "online") consumer.homeAssistantIsBack();
      return done(null);
    }
    const address = parseTopic(packet.topic);
    if (address?.kind !== "device") return done(null);
    // A copy: the original is a view of the socket's buffer, and would keep all of it.
    const payload = new Uint8Array(packet.payload as Buffer);
    if (principal.role === "candidate") {
      const credentials = visitors.credentials.get(client)!;
      if (address.topic === "info")
        consumer.presenting(address.device, payload, (key) => hasSignedSession({ site, credentials, key }));
      return done(null);
    }
    if (address.topic === "info") consumer.info(address.device, payload);
    if (address.topic === "event") consumer.event(address.device, payload);
    if (address.topic !== "reading") return done(null);
    consumer.reading(address.device, payload).then(
      () => done(null),
      (error: unknown) => {
        log.error({ device: address.device, ...errorFacts(error) }, "a reading could not be taken");
        done(null);
      },
    );
  };
}
