import { EventEmitter, on } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { ClockTrust } from "../../../edge/clock-trust.ts";
import { createGateway, type Gateway } from "../../../edge/gateway.ts";
import { silentLog } from "../../../edge/log.ts";
import type { GatewayOptions } from "../../../edge/options.ts";
import { concatBytes } from "../../../protocol/bytes.ts";
import type { FeedItem } from "../../../protocol/feed.ts";
import { type Ack, decodeAck } from "../../../protocol/messages.ts";
import { deviceTopic } from "../../../protocol/topics.ts";
import { createManualClock, type ManualClock, makeLogin, type TestKey } from "../../factories.ts";

export const SITE = "huzhou";
export const TOKEN = "a token that only tests use";
export const START_MS = 1_750_000_000_000;
export const HOLDING_MS = 600_000;
export const PERIOD_MS = 60_000;

const TRUSTED: ClockTrust = { trusted: true, source: "test", errorBoundMs: 1 };

/** A gateway in a folder of its own, on free ports, with a clock that stands ten minutes after the first reading. */
export type TestGateway = AsyncDisposable & {
  gateway: Gateway;
  clock: ManualClock;
  dataDir: string;
  trust: { current: ClockTrust };
  /** Stops it and, some time later, starts another on the same folder. */
  restart(options?: { afterMs: number }): Promise<void>;
};

export async function startGateway(overrides: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), "pondproof-edge-"));
  const clock = createManualClock(START_MS + 10 * PERIOD_MS);
  const trust = { current: TRUSTED };
  const create = () =>
    createGateway({
      site: SITE,
      dataDir,
      clock,
      ports: { mqtt: 0, http: 0 },
      earliestMs: START_MS - 86_400_000,
      holdingMs: HOLDING_MS,
      token: TOKEN,
      clockTrust: () => trust.current,
      log: silentLog,
      batch: { windowMs: 1 },
      ...overrides,
    });
  const test: TestGateway = {
    gateway: create(),
    clock,
    dataDir,
    trust,
    async restart({ afterMs } = { afterMs: 0 }) {
      await test.gateway.stop();
      clock.advance(afterMs);
      test.gateway = create();
      await test.gateway.start();
    },
    async [Symbol.asyncDispose]() {
      await test.gateway.stop();
      await rm(dataDir, { recursive: true });
    },
  };
  try {
    await test.gateway.start();
  } catch (error) {
    await rm(dataDir, { recursive: true });
    throw error;
  }
  return test;
}

/** Everything final, in order. */
export async function readFeed(gateway: Gateway): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  const { signal } = new AbortController();
  for (;;) {
    const more = await gateway.feed().read({ after: items.at(-1)?.cursor ?? 0, limit: 1_000, signal });
    if (more.length === 0) return items;
    items.push(...more);
  }
}

/** A device with a real MQTT session, which listens to its acknowledgements. */
export type TestDevice = AsyncDisposable & {
  key: TestKey;
  client: MqttClient;
  /** Sends frames, `perMessage` of them in one message, or raw bytes. */
  send(frames: Uint8Array[], perMessage?: number): Promise<void>;
  /** The first acknowledgement, heard already or not, that answers yes. */
  ack(matches: (ack: Ack) => boolean): Promise<Ack>;
  acks: Ack[];
};

let sessions = 0;

export function connect(port: number, options: IClientOptions): Promise<MqttClient> {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
}

export async function connectDevice(port: number, key: TestKey, site = SITE): Promise<TestDevice> {
  const client = await connect(port, makeLogin(key, { site, session: `s${sessions++}` }));
  const acks: Ack[] = [];
  const heard = new EventEmitter();
  const ackTopic = deviceTopic(site, key.device, "ack");
  client.on("message", (topic, payload) => {
    if (topic !== ackTopic) return;
    acks.push(decodeAck(payload));
    heard.emit("ack");
  });
  await client.subscribeAsync(ackTopic, { qos: 1 });
  return {
    key,
    client,
    acks,
    async send(frames, perMessage = 1) {
      for (let from = 0; from < frames.length; from += perMessage) {
        const payload = concatBytes(...frames.slice(from, from + perMessage));
        await client.publishAsync(deviceTopic(site, key.device, "reading"), Buffer.from(payload), { qos: 1 });
      }
    },
    async ack(matches) {
      const already = acks.find(matches);
      if (already !== undefined) return already;
      for await (const _ of on(heard, "ack", { close: ["end"] })) {
        const found = acks.find(matches);
        if (found !== undefined) return found;
      }
      throw new Error("the device has gone");
    },
    [Symbol.asyncDispose]: () => client.endAsync(true),
  };
}

/** Resolves when the client's connection is gone. */
export function closeOf(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    client.once("close", () => resolve());
  });
}

/** A paired device with a session. */
export async function pairDevice({ gateway }: TestGateway, key: TestKey): Promise<TestDevice> {
  gateway.pair({ publicKey: key.publicKey, periodMs: PERIOD_MS });
  return connectDevice(gateway.ports.mqtt, key);
}
