import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeChain, makeKey } from "../../factories.ts";
import { influxd, isMissing } from "../../real-components.ts";
import { freePort } from "./free-port.ts";
import { pairDevice, startGateway, type TestGateway } from "./harness.ts";

const key = makeKey("alpha");
const chain = makeChain({
  key,
  count: 30,
  periodMs: 10_000,
  oxygen: (seq) => (seq === 10 ? 30 : 6 + seq / 10),
});
let folder: string;
let port: number;
let bindPort: number;
let server: ChildProcess | undefined;

async function startInflux(dataIn = "data"): Promise<void> {
  const dir = join(folder, dataIn);
  await writeFile(
    join(folder, "influxdb.conf"),
    `reporting-disabled = true
bind-address = "127.0.0.1:${bindPort}"
[meta]
dir = "${dir}/meta"
[data]
dir = "${dir}/data"
wal-dir = "${dir}/wal"
[http]
bind-address = "127.0.0.1:${port}"
log-enabled = false
`,
  );
  server = spawn(influxd.path!, ["-config", join(folder, "influxdb.conf")], { stdio: "ignore" });
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/ping`).catch(() => undefined);
    if (answer?.status === 204) return;
    await new Promise((next) => setImmediate(next));
  }
}

async function stopInflux(): Promise<void> {
  const exited = once(server!, "exit");
  server!.kill("SIGKILL");
  await exited;
}

/** The rows that a query answers. */
async function ask(query: string): Promise<unknown[][]> {
  const url = `http://127.0.0.1:${port}/query?db=ponds&epoch=ms&q=${encodeURIComponent(query)}`;
  const { results } = (await (await fetch(url)).json()) as {
    results: { series?: { values: unknown[][] }[] }[];
  };
  return results[0]?.series?.[0]?.values ?? [];
}

const count = async () => (await ask("SELECT count(oxygen) FROM reading"))[0]?.[1] ?? 0;
const turn = () => new Promise((next) => setImmediate(next));
/** Lets the view's back-off pass. */
const until = async (site: TestGateway, reached: () => Promise<boolean>) => {
  while (!(await reached())) {
    site.clock.advance(60_000);
    await turn();
  }
};

describe.skipIf(isMissing(influxd))("the view in a real InfluxDB", () => {
  const influx = () => ({
    url: `http://127.0.0.1:${port}`,
    database: "ponds",
    retentionDays: 0,
    createDatabase: true,
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pondproof-influx-"));
    [port, bindPort] = [await freePort(), await freePort()];
  });
  afterEach(async () => {
    if (server?.exitCode === null && server.signalCode === null) await stopInflux();
    await rm(folder, { recursive: true });
  });

  test("shows every reading with its pond and what is doubtful, once", async () => {
    await startInflux();
    await using site = await startGateway({
      influx: influx(),
      ponds: [{ name: "east", devices: [key.device] }],
    });
    await using probe = await pairDevice(site, key);
    await probe.send(chain, 10);
    await probe.ack(({ contiguous }) => contiguous === 29);
    await until(site, async () => (await count()) === 30);
    expect(await ask("SELECT oxygen, temperature, seq, doubted FROM reading WHERE seq = 10")).toEqual([
      [1_750_000_000_000 + 10 * 10_000, 30, 24, 10, true],
    ]);
    expect(
      await ask("SELECT oxygen FROM reading WHERE site = 'huzhou' AND pond = 'east' AND seq < 2"),
    ).toEqual([
      [1_750_000_000_000, 6],
      [1_750_000_010_000, 6.1],
    ]);
  });

  test("never holds up evidence while it is away, and is filled when it is back", async () => {
    await using site = await startGateway({ influx: influx() });
    await using probe = await pairDevice(site, key);
    await probe.send(chain.slice(0, 20), 10);
    await probe.ack(({ contiguous }) => contiguous === 19);
    while (site.gateway.stats().derived.followers.influx!.failures === 0) await turn();
    const health = await fetch(`http://127.0.0.1:${site.gateway.ports.http}/health`);
    expect((await health.json()).reasons).toContainEqual({ code: "view-behind", view: "influx" });
    await startInflux();
    await until(site, async () => (await count()) === 20);
    await stopInflux();
    await probe.send(chain.slice(20), 10);
    await probe.ack(({ contiguous }) => contiguous === 29);
    await startInflux();
    await until(site, async () => (await count()) === 30);
  });

  test("is filled from the beginning when it comes back empty, and goes on where it was after a restart", async () => {
    await startInflux();
    await using site = await startGateway({ influx: influx() });
    await using probe = await pairDevice(site, key);
    await probe.send(chain.slice(0, 20), 10);
    await probe.ack(({ contiguous }) => contiguous === 19);
    await until(site, async () => (await count()) === 20);
    await site.restart();
    expect(site.gateway.stats().derived.followers.influx!.cursor).toBe(20);
    await stopInflux();
    await startInflux("another disk");
    await using again = await pairDevice(site, key);
    await again.send(chain.slice(20), 10);
    await again.ack(({ contiguous }) => contiguous === 29);
    await until(site, async () => (await count()) === 30);
  });

  test("keeps points for as long as the configuration says, and is not stopped by older ones", async () => {
    await startInflux();
    await using site = await startGateway({ influx: { ...influx(), retentionDays: 7 } });
    await using probe = await pairDevice(site, key);
    await probe.send([chain[0]!]);
    await probe.ack(({ contiguous }) => contiguous === 0);
    // The readings lie years back for Influx's own clock, but not for the gateway's.
    site.clock.advance(30 * 86_400_000);
    await probe.send(chain.slice(1), 29);
    await probe.ack(({ contiguous }) => contiguous === 29);
    await until(site, async () => site.gateway.stats().derived.followers.influx!.cursor >= 1);
    const policies = await ask("SHOW RETENTION POLICIES ON ponds");
    expect(policies.find(([name]) => name === "pondproof")?.slice(0, 2)).toEqual(["pondproof", "168h0m0s"]);
  });
});
