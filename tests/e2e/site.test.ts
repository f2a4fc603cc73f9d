// A site as it stands beside a pond: the reader's and the gateway's real processes, TLS between them, a serial line.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyPort } from "../../demo/ports.ts";
import { type EzoBoardPlay, playEzoBoard } from "../../firmware-sim/instruments/ezo-board.ts";
import { createBeaconClient } from "../../oracle/beacon.ts";
import { createFeedClient } from "../../oracle/feed-client.ts";
import { fromHex } from "../../protocol/bytes.ts";
import type { FeedItem } from "../../protocol/feed.ts";
import { keyFingerprint } from "../../protocol/fingerprint.ts";
import { decodeRecord, type Reading } from "../../protocol/record.ts";
import { splitFrame, verifyRecord } from "../../protocol/signature.ts";
import { isMissing, socat } from "../real-components.ts";
import { createSitePki } from "../unit/edge/site-pki.ts";
import { eventually, openSerialPair, type SerialPair } from "../unit/firmware-sim/serial-pair.ts";

const ROOT = join(import.meta.dirname, "../..");
const HOST = "127.0.0.1";
const SITE = "huzhou";
const TOKEN = "a token that only this test uses";
const PERIOD_MS = 1_000;
const BEACON = { number: 6_277, hash: `0x${"ab".repeat(28)}12345678` };

/** A process of the site, and all that it has said. */
type Part = { said: () => string; stop(): Promise<number | null> };

function startPart(args: string[], env: Record<string, string> = {}): Part {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  return {
    said: () => said,
    async stop() {
      child.kill("SIGTERM");
      return (await exit)[0] as number | null;
    },
  };
}

describe.skipIf(isMissing(socat))("a probe's readings on their way from a serial line to the feed", () => {
  let folder: string;
  let cable: SerialPair;
  let board: EzoBoardPlay;
  let publicKey: Uint8Array;
  let gateway: Part;
  let reader: Part;
  let httpUrl: string;
  const inFolder = (name: string) => join(folder, name);
  const readerMain = async (...args: string[]) =>
    (await promisify(execFile)(process.execPath, ["firmware-sim/main.ts", ...args], { cwd: ROOT })).stdout;
  const startReader = () => startPart(["firmware-sim/main.ts", "--config", inFolder("reader.json")]);
  const plugBoard = async () => {
    board = playEzoBoard(await cable.far(), { board: "oxygen", reading: "5.25" });
  };
  const feed = async (): Promise<FeedItem[]> =>
    createFeedClient({ url: httpUrl, token: TOKEN }).read({
      after: 0,
      limit: 1_000,
      signal: new AbortController().signal,
    });
  const readings = async (): Promise<Reading[]> =>
    (await feed()).flatMap((item) =>
      item.kind === "reading" ? [decodeRecord(splitFrame(item.frame).record)] : [],
    );
  /** Waits until some more readings have come, and returns the newest. */
  const nextReading = async (wanted: (reading: Reading) => boolean = () => true): Promise<Reading> => {
    const before = (await readings()).length;
    return eventually(async () => {
      const newest = (await readings()).slice(before).find(wanted);
      if (newest === undefined) throw new Error("no such reading yet");
      return newest;
    });
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pondproof-site-"));
    cable = await openSerialPair();
    const [mqtt, http] = [await anyPort(HOST), await anyPort(HOST)];
    httpUrl = `http://${HOST}:${http}`;
    const pki = await createSitePki(SITE);
    const writeTls = async (name: string, { ca, cert, key }: { ca: string; cert: string; key: string }) => {
      await writeFile(inFolder(`${name}-ca.crt`), ca);
      await writeFile(inFolder(`${name}.crt`), cert);
      await writeFile(inFolder(`${name}.key`), key, { mode: 0o600 });
    };
    await writeFile(inFolder("synchronised"), "");
    await writeFile(
      inFolder("reader.json"),
      JSON.stringify({
        version: 1,
        site: SITE,
        dataDir: inFolder("reader"),
        clockSynchronisedFile: inFolder("synchronised"),
        gateway: {
          url: `mqtts://${HOST}:${mqtt}`,
          caFile: inFolder("probe-ca.crt"),
          certificateFile: inFolder("probe.crt"),
          keyFile: inFolder("probe.key"),
        },
        lines: [{ name: "oxygen", path: cable.settings.path }],
        probes: [
          {
            name: "east",
            periodMs: PERIOD_MS,
            signer: { file: inFolder("keys/east.pem") },
            calibration: { everyDays: 30 },
            instruments: [{ kind: "ezo", name: "oxygen", line: "oxygen", board: "oxygen", temperatureC: 25 }],
          },
        ],
      }),
    );
    // As on a Pi: the key first, then the certificate for its id, then everything.
    const said = await readerMain("keys", "--config", inFolder("reader.json"));
    const [, name, device, fingerprint, key] = /^(\S+) {2}(\S+) {2}(\S+) {2}(\S+)\n$/.exec(said)!;
    publicKey = fromHex(key!, 64);
    expect([name, fingerprint]).toEqual(["east", keyFingerprint(publicKey)]);
    await writeTls("broker", pki.broker);
    await writeTls("probe", await pki.client(device!));
    await writeFile(
      inFolder("gateway.json"),
      JSON.stringify({
        version: 2,
        site: SITE,
        dataDir: inFolder("gateway"),
        earliest: "2026-01-01T00:00:00Z",
        clockSynchronisedFile: inFolder("synchronised"),
        http: { port: http, token: { env: "TOKEN" } },
        broker: {
          port: mqtt,
          tls: { ca: inFolder("broker-ca.crt"), cert: inFolder("broker.crt"), key: inFolder("broker.key") },
        },
        devices: [{ publicKey: key, periodMs: PERIOD_MS }],
      }),
    );
    gateway = startPart(["edge/main.ts", "--config", inFolder("gateway.json")], { TOKEN });
    await eventually(() => expect(gateway.said()).toContain("the gateway is up"));
    await plugBoard();
    reader = startReader();
  }, 60_000);
  afterAll(async () => {
    await reader.stop();
    await gateway.stop();
    await cable[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it("arrive signed, in the value that the instrument said, with a recent block once one was announced", async () => {
    expect((await nextReading()).values[0]).toBe(5.25);
    const announce = createBeaconClient({ url: httpUrl, token: TOKEN });
    await announce(BEACON, new AbortController().signal);
    board.reading = "4.75";
    const { values } = await nextReading(({ beacon }) => beacon === 0x12345678);
    expect(values[0]).toBe(4.75);
    for (const item of await feed()) {
      const { record, signature } = splitFrame((item as FeedItem & { kind: "reading" }).frame);
      expect(verifyRecord(record, signature, publicKey)).toBe(true);
    }
  }, 60_000);

  it("name the calibration that was made, from the next record on", async () => {
    const said = await readerMain(
      ...["calibrate", "--config", inFolder("reader.json"), "--probe", "east", "--by", "Li Wei"],
      ...["--standard", "air-saturated water, 25.0 °C, 1013 hPa", "--reference", "oxygen=8.26"],
    );
    const serial = Number(/serial (\d+)/.exec(said)![1]);
    await nextReading(({ calibration }) => calibration === serial);
    await eventually(() => expect(gateway.said()).toContain('"event":"calibrated"'));
  }, 60_000);

  it("pause while the line is unplugged, with the reason at the gateway, and no number is lost", async () => {
    await cable.unplug();
    await eventually(() =>
      expect(gateway.said()).toMatch(/"event":"source-failed","part":"oxygen","problem":"./),
    );
    const before = await readings();
    await cable.replug();
    await plugBoard();
    const after = await nextReading();
    expect(after.values[0]).toBe(5.25);
    expect(after.timeMs - before.at(-1)!.timeMs).toBeGreaterThanOrEqual(2 * PERIOD_MS);
    await eventually(() => expect(gateway.said()).toContain('"event":"source-recovered"'));
    const items = await feed();
    expect(items.map(({ kind, seq }) => ({ kind, seq }))).toEqual(
      items.map((_, seq) => ({ kind: "reading", seq })),
    );
  }, 60_000);

  it("go on behind a restart of the reader with the next number", async () => {
    expect(await reader.stop()).toBe(0);
    const { length } = await readings();
    reader = startReader();
    expect((await nextReading()).seq).toBe(length);
  }, 60_000);
});
