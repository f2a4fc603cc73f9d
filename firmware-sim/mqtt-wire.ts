import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Clock } from "../protocol/clock.ts";
import { PondproofError } from "../protocol/errors.ts";
import { connectionBytes, deviceId } from "../protocol/signature.ts";
import type { Signer } from "./key.ts";
import type { Wire, WireSession } from "./wire.ts";

export type MqttWireOptions = {
  /** `mqtt://host:port`, or `mqtts://` with `tls`. */
  url: string;
  site: string;
  signer: Signer;
  /** The network's time, which is the wall clock's even where the readings' is simulated. */
  clock: Clock;
  timeoutMs?: number;
  /** Certificates, as Node's TLS takes them. */
  tls?: Pick<IClientOptions, "ca" | "cert" | "key">;
};

/**
 * The way over an MQTT broker. A device proves itself by signing the name of each session, which is its password.
 *
 * Every connection is a new client: what an old one left unanswered is unknown, and the link sends it again.
 */
export function createMqttWire(options: MqttWireOptions): Wire {
  const { url, site, signer, clock, timeoutMs = 10_000, tls = {} } = options;
  const device = Buffer.from(deviceId(signer.publicKey)).toString("hex");
  return {
    async connect({ session, will, subscriptions, onMessage, signal }) {
      const clientId = `${device}-${session}`;
      const password = Buffer.from(await signer.sign(connectionBytes({ site, clientId }))).toString(
        "base64url",
      );
      signal.throwIfAborted();
      const client = connect(url, {
        ...tls,
        clientId,
        username: device,
        password,
        clean: true,
        reconnectPeriod: 0,
        connectTimeout: timeoutMs,
        will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
      });
      client.on("message", (topic, payload) => onMessage({ topic, payload }));
      const opened = sessionOf(client, { clock, timeoutMs });
      const abandon = () => client.end(true);
      signal.addEventListener("abort", abandon, { once: true });
      try {
        await opened.connected;
        await opened.within(client.subscribeAsync([...subscriptions], { qos: 1 }));
        return opened.session;
      } catch (error) {
        client.end(true);
        throw error;
      } finally {
        // From here on the link says goodbye by itself.
        signal.removeEventListener("abort", abandon);
      }
    },
  };
}

function sessionOf(client: MqttClient, { clock, timeoutMs }: { clock: Clock; timeoutMs: number }) {
  const over = new AbortController();
  const connected = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let problem = "the broker closed the connection";
  const down = () => new PondproofError("LINK_DOWN", { problem });
  // Only a listener keeps an emitter's error from ending the process; "close" follows every one of them.
  client.on("error", (error) => {
    problem = error.message;
  });
  client.once("connect", () => connected.resolve());
  client.once("close", () => {
    over.abort();
    connected.reject(down());
    closed.resolve();
  });

  /** mqtt.js answers nothing at all once a connection is gone. */
  const within = async (answer: Promise<unknown>): Promise<void> => {
    const settled = new AbortController();
    const late = clock.wait(clock.now() + timeoutMs, AbortSignal.any([over.signal, settled.signal])).then(
      () => new PondproofError("LINK_TIMEOUT", { timeoutMs }),
      () => down(),
    );
    const problem = await Promise.race([answer.then(() => undefined), late]);
    settled.abort();
    if (problem !== undefined) throw problem;
  };

  const session: WireSession = {
    closed: closed.promise,
    async publish({ topic, payload }, { retain = false } = {}) {
      if (over.signal.aborted) throw down();
      await within(client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain }));
    },
    async end() {
      // A graceful end waits for answers, which a dead network never gives.
      if (!over.signal.aborted) await within(client.endAsync()).catch(() => client.end(true));
      await closed.promise;
    },
  };
  return { session, connected: connected.promise, within };
}
