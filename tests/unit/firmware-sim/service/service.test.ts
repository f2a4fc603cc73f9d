import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { playEzoBoard } from "../../../../firmware-sim/instruments/ezo-board.ts";
import { playModbusBus, slaveOf } from "../../../../firmware-sim/instruments/modbus-slave.ts";
import { openFileKey, type Signer } from "../../../../firmware-sim/key.ts";
import { RESERVE_STRIDE } from "../../../../firmware-sim/number-reserve.ts";
import { readProbeMap } from "../../../../firmware-sim/probes/modbus-map.ts";
import { decodeRecord, FLAG, type Reading } from "../../../../protocol/record.ts";
import { systemClock } from "../../../../service/system-clock.ts";
import { isMissing, openssl, socat } from "../../../real-components.ts";
import { readFeed, SITE, startGateway, type TestGateway } from "../../edge/harness.ts";
import { openSerialPair, type SerialPair } from "../serial-pair.ts";
import { makeCertificates, startTlsFront } from "./tls-front.ts";

const FROM_ZERO = ["--first-number", "pond-1=0"];
const MAIN = join(import.meta.dirname, "../../../../firmware-sim/main.ts");

describe.skipIf(isMissing(socat) || isMissing(openssl))("the reader as a service", () => {
  let folder: string;
  let gateway: TestGateway;
  let front: Awaited<ReturnType<typeof startTlsFront>>;
  let boardPair: SerialPair;
  let busPair: SerialPair;
  let signer: Signer;
  let service: ChildProcessByStdio<null, Readable, Readable> | undefined;
  let configFile: string;
  const inFolder = (name: string) => join(folder, name);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pondproof-service-"));
    gateway = await startGateway({ clock: systemClock });
    const { client, server } = makeCertificates(folder);
    front = await startTlsFront(server, gateway.gateway.ports.mqtt);
    boardPair = await openSerialPair();
    busPair = await openSerialPair();
    signer = await openFileKey(inFolder("pond-1.pem"));
    gateway.gateway.pair({ publicKey: signer.publicKey, periodMs: 1_000 });
    playEzoBoard(await boardPair.far(), { board: "oxygen", reading: "5.25" });
    const y532 = slaveOf(await readProbeMap("yosemitech-y532"), { temperature: 26.5, ph: 7.75 });
    playModbusBus(await busPair.far(), new Map([[4, y532]]));
    await writeFile(inFolder("amperes"), "420\n");
    await writeFile(inFolder("lifted"), "0\n");
    configFile = inFolder("reader.json");
    await writeFile(
      configFile,
      JSON.stringify(configOf({ url: `mqtts://127.0.0.1:${front.port}`, ...client })),
    );
  });
  afterEach(async () => {
    await stop();
    await front[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
    await boardPair[Symbol.asyncDispose]();
    await busPair[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const configOf = (gatewayConfig: object) => ({
    version: 1,
    site: SITE,
    dataDir: inFolder("data"),
    gateway: gatewayConfig,
    clockSynchronisedFile: inFolder("reader.json"),
    lines: [
      { name: "board", path: boardPair.settings.path },
      { name: "bus", path: busPair.settings.path },
    ],
    probes: [
      {
        name: "pond-1",
        periodMs: 1_000,
        signer: { file: inFolder("pond-1.pem") },
        calibration: { everyDays: 90 },
        outOfWater: { file: inFolder("lifted"), outWhen: "1" },
        instruments: [
          { kind: "ezo", name: "oxygen", line: "board", board: "oxygen", temperatureFromProbe: true },
          { kind: "modbus", name: "ph", line: "bus", slave: 4, map: "yosemitech-y532" },
          {
            kind: "value",
            name: "clamp",
            metric: "current",
            file: inFolder("amperes"),
            scale: 0.01,
            range: [0, 50],
          },
        ],
      },
    ],
  });
  /** The key was made before the reader was, so its first number has to be said once; later it is remembered. */
  const start = (...args: string[]) => {
    service = spawn(process.execPath, [MAIN, "--config", configFile, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { text: "" };
    for (const stream of [service.stdout, service.stderr])
      stream.on("data", (chunk: Buffer) => {
        said.text += chunk.toString();
      });
    return said;
  };
  const stop = async () => {
    if (service === undefined) return undefined;
    const exited = once(service, "exit");
    if (service.exitCode === null && service.signalCode === null) service.kill("SIGTERM");
    else return service.exitCode;
    const [code] = await exited;
    service = undefined;
    return code as number;
  };
  const readings = async (): Promise<Reading[]> =>
    (await readFeed(gateway.gateway)).flatMap((item) =>
      item.kind === "reading" ? [decodeRecord(item.frame.slice(0, 96))] : [],
    );
  const eventually = (condition: (stored: Reading[]) => void) =>
    vi.waitFor(async () => condition(await readings()), { timeout: 25_000, interval: 50 });
  const main = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);
  const has = (reading: Reading | undefined, flag: number) => ((reading?.flags ?? 0) & flag) !== 0;

  it("brings what instruments on real lines say to the gateway, over TLS with a client's certificate", async () => {
    const said = start(...FROM_ZERO);
    await eventually((stored) =>
      expect(stored.at(-1)?.values).toEqual([5.25, 26.5, 7.75, null, null, null, 4.2, null]),
    );
    expect(has((await readings())[0], FLAG.firstAfterPowerUp)).toBe(true);
    // Never calibrated, and that is overdue.
    expect(has((await readings())[0], FLAG.calibrationOverdue)).toBe(true);
    await writeFile(inFolder("lifted"), "1\n");
    await eventually((stored) => expect(has(stored.at(-1), FLAG.tampered)).toBe(true));
    await boardPair.unplug();
    await eventually((stored) => expect(stored.at(-1)?.values.slice(0, 3)).toEqual([null, 26.5, 7.75]));
    expect(await stop()).toBe(0);
    expect(said.text).toContain("source-failed");
    expect(JSON.stringify(said.text)).not.toContain("PRIVATE");
  }, 60_000);

  it("is calibrated by a command, and names the credential in every record from then on", async () => {
    const calibration = ["calibrate", "--config", configFile, "--probe", "pond-1", "--by", "Li Wei"];
    const standard = ["--standard", "air-saturated water, 25 °C", "--reference", "oxygen=8.26"];
    await expect(main(...calibration)).rejects.toMatchObject({
      stderr: expect.stringContaining("--standard"),
    });
    const { stdout } = await main(...calibration, ...standard, "--instrument", "oxygen", "--step", "air");
    const serial = Number(/serial (\d+)/.exec(stdout)![1]);
    expect(JSON.parse(stdout.slice(0, stdout.lastIndexOf("}") + 1))).toMatchObject({
      by: "Li Wei",
      points: [{ metric: "oxygen", reference: 8.26, before: 5.25, after: 5.25 }],
      previous: null,
    });
    start(...FROM_ZERO);
    await eventually((stored) => {
      expect(stored.length).toBeGreaterThan(0);
      expect(stored.at(-1)).toMatchObject({ calibration: serial });
      expect(has(stored.at(-1), FLAG.calibrationOverdue)).toBe(false);
    });
    const { stdout: second } = await main(...calibration, ...standard);
    const next = Number(/serial (\d+)/.exec(second)![1]);
    await eventually((stored) => expect(stored.at(-1)).toMatchObject({ calibration: next }));
  }, 60_000);

  it("with a destroyed outbox goes on with a number that it never used, and says so", async () => {
    start(...FROM_ZERO);
    await eventually((stored) => expect(stored.length).toBeGreaterThan(1));
    await stop();
    await writeFile(
      inFolder("data/outbox.db"),
      "not a database at all, and long enough to be looked at".repeat(20),
    );
    await rm(inFolder("data/outbox.db-wal"), { force: true });
    const said = start();
    await vi.waitFor(() => expect(said.text).toContain("numbers-skipped"), { timeout: 20_000 });
    await vi.waitFor(() => expect(gateway.gateway.stats().verdicts.ahead).toBeGreaterThan(0), {
      timeout: 20_000,
    });
    expect(said.text).toContain(`"toSeq":${RESERVE_STRIDE}`);
    expect(gateway.gateway.stats().verdicts.conflict).toBe(0);
  }, 60_000);

  it("that remembers no number refuses to begin, and says what to do", async () => {
    await expect(main("--config", configFile)).rejects.toMatchObject({
      stderr: expect.stringMatching(/NUMBERS_LOST.*\n.*--first-number PROBE=0/),
    });
    start(...FROM_ZERO);
    await eventually((stored) => expect(stored[0]?.seq).toBe(0));
  }, 60_000);

  it("checks its configuration and all that it names without touching anything", async () => {
    expect((await main("--config", configFile, "--check")).stdout).toContain("is right: 1 probes, 2 lines");
    const config = JSON.parse(await readFile(configFile, "utf8"));
    config.probes[0].instruments[1].map = "no-such-map";
    config.probes[0].instruments.push({
      ...config.probes[0].instruments[0],
      name: "o2",
      kind: "modbus",
      map: "supmea-do7013",
      slave: 9,
      line: "bus",
    });
    for (const key of ["board", "temperatureFromProbe"]) delete config.probes[0].instruments[3][key];
    config.gateway.caFile = inFolder("nothing.pem");
    await writeFile(configFile, JSON.stringify(config));
    const { stderr } = await main("--config", configFile, "--check").then(
      () => ({ stderr: "" }),
      (error: { stderr: string }) => error,
    );
    expect(stderr).toContain("/probes/0/instruments/1/map");
    expect(stderr).toContain(
      '/probes/0/instruments/3: another instrument measures oxygen; choose by "metrics"',
    );
    expect(stderr).toContain("nothing.pem cannot be read");
    expect((await main("--help")).stdout).toContain('"title": "Pondproof reader"');
  }, 60_000);
});
