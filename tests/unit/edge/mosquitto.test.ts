import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mosquittoAcl, mosquittoConf } from "../../../edge/mosquitto-files.ts";
import { DEFAULT_LIMITS } from "../../../edge/options.ts";
import { type Ack, decodeAck } from "../../../protocol/messages.ts";
import { deviceTopic, gatewayTopic } from "../../../protocol/topics.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { isMissing, mosquitto } from "../../real-components.ts";
import { freePort } from "./free-port.ts";
import { closeOf, PERIOD_MS, readFeed, SITE, startGateway } from "./harness.ts";
import { createSitePki, type SitePki } from "./site-pki.ts";

const key = makeKey("alpha");
const stranger = makeKey("beta");
let pki: SitePki;
/** A certificate on the authority's list, with the name of a probe that is served. */
let thief: Awaited<ReturnType<SitePki["client"]>>;
let folder: string;
let port: number;
let server: ChildProcess | undefined;

async function startMosquitto(): Promise<void> {
  server = spawn(mosquitto.path!, ["-c", join(folder, "mosquitto.conf")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  server.stderr!.on("data", (chunk) => {
    said += chunk;
  });
  while (!said.includes(" running")) await once(server.stderr!, "data");
}

async function stopMosquitto(): Promise<void> {
  const exited = once(server!, "exit");
  server!.kill("SIGKILL");
  await exited;
}

/** What a client writes into files for the command-line tools. */
async function filesOf(name: string, label?: string): Promise<string[]> {
  const { ca, cert, key: secret } = await pki.client(name, label);
  const path = (file: string) => join(folder, file);
  await writeFile(path("client-ca.crt"), ca);
  await writeFile(path(`${name}.crt`), cert);
  await writeFile(path(`${name}.key`), secret, { mode: 0o600 });
  const tls = [
    "--cafile",
    path("client-ca.crt"),
    "--cert",
    path(`${name}.crt`),
    "--key",
    path(`${name}.key`),
  ];
  return ["-h", "127.0.0.1", "-p", String(port), ...tls];
}

async function connectAs(name: string, options: object = {}): Promise<MqttClient> {
  return mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, {
    reconnectPeriod: 0,
    ...(await pki.client(name)),
    ...options,
  });
}

async function startSite() {
  const site = await startGateway({
    outsideBroker: { url: `mqtts://127.0.0.1:${port}`, tls: await pki.client("gateway") },
    homeAssistant: true,
  });
  site.gateway.pair({ publicKey: key.publicKey, periodMs: PERIOD_MS });
  return site;
}

const turn = () => new Promise((next) => setImmediate(next));

/** A probe that is heard: it says what it is, and listens to its acknowledgements. */
async function startProbe() {
  const will = {
    topic: deviceTopic(SITE, key.device, "state"),
    payload: Buffer.from('{"state":"offline","session":"s"}'),
    qos: 1 as const,
    retain: true,
  };
  const client = await connectAs(key.device, { will });
  const acks: Ack[] = [];
  client.on("message", (topic, payload) => {
    if (topic.endsWith("/ack")) acks.push(decodeAck(payload));
  });
  await client.subscribeAsync(deviceTopic(SITE, key.device, "ack"), { qos: 1 });
  await client.publishAsync(deviceTopic(SITE, key.device, "state"), '{"state":"online","session":"s"}', {
    qos: 1,
    retain: true,
  });
  const send = (payload: Uint8Array) =>
    client.publishAsync(deviceTopic(SITE, key.device, "reading"), Buffer.from(payload), { qos: 1 });
  const ack = async (matches: (ack: Ack) => boolean): Promise<Ack> => {
    for (;;) {
      const found = acks.find(matches);
      if (found !== undefined) return found;
      await turn();
    }
  };
  return { client, send, ack };
}

describe.skipIf(isMissing(mosquitto))("over a real Mosquitto with our rules", () => {
  beforeAll(async () => {
    pki = await createSitePki(SITE);
    folder = await mkdtemp(join(tmpdir(), "pondproof-mosquitto-"));
    port = await freePort();
    const { ca, cert, key: secret } = pki.broker;
    thief = await pki.client(key.device);
    const conf = mosquittoConf({
      port,
      pki: folder,
      aclFile: join(folder, "acl"),
      maxPacketBytes: DEFAULT_LIMITS.maxPacketBytes,
    });
    for (const [file, text] of Object.entries({
      "ca.crt": ca,
      "ca.crl": await pki.crl([thief.cert]),
      "broker.crt": cert,
      "broker.key": secret,
      acl: mosquittoAcl({ site: SITE }),
      // Where the tests run as root it would become another user, who cannot read the key.
      "mosquitto.conf": `${conf}user root\n`,
    }))
      await writeFile(join(folder, file), text, { mode: 0o600 });
    await startMosquitto();
  });
  afterAll(async () => {
    await stopMosquitto();
    await rm(folder, { recursive: true });
  });

  test("frames are admitted, answered and stored as over the embedded broker", async () => {
    await using site = await startSite();
    while (!site.gateway.stats().broker.connected) await turn();
    const { client, send, ack } = await startProbe();
    await ack(({ contiguous }) => contiguous === -1);
    const chain = makeChain({ key, count: 6 });
    const forged = chain[5]!.slice();
    forged[150]! ^= 1;
    await send(Buffer.concat(chain.slice(0, 2)));
    await send(chain[3]!);
    await send(forged);
    expect(await ack(({ missing }) => missing.length > 0)).toMatchObject({
      contiguous: 1,
      missing: [[2, 2]],
    });
    expect((await ack(({ verdicts }) => verdicts.length > 0)).verdicts).toEqual([
      { seq: 5, verdict: "bad-signature" },
    ]);
    await send(Buffer.concat([chain[2]!, chain[4]!, chain[5]!]));
    await ack(({ contiguous }) => contiguous === 5);
    expect(await readFeed(site.gateway)).toHaveLength(6);
    expect(site.gateway.stats().broker.connections).toBe(1);
    await client.endAsync();
  });

  test("a dead probe is offline by its will, and its old session's death says nothing of the new one", async () => {
    await using site = await startSite();
    while (!site.gateway.stats().broker.connected) await turn();
    const first = await startProbe();
    while (site.gateway.stats().broker.connections === 0) await turn();
    const again = await connectAs(key.device);
    await again.publishAsync(deviceTopic(SITE, key.device, "state"), '{"state":"online","session":"t"}', {
      qos: 1,
    });
    first.client.stream.destroy();
    await again.publishAsync(deviceTopic(SITE, key.device, "event"), '{"event":"tamper"}', { qos: 1 });
    while (site.gateway.stats().events.tamper === 0) await turn();
    expect(site.gateway.stats().broker.connections).toBe(1);
    await again.publishAsync(deviceTopic(SITE, key.device, "state"), '{"state":"offline","session":"t"}', {
      qos: 1,
    });
    while (site.gateway.stats().broker.connections === 1) await turn();
    await again.endAsync();
  });

  test("the gateway's own death is said by the broker", async () => {
    const site = await startSite();
    const watcher = await connectAs("observer");
    const states: string[] = [];
    watcher.on("message", (_topic, payload) => states.push(JSON.parse(String(payload)).state));
    await watcher.subscribeAsync(gatewayTopic(SITE, "state"), { qos: 1 });
    while (states.at(-1) !== "online") await turn();
    await site[Symbol.asyncDispose]();
    while (states.at(-1) !== "offline") await turn();
    await watcher.endAsync();
  });

  test("mosquitto_sub shows readable JSON, and Home Assistant finds its sensors", async () => {
    await using site = await startSite();
    while (!site.gateway.stats().broker.connected) await turn();
    const { client, send, ack } = await startProbe();
    await send(makeChain({ key, count: 1 })[0]!);
    await ack(({ contiguous }) => contiguous === 0);
    const show = async (filter: string, count: number) => {
      const args = [...(await filesOf("observer")), "-t", filter, "-C", String(count), "-v"];
      const shown = spawn(mosquitto.path!.replace(/[^/]*\/mosquitto$/, "bin/mosquitto_sub"), args);
      let text = "";
      shown.stdout.on("data", (chunk) => {
        text += chunk;
      });
      await once(shown, "close");
      return text.trim().split("\n");
    };
    const [line] = await show(`pondproof/${SITE}/+/latest`, 1);
    const [topic, ...json] = line!.split(" ");
    expect(topic).toBe(deviceTopic(SITE, key.device, "latest"));
    expect(JSON.parse(json.join(" "))).toMatchObject({
      device: key.device,
      seq: 0,
      values: { oxygen: 7, temperature: 24 },
      units: { oxygen: "mg/L" },
    });
    const sensors = await show("homeassistant/+/+/+/config", 2);
    expect(sensors.map((text) => text.split(" ")[0]).sort()).toEqual([
      `homeassistant/sensor/pondproof-${key.device}/oxygen/config`,
      `homeassistant/sensor/pondproof-${key.device}/temperature/config`,
    ]);
    await client.endAsync();
  });

  test("what is not one's own is neither carried nor heard", async () => {
    await using site = await startSite();
    while (!site.gateway.stats().broker.connected) await turn();
    const listener = await connectAs("observer");
    const heard: string[] = [];
    listener.on("message", (topic, _payload, { retain }) => {
      // What another test left behind is no news.
      if (!retain) heard.push(topic);
    });
    await listener.subscribeAsync(`pondproof/${SITE}/+/latest`);
    // Mosquitto takes any subscription and carries nothing to it that the rules forbid.
    await listener.subscribeAsync(["pondproof/+/+/reading", "pondproof/+/+/ack"]);
    const thief = await connectAs(stranger.device);
    const frame = Buffer.from(makeChain({ key, count: 1 })[0]!);
    await thief.publishAsync(deviceTopic(SITE, key.device, "reading"), frame, { qos: 1 });
    await thief.publishAsync(deviceTopic(SITE, stranger.device, "ack"), "{}", { qos: 1 });
    await thief.publishAsync(deviceTopic(SITE, stranger.device, "latest"), "{}", { qos: 1 });
    await thief.publishAsync(deviceTopic(SITE, stranger.device, "reading"), frame, { qos: 1 });
    while (site.gateway.stats().broker.refused.unknownDevice === 0) await turn();
    expect(site.gateway.stats().verdicts.stored).toBe(0);
    expect(heard).toEqual([]);
    await listener.endAsync();
    await thief.endAsync();
  });

  test("whose certificate was revoked is not let in, though another of the same name is", async () => {
    const options = { reconnectPeriod: 0, ...thief };
    await expect(mqtt.connectAsync(`mqtts://127.0.0.1:${port}`, options)).rejects.toThrow();
    await (await connectAs(key.device)).endAsync();
  });

  test("an over-long packet costs a probe its connection and the gateway nothing", async () => {
    await using site = await startSite();
    while (!site.gateway.stats().broker.connected) await turn();
    const { client, send } = await startProbe();
    const closed = closeOf(client);
    client.on("error", () => {});
    void send(new Uint8Array(20_000)).catch(() => {});
    await closed;
    expect(site.gateway.stats().broker.connected).toBe(true);
  });

  test("a broker that dies and comes back is found again, and told again what it forgot", async () => {
    await using site = await startSite();
    while (!site.gateway.stats().broker.connected) await turn();
    site.gateway.announceBeacon({ number: 7, hash: `0x${"ab".repeat(32)}` });
    await stopMosquitto();
    while (site.gateway.stats().broker.connected) await turn();
    await startMosquitto();
    while (!site.gateway.stats().broker.connected) await turn();
    const { client, send, ack } = await startProbe();
    const beacon = new Promise((resolve) => {
      client.on("message", (topic) => topic === gatewayTopic(SITE, "beacon") && resolve(topic));
    });
    await client.subscribeAsync(gatewayTopic(SITE, "beacon"), { qos: 1 });
    await beacon;
    await send(makeChain({ key, count: 1 })[0]!);
    await ack(({ contiguous }) => contiguous === 0);
    await client.endAsync();
  });
});
