import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { describeKeyFile } from "../../../edge/key-file.ts";
import { toHex } from "../../../protocol/bytes.ts";
import { keyFingerprint } from "../../../protocol/fingerprint.ts";
import { deviceId } from "../../../protocol/signature.ts";
import { deviceTopic } from "../../../protocol/topics.ts";
import { makeChain, makeKey, type TestKey } from "../../factories.ts";
import { closeOf, connect, connectDevice, SITE, startGateway, type TestGateway, TOKEN } from "./harness.ts";

const key = makeKey("alpha");
const other = makeKey("beta");
const fingerprint = keyFingerprint(key.publicKey);

async function call({ gateway }: TestGateway, method: string, path: string, body?: object, token = TOKEN) {
  const response = await fetch(`http://127.0.0.1:${gateway.ports.http}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

const open = (site: TestGateway) => call(site, "POST", "/pairing/window", { seconds: 120 });
const info = (of: TestKey) =>
  JSON.stringify({ publicKey: toHex(of.publicKey), firmware: "1.2", metrics: ["oxygen"], periodMs: 5_000 });
const present = async (site: TestGateway, as: TestKey, says = info(as)) => {
  const probe = await connectDevice(site.gateway.ports.mqtt, as);
  await probe.client.publishAsync(deviceTopic(SITE, as.device, "info"), says, { qos: 1 });
  return probe;
};
const pending = async (site: TestGateway) => {
  for (;;) {
    const { body } = await call(site, "GET", "/pairing");
    if (body.pending.length > 0) return body.pending;
  }
};
const audit = async (site: TestGateway) =>
  (await call(site, "GET", "/audit")).body.entries.map(
    ({ action, device }: { action: string; device: string }) => `${action} ${device}`.trim(),
  );

test("a probe that presents its key in the window is paired when the operator sends its fingerprint", async () => {
  await using site = await startGateway();
  expect((await open(site)).body).toEqual({ openForSeconds: 120, pending: [] });
  await using probe = await present(site, key);
  expect(await pending(site)).toMatchObject([
    { device: key.device, fingerprint, firmware: "1.2", metrics: ["oxygen"], periodMs: 5_000 },
  ]);
  await probe.send(makeChain({ key, count: 1 }));
  expect(site.gateway.devices()).toEqual([]);

  const wrong = { fingerprint: keyFingerprint(other.publicKey) };
  expect(await call(site, "POST", `/pairing/${key.device}/approve`, wrong)).toMatchObject({
    status: 409,
    body: { code: "WRONG_FINGERPRINT" },
  });
  expect((await call(site, "POST", `/pairing/${key.device}/approve`, { fingerprint })).status).toBe(204);
  await probe.ack(({ contiguous }) => contiguous === -1);
  await probe.send(makeChain({ key, count: 1 }));
  await probe.ack(({ contiguous }) => contiguous === 0);
  expect(site.gateway.devices()).toMatchObject([{ device: key.device, periodMs: 5_000 }]);

  await site.restart();
  expect(await audit(site)).toEqual([
    "pairing-opened",
    `key-presented ${key.device}`,
    `paired ${key.device}`,
    `approved ${key.device}`,
  ]);
});

test("a key that is refused is cut off, and has to ask again", async () => {
  await using site = await startGateway();
  await open(site);
  await using probe = await present(site, key);
  await pending(site);
  const closed = closeOf(probe.client);
  expect((await call(site, "POST", `/pairing/${key.device}/refuse`)).status).toBe(204);
  await closed;
  expect((await call(site, "POST", `/pairing/${key.device}/approve`, { fingerprint })).status).toBe(404);
  expect(await audit(site)).toContain(`refused ${key.device}`);
});

test("outside the window no unknown key comes in, and closing it sends the waiting ones away", async () => {
  await using site = await startGateway();
  await expect(connectDevice(site.gateway.ports.mqtt, key)).rejects.toThrow(/not authorized/i);
  await open(site);
  await using probe = await present(site, key);
  await pending(site);
  const closed = closeOf(probe.client);
  expect((await call(site, "DELETE", "/pairing/window")).status).toBe(204);
  await closed;
  await expect(connectDevice(site.gateway.ports.mqtt, key)).rejects.toThrow(/not authorized/i);
  await open(site);
  site.clock.advance(120_000);
  await expect(connectDevice(site.gateway.ports.mqtt, key)).rejects.toThrow(/not authorized/i);
});

test("a key that did not sign the session, or is another's, is not even shown", async () => {
  await using site = await startGateway();
  await open(site);
  // The id is of the other's key, which this client cannot sign with.
  const thief = await connect(site.gateway.ports.mqtt, {
    username: other.device,
    clientId: `${other.device}-s`,
    password: "stolen",
  });
  const thiefGone = closeOf(thief);
  thief.publish(deviceTopic(SITE, other.device, "info"), info(other), { qos: 1 });
  await thiefGone;
  const liar = await connectDevice(site.gateway.ports.mqtt, key);
  const liarGone = closeOf(liar.client);
  liar.client.publish(deviceTopic(SITE, key.device, "info"), info(other), { qos: 1 });
  await liarGone;
  expect(site.gateway.stats().pairing).toEqual({ presented: 0, notSigned: 2, overflowed: 0 });
  expect((await call(site, "GET", "/pairing")).body.pending).toEqual([]);
});

test("a candidate may write nothing but under its own name, and not on for ever", async () => {
  await using site = await startGateway({ limits: { maxCandidates: 1 } });
  await open(site);
  await using probe = await present(site, key);
  await expect(connectDevice(site.gateway.ports.mqtt, other)).rejects.toThrow(/unavailable/i);
  const closed = closeOf(probe.client);
  probe.client.publish(deviceTopic(SITE, other.device, "info"), "{}", { qos: 1 });
  await closed;
  expect(site.gateway.stats().broker.refused).toMatchObject({ tooManyConnections: 1, publish: 1 });
});

test("everything of it needs the token, and well-formed bodies", async () => {
  await using site = await startGateway();
  for (const [method, path] of [
    ["GET", "/pairing"],
    ["POST", "/pairing/window"],
    ["DELETE", "/pairing/window"],
    ["POST", `/pairing/${key.device}/approve`],
    ["POST", `/devices/${key.device}/revoke`],
    ["GET", "/audit"],
  ] as const)
    expect((await call(site, method, path, undefined, "a guess")).status, path).toBe(401);
  expect((await call(site, "POST", "/pairing/window", { seconds: 255 })).status).toBe(400);
  expect((await call(site, "POST", "/pairing/window", { seconds: 1, more: 1 })).status).toBe(400);
  expect((await call(site, "POST", `/pairing/${key.device}/approve`, { fingerprint: "x" })).status).toBe(400);
});

test("a probe is revoked by the operator, and that is noted once", async () => {
  await using site = await startGateway();
  site.gateway.pair({ publicKey: key.publicKey, periodMs: 1_000 });
  const revoke = () => call(site, "POST", `/devices/${key.device}/revoke`, { fromMs: 5 });
  expect((await revoke()).status).toBe(204);
  expect((await revoke()).status).toBe(204);
  expect((await call(site, "POST", `/devices/${other.device}/revoke`, { fromMs: 5 })).status).toBe(404);
  expect(await audit(site)).toEqual([`paired ${key.device}`, `revoked ${key.device}`]);
});

test("a probe's key file tells the id and the fingerprint that the operator compares", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from(x!, "base64url"), Buffer.from(y!, "base64url")]);
  const expected = { device: toHex(deviceId(point)).slice(2), fingerprint: keyFingerprint(point) };
  const pkcs8 = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
  const spki = publicKey.export({ format: "pem", type: "spki" }) as string;
  expect([describeKeyFile(pkcs8), describeKeyFile(spki)]).toEqual([expected, expected]);
  expect(() => describeKeyFile("nothing")).toThrow("BAD_PUBLIC_KEY");
  const other = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;
  expect(() => describeKeyFile(other.export({ format: "pem", type: "spki" }) as string)).toThrow("P-384");
});
