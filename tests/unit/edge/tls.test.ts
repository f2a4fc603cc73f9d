import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { connect as connectTls } from "node:tls";
import mqtt, { type IClientOptions } from "mqtt";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeAck } from "../../../protocol/messages.ts";
import { deviceTopic, gatewayTopic } from "../../../protocol/topics.ts";
import { makeChain, makeKey, makeLogin } from "../../factories.ts";
import { closeOf, PERIOD_MS, SITE, startGateway, type TestGateway } from "./harness.ts";
import { createSitePki, type SitePki } from "./site-pki.ts";

const key = makeKey("alpha");
const stranger = makeKey("beta");
let pki: SitePki;
let otherSite: SitePki;
beforeAll(async () => {
  pki = await createSitePki(SITE);
  otherSite = await createSitePki("linghu");
});

async function startTlsGateway(crl?: string) {
  const site = await startGateway({ tls: { ...pki.broker, ...(crl === undefined ? {} : { crl }) } });
  site.gateway.pair({ publicKey: key.publicKey, periodMs: PERIOD_MS });
  return site;
}

const connect = ({ gateway }: TestGateway, options: IClientOptions) =>
  mqtt.connectAsync(`mqtts://127.0.0.1:${gateway.ports.mqtt}`, { reconnectPeriod: 0, ...options });
const refused = ({ gateway }: TestGateway) => gateway.stats().broker.refused;
const login = makeLogin(key, { site: SITE, session: "s" });

test("a paired device with its certificate is served over TLS", async () => {
  await using site = await startTlsGateway();
  const client = await connect(site, { ...login, ...(await pki.client(key.device)) });
  const acked = new Promise<Buffer>((resolve) => {
    client.on("message", (_topic, payload) => {
      if (decodeAck(payload).contiguous === 1) resolve(payload);
    });
  });
  await client.subscribeAsync(deviceTopic(SITE, key.device, "ack"), { qos: 1 });
  const payload = Buffer.concat(makeChain({ key, count: 2 }));
  await client.publishAsync(deviceTopic(SITE, key.device, "reading"), payload, { qos: 1 });
  expect(decodeAck(await acked)).toMatchObject({ contiguous: 1, verdicts: [] });
  await client.endAsync();
});

describe("a handshake is refused and counted", () => {
  const attempt = async (credentials: object, crl?: string) => {
    const site = await startTlsGateway(crl);
    const socket = connectTls({
      host: "127.0.0.1",
      port: site.gateway.ports.mqtt,
      ca: pki.ca,
      ...credentials,
    });
    // The server's refusal of a certificate comes after the client's end of a TLS 1.3 handshake.
    const ended = new Promise<void>((resolve) => {
      socket.once("error", () => resolve());
      socket.once("close", () => resolve());
    });
    socket.write("anything");
    await ended;
    socket.destroy();
    return site;
  };

  test("without a certificate", async () => {
    await using site = await attempt({});
    expect(refused(site).handshake).toBe(1);
  });

  test("with a certificate of another authority", async () => {
    const { cert, key: secret } = await otherSite.client(key.device);
    await using site = await attempt({ cert, key: secret });
    expect(refused(site).handshake).toBe(1);
  });

  test("with a certificate that was revoked, while others are served", async () => {
    const [thief, other] = [await pki.client(key.device), await pki.client(key.device)];
    await using site = await attempt({ cert: thief.cert, key: thief.key }, await pki.crl([thief.cert]));
    expect(refused(site).handshake).toBe(1);
    await (await connect(site, { ...login, ...other })).endAsync();
  });

  test("of whoever speaks no TLS at all", async () => {
    await using site = await startTlsGateway();
    const socket = connectSocket(site.gateway.ports.mqtt, "127.0.0.1");
    const closed = once(socket, "close");
    socket.on("error", () => {});
    socket.write(Buffer.from("100c00044d51545404020000", "hex"));
    await closed;
    expect(refused(site).handshake).toBe(1);
  });
});

describe("a connect is refused and counted", () => {
  test("with another device's certificate, whatever it signs", async () => {
    await using site = await startTlsGateway();
    await expect(connect(site, { ...login, ...(await pki.client(stranger.device)) })).rejects.toThrow(
      /not authorized/i,
    );
    expect(refused(site).wrongCertificate).toBe(1);
  });

  test("with the right certificate and another key's password", async () => {
    await using site = await startTlsGateway();
    const { password } = makeLogin(stranger, { site: SITE, session: "s" });
    await expect(connect(site, { ...login, password, ...(await pki.client(key.device)) })).rejects.toThrow(
      /bad username or password/i,
    );
    expect(refused(site).badPassword).toBe(1);
  });

  test("of a certified device whose key is not paired", async () => {
    await using site = await startTlsGateway();
    const other = makeLogin(stranger, { site: SITE, session: "s" });
    await expect(connect(site, { ...other, ...(await pki.client(stranger.device)) })).rejects.toThrow(
      /not authorized/i,
    );
    expect(refused(site).unknownDevice).toBe(1);
  });
});

describe("an observer", () => {
  const observe = async (site: TestGateway) =>
    connect(site, { clientId: "screen", ...(await pki.client("observer", "screen")) });

  test("reads the latest values of its site in plain JSON, also those of before it came", async () => {
    await using site = await startTlsGateway();
    const probe = await connect(site, { ...login, ...(await pki.client(key.device)) });
    await probe.publishAsync(
      deviceTopic(SITE, key.device, "reading"),
      Buffer.from(makeChain({ key, count: 1 })[0]!),
      { qos: 1 },
    );
    while (site.gateway.stats().verdicts.stored === 0) await new Promise((next) => setImmediate(next));
    const observer = await observe(site);
    const heard = new Promise<string>((resolve) => {
      observer.on("message", (_topic, payload) => resolve(String(payload)));
    });
    await observer.subscribeAsync(`pondproof/${SITE}/+/latest`);
    expect(JSON.parse(await heard)).toMatchObject({ device: key.device, values: { oxygen: 7 } });
    await observer.endAsync();
    await probe.endAsync();
  });

  test.each([
    "#",
    "pondproof/linghu/+/latest",
    `pondproof/${SITE}/+/reading`,
    deviceTopic(SITE, key.device, "ack"),
  ])("may not subscribe to %s", async (filter) => {
    await using site = await startTlsGateway();
    const observer = await observe(site);
    await expect(observer.subscribeAsync(filter)).rejects.toThrow();
    expect(refused(site).subscribe).toBe(1);
    await observer.endAsync();
  });

  test.each([deviceTopic(SITE, key.device, "ack"), gatewayTopic(SITE, "beacon")])(
    "is cut off when it publishes %s",
    async (topic) => {
      await using site = await startTlsGateway();
      const observer = await observe(site);
      const closed = closeOf(observer);
      observer.publish(topic, "{}", { qos: 1 });
      await closed;
      expect(refused(site).publish).toBe(1);
    },
  );
});

test("the site's token lets an observer in where there is no TLS, and no other word does", async () => {
  await using site = await startGateway({ observerToken: "a token for the screen" });
  const attempt = (password: string) =>
    mqtt.connectAsync(`mqtt://127.0.0.1:${site.gateway.ports.mqtt}`, {
      reconnectPeriod: 0,
      username: "observer",
      password,
    });
  await expect(attempt("a guess")).rejects.toThrow(/bad username or password/i);
  expect(refused(site).badPassword).toBe(1);
  const observer = await attempt("a token for the screen");
  await expect(observer.subscribeAsync("pondproof/linghu/+/latest")).rejects.toThrow();
  await observer.subscribeAsync(`pondproof/${SITE}/+/latest`);
  await observer.endAsync();
});
