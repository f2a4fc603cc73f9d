import type { KeyObject } from "node:crypto";
import type { EventEmitter } from "node:events";
import { Aedes, type AedesOptions, type Client } from "aedes";
import type { Clock } from "../protocol/clock.ts";
import { deviceTopic, parseTopic } from "../protocol/topics.ts";
import { mayLeaveWill, mayPublish, mayRetain, maySubscribe, type Principal } from "./acl.ts";
import { judgeConnect } from "./authenticate.ts";
import { createCleanPersistence } from "./clean-persistence.ts";
import type { ConnectionLimits } from "./connection.ts";
import { listenGuarded } from "./guarded-server.ts";
import { errorFacts, type Log } from "./log.ts";
import { createSessions, type Sessions } from "./sessions.ts";

/** Bounds of everything that a client can make the broker hold. */
export type BrokerLimits = ConnectionLimits & {
  maxConnections: number;
  /** Sessions of one device: the living one, and some that TCP has not yet found to be dead. */
  maxConnectionsPerDevice: number;
  connectTimeoutMs: number;
  maxKeepaliveSeconds: number;
};

/** What the gateway does with what devices say; a returned promise holds up the device that spoke, and nobody else. */
export type BrokerConsumer = {
  reading(device: string, payload: Uint8Array): Promise<void>;
  info(device: string, payload: Uint8Array): void;
  event(device: string, payload: Uint8Array): void;
  /** The device has subscribed to its acknowledgements. */
  listening(device: string): void;
};

/** What was refused, and how often. */
export type BrokerRefusals = {
  unknownDevice: number;
  badPassword: number;
  will: number;
  publish: number;
  subscribe: number;
  overlongPacket: number;
  /** A client that did not read what was sent to it. */
  slowReader: number;
  tooManyConnections: number;
  brokenConnection: number;
};

export type BrokerStats = { connections: number; throttled: number; refused: BrokerRefusals };

export type Broker = {
  readonly port: number;
  publish(message: { topic: string; payload: Uint8Array; qos: 0 | 1; retain: boolean }): void;
  isConnected(device: string): boolean;
  stats(): BrokerStats;
  stop(): Promise<void>;
};

export type BrokerOptions = {
  site: string;
  host: string;
  /** 0 for any that is free. */
  port: number;
  clock: Clock;
  limits: BrokerLimits;
  /** The key of a paired device. */
  keyOf: (device: string) => KeyObject | undefined;
  consumer: BrokerConsumer;
  log: Log;
};

/** Starts the embedded broker on its port: aedes behind signed connects, an ACL and bounded connections. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const { site, host, port, limits, consumer, log } = options;
  const sessions = createSessions();
  const stats: BrokerStats = { connections: 0, throttled: 0, refused: noRefusals() };
  const aedes = await Aedes.createBroker({
    connectTimeout: limits.connectTimeoutMs,
    keepaliveLimit: limits.maxKeepaliveSeconds,
    // Packets that a client sends before it has its CONNACK.
    queueLimit: 8,
    persistence: createCleanPersistence(),
    maxTopicLevels: 4,
    ...connectHooks(options, sessions, stats.refused),
    ...accessHooks(options, sessions, stats.refused),
    published: deliver(consumer, log),
  });
  aedes.on("subscribe", (subscriptions, client) => {
    const device = sessions.deviceOf(client);
    if (device === undefined) return;
    const ack = deviceTopic(site, device, "ack");
    // A subscription that was refused stands here with a quality of 128.
    if (subscriptions.some(({ topic, qos }) => topic === ack && qos <= 2)) consumer.listening(device);
  });
  for (const event of ["connectionError", "clientError"] as const) {
    aedes.on(event, () => void stats.refused.brokenConnection++);
  }
  (aedes as EventEmitter).on("error", (error) => log.error(errorFacts(error), "the broker has failed"));

  const server = await listenGuarded({
    host,
    port,
    limits,
    clock: options.clock,
    onConnection: (connection) => void aedes.handle(connection),
    events: {
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
    isConnected: (device) => sessions.count(device) > 0,
    stats: () => ({ ...stats, connections: sessions.total(), refused: { ...stats.refused } }),
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

/** Return codes of MQTT 3.1.1 §3.2.2.3. */
const RETURN_CODE = { unknownDevice: 5, will: 5, badPassword: 4, tooManyConnections: 3 } as const;

/** Who may connect: a device that has signed its session's name. */
function connectHooks(
  { site, limits, keyOf, log }: BrokerOptions,
  sessions: Sessions,
  refused: BrokerRefusals,
): Hooks<"preConnect" | "authenticate"> {
  // Only the first hook sees the will, and only the second can answer: a client that is closed without an answer waits
  // for ever.
  const foreignWills = new WeakSet<Client>();
  return {
    preConnect(client, packet, done) {
      const principal = { site, device: packet.username ?? "" };
      const { will } = packet;
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
      judgeConnect({ site, keyOf, credentials }).then(
        (verdict) => {
          if (verdict.kind !== "accepted") return refuse(verdict.kind);
          if (foreignWills.has(client)) return refuse("will");
          if (sessions.count(verdict.device) >= limits.maxConnectionsPerDevice)
            return refuse("tooManyConnections");
          sessions.add(client, verdict.device);
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

/** What a connected device may say and hear. */
function accessHooks(
  { site }: BrokerOptions,
  sessions: Sessions,
  refused: BrokerRefusals,
): Hooks<"authorizePublish" | "authorizeSubscribe"> {
  const principalOf = (client: Client | null): Principal | undefined => {
    const device = client === null ? undefined : sessions.deviceOf(client);
    return device === undefined ? undefined : { site, device };
  };
  return {
    // An error here closes the connection, which is right for a foreign topic: no reader that works publishes to one.
    // What stands inside a reading is never a reason; that is answered by an acknowledgement.
    authorizePublish(client, packet, done) {
      const principal = principalOf(client);
      if (principal === undefined || !mayPublish(principal, packet)) {
        refused.publish++;
        done(new Error("the topic is not the device's own"));
        return;
      }
      if (!mayRetain(packet.topic)) packet.retain = false;
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

/** Hands what devices publish to the consumer, in this process; nothing of the gateway is a client of its broker. */
function deliver(consumer: BrokerConsumer, log: Log): Hooks<"published">["published"] {
  return (packet, client: Client | null, done) => {
    const address = client === null ? undefined : parseTopic(packet.topic);
    if (address?.kind !== "device") return done(null);
    // A copy: the original is a view of the socket's buffer, and would keep all of it.
    const payload = new Uint8Array(packet.payload as Buffer);
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

function noRefusals(): BrokerRefusals {
  return {
    unknownDevice: 0,
    badPassword: 0,
    will: 0,
    publish: 0,
    subscribe: 0,
    overlongPacket: 0,
    slowReader: 0,
    tooManyConnections: 0,
    brokenConnection: 0,
  };
}
