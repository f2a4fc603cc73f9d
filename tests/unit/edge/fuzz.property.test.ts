// Everything of the gateway that takes bytes from outside, with inputs nobody wrote. POND_FUZZ_INPUTS says how many over
// all; the usual 20,000 take some seconds, a million some minutes.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mayPublish, maySubscribe, type Principal } from "../../../edge/acl.ts";
import { judgeConnect } from "../../../edge/authenticate.ts";
import { parseConfig } from "../../../edge/config.ts";
import { createHearing } from "../../../edge/device-messages.ts";
import { silentLog } from "../../../edge/log.ts";
import { createMqttFraming } from "../../../edge/mqtt-framing.ts";
import { verifySignature } from "../../../edge/verify.ts";
import { admit, VERDICTS } from "../../../protocol/admission.ts";
import { isPondproofError } from "../../../protocol/errors.ts";
import { decodeAck, decodeBeacon, decodeDeviceInfo, decodeDeviceState } from "../../../protocol/messages.ts";
import { parseTopic } from "../../../protocol/topics.ts";
import { createManualClock, makeFrame, makeKey } from "../../factories.ts";
import { connectDevice, pairDevice, startGateway, type TestGateway, TOKEN } from "./harness.ts";

const INPUTS = Number(process.env.POND_FUZZ_INPUTS ?? 20_000);
const TIMEOUT_MS = 60_000 + INPUTS;
/** A part of the inputs; the quick targets get most of them. */
const share = (percent: number) => ({ numRuns: Math.max(20, Math.floor((INPUTS * percent) / 100)) });

const key = makeKey("alpha");
const sound = makeFrame(key);

/** Bytes that are nothing, and a sound frame with some of its bytes changed. */
const frames = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.uint8Array({ minLength: 160, maxLength: 160 }),
  fc
    .array(fc.tuple(fc.nat(159), fc.nat(255)), { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((frame, [at, byte]) => frame.with(at, byte), sound)),
);
/** JSON of any shape, and the keys that ours has. */
const keys = fc.constantFrom(
  "event",
  "fromSeq",
  "toSeq",
  "publicKey",
  "periodMs",
  "state",
  "session",
  "__proto__",
);
const json = fc.oneof(
  fc.json({ maxDepth: 4 }),
  fc.dictionary(keys, fc.jsonValue({ maxDepth: 2 })).map((object) => JSON.stringify(object)),
  fc.string({ unit: "binary", maxLength: 200 }),
);
const level = fc.oneof(
  fc.constantFrom("pondproof", "huzhou", key.device, "gateway", "reading", "latest", "+", "#", "", "$SYS"),
  fc.string({ maxLength: 40 }),
);
const topics = fc.array(level, { maxLength: 7 }).map((levels) => levels.join("/"));

test("frames get a verdict, and only the signed one is stored", { timeout: TIMEOUT_MS }, () => {
  fc.assert(
    fc.property(frames, fc.boolean(), (frame, signatureIsValid) => {
      const verdict = admit({
        frame,
        stream: {
          device: key.deviceId,
          nextSeq: 0,
          lastTimeMs: 0,
          previousChainHash: undefined,
          revokedFromMs: undefined,
        },
        clock: { nowMs: 1_750_000_000_000, trusted: true, earliestMs: 1 },
        signatureIsValid: () => signatureIsValid,
        storedAt: () => ({ kind: "hole" }),
      });
      expect(VERDICTS).toContain(verdict);
      if (!signatureIsValid) expect(verdict).not.toBe("stored");
    }),
    share(30),
  );
});

test("topics are one of ours or nothing, whatever is in them", { timeout: TIMEOUT_MS }, () => {
  const principals: Principal[] = [
    { role: "device", site: "huzhou", device: key.device },
    { role: "observer", site: "huzhou", name: "screen" },
  ];
  fc.assert(
    fc.property(topics, (topic) => {
      const address = parseTopic(topic);
      if (address !== undefined) expect(topic).not.toMatch(/[+#$]/);
      for (const principal of principals) {
        if (mayPublish(principal, { topic, qos: 1 }) && topic !== "homeassistant/status")
          expect(address).toMatchObject({ kind: "device", site: "huzhou", device: key.device });
        if (maySubscribe(principal, topic)) expect(topic).toMatch(/^(pondproof\/huzhou\/|homeassistant\/)/);
      }
    }),
    share(25),
  );
});

test("an MQTT stream is followed to its end or refused, however it is cut", { timeout: TIMEOUT_MS }, () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 });
  fc.assert(
    fc.property(chunks, (stream) => {
      const framing = createMqttFraming({ maxPacketBytes: 1_000 });
      for (const chunk of stream) {
        const packets = framing.push(chunk);
        if (packets === undefined) return;
        expect(packets).toBeLessThanOrEqual(chunk.length);
      }
    }),
    share(20),
  );
});

test("messages are understood or refused as malformed, and nothing else", { timeout: TIMEOUT_MS }, () => {
  const decoders = [decodeAck, decodeBeacon, decodeDeviceInfo, decodeDeviceState];
  const hearing = createHearing({
    learn: (_device, bytes) => void decodeDeviceInfo(bytes),
    noteLost: (_device, { fromSeq, toSeq }) => expect(fromSeq).toBeLessThanOrEqual(toSeq),
    clock: createManualClock(0),
    log: silentLog,
  });
  fc.assert(
    fc.property(json, (text) => {
      const bytes = new TextEncoder().encode(text);
      for (const decode of decoders) {
        try {
          decode(bytes);
        } catch (error) {
          expect(isPondproofError(error, "MALFORMED_MESSAGE")).toBe(true);
        }
      }
      hearing.event(text.slice(0, 8), bytes);
      hearing.info(text.slice(0, 8), bytes);
    }),
    share(10),
  );
});

test("configurations are accepted or all their mistakes are told", { timeout: TIMEOUT_MS }, () => {
  const sections = [
    "version",
    "site",
    "http",
    "broker",
    "ponds",
    "alarms",
    "influx",
    "devices",
    "ports",
    "limits",
  ];
  const config = fc.oneof(
    json,
    fc
      .dictionary(fc.constantFrom(...sections), fc.jsonValue({ maxDepth: 3 }))
      .map((object) => JSON.stringify({ version: 1, ...object })),
  );
  fc.assert(
    fc.property(config, (text) => {
      try {
        parseConfig(text);
      } catch (error) {
        expect(isPondproofError(error, "CONFIG_INVALID")).toBe(true);
      }
    }),
    // The schema is compiled for each.
    { numRuns: Math.min(200, INPUTS / 100) },
  );
});

test("no password and no signature that nobody made is accepted", { timeout: TIMEOUT_MS }, async () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" }) as { publicKey: KeyObject };
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 100 }),
      fc.string({ maxLength: 100 }),
      async (bytes, name) => {
        expect(await verifySignature({ key: publicKey, message: bytes, signature: bytes.slice(0, 64) })).toBe(
          false,
        );
        const verdict = await judgeConnect({
          site: "huzhou",
          credentials: { username: name, clientId: `${name}-s`, password: bytes },
          peer: undefined,
          observerToken: "a token that nobody guesses",
          isPairing: false,
          keyOf: () => publicKey,
        });
        expect(verdict.kind).not.toBe("accepted");
      },
    ),
    share(5),
  );
});

describe("a running gateway", () => {
  let site: TestGateway;
  beforeAll(async () => {
    site = await startGateway({ limits: { tokensPerSecond: 1_000_000, burstTokens: 1_000_000 } });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  test("answers every request, and breaks at none", { timeout: TIMEOUT_MS }, async () => {
    const url = `http://127.0.0.1:${site.gateway.ports.http}`;
    const paths = fc.oneof(
      fc.constantFrom(
        "/api/v1/pairing/window",
        `/api/v1/pairing/${key.device}/approve`,
        `/api/v1/devices/${key.device}/revoke`,
        "/api/v1/alarms/1/acknowledge",
      ),
      fc.webPath().map((path) => `/api/v1${path}`),
    );
    const query = fc.webQueryParameters();
    await fc.assert(
      fc.asyncProperty(paths, query, json, fc.boolean(), async (path, search, body, isPost) => {
        const response = await fetch(`${url}${path}?${search}`, {
          method: isPost ? "POST" : "GET",
          headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
          ...(isPost ? { body } : {}),
        });
        await response.arrayBuffer();
        expect(response.status).toBeLessThan(500);
      }),
      share(4),
    );
  });

  test("outlives every stream of bytes on its broker's port", { timeout: TIMEOUT_MS }, async () => {
    const { connect } = await import("node:net");
    const packets = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .record({
          clientId: fc.string({ minLength: 1, maxLength: 30 }),
          username: fc.string({ maxLength: 30 }),
        })
        .map((login) => mqttPacket.generate({ cmd: "connect", keepalive: 1, clean: true, ...login })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(packets, { minLength: 1, maxLength: 4 }), async (stream) => {
        const socket = connect(site.gateway.ports.mqtt, "127.0.0.1");
        const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
        socket.on("error", () => {}).resume();
        for (const bytes of stream) socket.write(bytes);
        socket.end();
        socket.destroySoon();
        await closed;
      }),
      share(2),
    );
    await using probe = await pairDevice(site, key);
    await probe.send([sound]);
    await probe.ack(({ contiguous }) => contiguous === 0);
  });

  test("answers every payload of a paired device, and stores none that is not signed", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const other = makeKey("beta");
    site.gateway.pair({ publicKey: other.publicKey, periodMs: 1_000 });
    await using probe = await connectDevice(site.gateway.ports.mqtt, other);
    await fc.assert(
      fc.asyncProperty(frames, async (frame) => {
        await probe.send([frame]);
      }),
      share(4),
    );
    const mine = site.gateway.devices().find(({ device }) => device === other.device)!;
    expect(mine.nextSeq).toBe(0);
  });
});
