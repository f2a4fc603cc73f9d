import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import mqttPacket from "mqtt-packet";
import { describe, expect, test } from "vitest";
import { decodeBeacon } from "../../../protocol/messages.ts";
import { deviceTopic, gatewayTopic } from "../../../protocol/topics.ts";
import { makeChain, makeKey, makeLogin } from "../../factories.ts";
import {
  closeOf,
  connect,
  connectDevice,
  PERIOD_MS,
  pairDevice,
  SITE,
  startGateway,
  type TestGateway,
} from "./harness.ts";

const key = makeKey("alpha");
const stranger = makeKey("beta");
const refused = ({ gateway }: TestGateway) => gateway.stats().broker.refused;

describe("a connection is refused", () => {
  const attempt = async (change: (login: ReturnType<typeof makeLogin>) => object) => {
    const site = await startGateway();
    site.gateway.pair({ publicKey: key.publicKey, periodMs: PERIOD_MS });
    const login = makeLogin(key, { site: SITE, session: "s" });
    const error = await connect(site.gateway.ports.mqtt, { ...login, ...change(login) }).then(
      () => undefined,
      (failure: Error) => failure.message,
    );
    return { site, error };
  };

  test("to a key that is not paired", async () => {
    const { site, error } = await attempt(() => makeLogin(stranger, { site: SITE, session: "s" }));
    await using _ = site;
    expect(error).toMatch(/not authorized/i);
    expect(refused(site).unknownDevice).toBe(1);
  });

  test("with another session's, another site's or another key's password", async () => {
    const passwords = [
      makeLogin(key, { site: SITE, session: "t" }).password,
      makeLogin(key, { site: "linghu", session: "s" }).password,
      "secret",
      "",
    ];
    for (const password of passwords) {
      const { site, error } = await attempt(() => ({ password }));
      await using _ = site;
      expect(error).toMatch(/bad username or password/i);
      expect(refused(site).badPassword).toBe(1);
    }
  });

  test("to a session that is not named after the device", async () => {
    const { site, error } = await attempt(() => ({ clientId: "anything" }));
    await using _ = site;
    expect(error).toMatch(/bad username or password/i);
  });

  test("to whoever would leave a will on another's topic", async () => {
    const will = {
      topic: deviceTopic(SITE, stranger.device, "state"),
      payload: Buffer.from("{}"),
      qos: 1 as const,
    };
    const { site, error } = await attempt(() => ({ will }));
    await using _ = site;
    expect(error).toMatch(/not authorized/i);
    expect(refused(site).will).toBe(1);
  });

  test("to one session too many of a device", async () => {
    await using site = await startGateway({ limits: { maxConnectionsPerDevice: 1 } });
    await using _ = await pairDevice(site, key);
    await expect(connectDevice(site.gateway.ports.mqtt, key)).rejects.toThrow(/unavailable/i);
    expect(refused(site).tooManyConnections).toBe(1);
  });
});

describe("a connected device", () => {
  test.each([
    ["an acknowledgement", deviceTopic(SITE, key.device, "ack")],
    ["another's reading", deviceTopic(SITE, stranger.device, "reading")],
    ["the gateway's beacon", gatewayTopic(SITE, "beacon")],
    ["a topic of another site", deviceTopic("linghu", key.device, "reading")],
  ])("is cut off when it publishes %s", async (_, topic) => {
    await using site = await startGateway();
    await using probe = await pairDevice(site, key);
    const closed = closeOf(probe.client);
    probe.client.publish(topic, "{}", { qos: 1 });
    await closed;
    expect(refused(site).publish).toBe(1);
  });

  test.each(["#", `pondproof/${SITE}/+/ack`, deviceTopic(SITE, stranger.device, "ack")])(
    "may not subscribe to %s, and stays connected",
    async (filter) => {
      await using site = await startGateway();
      await using probe = await pairDevice(site, key);
      await expect(probe.client.subscribeAsync(filter)).rejects.toThrow();
      expect(refused(site).subscribe).toBe(1);
      expect(probe.client.connected).toBe(true);
    },
  );

  test("is cut off at the header of a packet that is too long", async () => {
    await using site = await startGateway();
    await using probe = await pairDevice(site, key);
    const closed = closeOf(probe.client);
    probe.client.publish(deviceTopic(SITE, key.device, "reading"), Buffer.alloc(20_000), { qos: 1 });
    await closed;
    expect(refused(site).overlongPacket).toBe(1);
  });

  test("is slowed down, not cut off, when it sends faster than its bucket fills", async () => {
    await using site = await startGateway({ limits: { burstTokens: 8, tokensPerSecond: 1 } });
    await using probe = await pairDevice(site, key);
    const chain = makeChain({ key, count: 20, periodMs: 1_000 });
    const sent = probe.send(chain, 10);
    let stored = false;
    const done = probe
      .ack(({ contiguous }) => contiguous === 19)
      .then(() => {
        stored = true;
      });
    while (!stored) {
      await new Promise((resolve) => setImmediate(resolve));
      site.clock.advance(100);
    }
    await Promise.all([sent, done]);
    expect(site.gateway.stats().broker.throttled).toBeGreaterThan(0);
  });

  test("hears the beacon, also one announced before a restart", async () => {
    await using site = await startGateway();
    const beacon = { number: 7, hash: `0x${"ab".repeat(32)}` };
    site.gateway.announceBeacon(beacon);
    await site.restart();
    await using probe = await pairDevice(site, key);
    const heard = new Promise<Buffer>((resolve) => {
      probe.client.on("message", (topic, payload) => {
        if (topic === gatewayTopic(SITE, "beacon")) resolve(payload);
      });
    });
    await probe.client.subscribeAsync(gatewayTopic(SITE, "beacon"));
    expect(decodeBeacon(await heard)).toEqual(beacon);
  });

  test("teaches its sampling interval at birth; what cannot be read is counted", async () => {
    await using site = await startGateway();
    await using probe = await pairDevice(site, key);
    const publicKey = `0x${Buffer.from(key.publicKey).toString("hex")}`;
    const info = { publicKey, firmware: "1", metrics: ["oxygen"], periodMs: 5_000 };
    await probe.client.publishAsync(deviceTopic(SITE, key.device, "info"), JSON.stringify(info), { qos: 1 });
    await probe.client.publishAsync(deviceTopic(SITE, key.device, "info"), "not JSON", { qos: 1 });
    await probe.client.publishAsync(deviceTopic(SITE, key.device, "event"), '{"event":"tamper"}', { qos: 1 });
    await probe.client.publishAsync(deviceTopic(SITE, key.device, "event"), '{"event":"party"}', { qos: 1 });
    await probe.send(makeChain({ key, count: 1 }));
    await probe.ack(({ contiguous }) => contiguous === 0);
    expect(site.gateway.devices()[0]?.periodMs).toBe(5_000);
    const { events, malformedMessages } = site.gateway.stats();
    expect({ tamper: events.tamper, malformedMessages }).toEqual({ tamper: 1, malformedMessages: 2 });
  });
});

test("a device that talks without end beside its readings is not listened to for ever", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  const topic = deviceTopic(SITE, key.device, "event");
  for (let i = 0; i < 40; i++) await probe.client.publishAsync(topic, '{"event":"tamper"}', { qos: 1 });
  await probe.send(makeChain({ key, count: 1 }));
  await probe.ack(({ contiguous }) => contiguous === 0);
  const { events, droppedMessages } = site.gateway.stats();
  expect({ heard: events.tamper, droppedMessages }).toEqual({ heard: 32, droppedMessages: 8 });
});

test("what a device sends in its last moment before it leaves is stored", async () => {
  await using site = await startGateway();
  site.gateway.pair({ publicKey: key.publicKey, periodMs: PERIOD_MS });
  await using listener = await connectDevice(site.gateway.ports.mqtt, key);
  const { username, clientId, password } = makeLogin(key, { site: SITE, session: "sleepy" });
  const socket = connectSocket(site.gateway.ports.mqtt, "127.0.0.1");
  socket.write(
    mqttPacket.generate({
      cmd: "connect",
      clientId,
      username,
      password: Buffer.from(password),
      keepalive: 60,
      clean: true,
    }),
  );
  await once(socket, "data");
  const topic = deviceTopic(SITE, key.device, "reading");
  const payload = Buffer.from(makeChain({ key, count: 1 })[0]!);
  socket.write(mqttPacket.generate({ cmd: "publish", topic, payload, qos: 0, dup: false, retain: false }));
  socket.end(mqttPacket.generate({ cmd: "disconnect" }));
  await listener.ack(({ contiguous }) => contiguous === 0);
});

test("a topic with a wildcard in a name is refused, and counted", async () => {
  await using site = await startGateway();
  site.gateway.pair({ publicKey: key.publicKey, periodMs: PERIOD_MS });
  const { username, clientId, password } = makeLogin(key, { site: SITE, session: "s" });
  for (const topic of [
    `pondproof/${SITE}/+/reading`,
    "pondproof/#",
    `pondproof/${SITE}/${key.device}+/info`,
  ]) {
    const socket = connectSocket(site.gateway.ports.mqtt, "127.0.0.1");
    socket.on("error", () => {});
    const connect = { clientId, username, password: Buffer.from(password), keepalive: 60, clean: true };
    socket.write(mqttPacket.generate({ cmd: "connect", ...connect }));
    await once(socket, "data");
    const closed = once(socket, "close");
    // The packet library refuses to write such a topic, so its bytes are put together here.
    const name = Buffer.from(topic);
    socket.write(Buffer.concat([Buffer.from([0x30, name.length + 2, 0, name.length]), name]));
    await closed;
  }
  const { publish, brokenConnection } = refused(site);
  expect(publish + brokenConnection).toBe(3);
});

test("what is no MQTT at all is closed and counted", async () => {
  await using site = await startGateway();
  const socket = connectSocket(site.gateway.ports.mqtt, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\n\r\n");
  await once(socket.resume(), "close");
  const { overlongPacket, brokenConnection } = refused(site);
  expect(overlongPacket + brokenConnection).toBeGreaterThan(0);
});

test("a publish before the connect is closed", async () => {
  await using site = await startGateway();
  const socket = connectSocket(site.gateway.ports.mqtt, "127.0.0.1");
  const topic = deviceTopic(SITE, key.device, "reading");
  socket.write(
    mqttPacket.generate({ cmd: "publish", topic, payload: "", qos: 0, dup: false, retain: false }),
  );
  await once(socket.resume(), "close");
  expect(site.gateway.stats().admission.frames).toBe(0);
});
