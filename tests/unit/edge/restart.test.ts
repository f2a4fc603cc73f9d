import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openStore } from "../../../edge/store.ts";
import { toHex } from "../../../protocol/bytes.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { connectDevice, PERIOD_MS, pairDevice, readFeed, startGateway } from "./harness.ts";

const key = makeKey("alpha");

test("a gateway that is stopped and started knows its probes, streams, counts and revocations", async () => {
  await using site = await startGateway();
  const chain = makeChain({ key, count: 5, periodMs: 1_000 });
  {
    await using probe = await pairDevice(site, key);
    await probe.send([...chain.slice(0, 3), chain[0]!], 4);
    await probe.ack(({ contiguous }) => contiguous === 2);
  }
  site.gateway.revoke({ device: key.device, fromMs: 1_750_000_000_000 + 4_000 });
  const before = { devices: site.gateway.devices(), feed: await readFeed(site.gateway) };
  await site.restart();
  expect({ devices: site.gateway.devices(), feed: await readFeed(site.gateway) }).toEqual({
    ...before,
    devices: [{ ...before.devices[0], state: "offline" }],
  });

  await using probe = await connectDevice(site.gateway.ports.mqtt, key);
  await probe.send(chain.slice(3), 2);
  const ack = await probe.ack(({ contiguous }) => contiguous === 3);
  expect(ack.verdicts).toEqual([{ seq: 4, verdict: "revoked" }]);
});

test("a probe that is paired again keeps its stream", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  await probe.send(makeChain({ key, count: 2 }), 2);
  await probe.ack(({ contiguous }) => contiguous === 1);
  expect(site.gateway.pair({ publicKey: key.publicKey, periodMs: 2 * PERIOD_MS })).toBe(key.device);
  await site.restart();
  expect(site.gateway.devices()).toMatchObject([{ nextSeq: 2, periodMs: 2 * PERIOD_MS }]);
});

test("a gateway whose port is taken does not start, and leaves its store to the next try", async () => {
  await using site = await startGateway();
  const ports = { mqtt: 0, http: site.gateway.ports.mqtt };
  await expect(startGateway({ ports })).rejects.toThrow(/EADDRINUSE/);
  await using other = await startGateway();
  expect(() => site.gateway.revoke({ device: key.device, fromMs: 0 })).toThrow("UNKNOWN_DEVICE");
  await other.gateway.stop();
  expect(() => other.gateway.devices()).toThrow("NOT_STARTED");
});

test("nothing that was acknowledged is lost when the process is killed in the middle of its work", async () => {
  const keys = [makeKey("alpha"), makeKey("beta"), makeKey("gamma")];
  const chains = keys.map((each) => makeChain({ key: each, count: 150, periodMs: 100 }));
  const dataDir = await mkdtemp(join(tmpdir(), "pondproof-kill-"));
  const start = async () => {
    const script = fileURLToPath(new URL("child-gateway.ts", import.meta.url));
    const child = fork(script, [dataDir, ...keys.map(({ publicKey }) => toHex(publicKey))], { execArgv: [] });
    const [port] = (await once(child, "message")) as [number];
    return { child, port };
  };
  const acknowledged = keys.map(() => -1);

  for (const killAt of [20, 60, 149]) {
    const { child, port } = await start();
    const exited = once(child, "exit");
    const devices = await Promise.all(keys.map((each) => connectDevice(port, each)));
    for (const device of devices) device.client.on("error", () => {});
    // The kill cuts off what is still under way; the acknowledgements say what counts.
    const sends = devices.map((device, i) => device.send(chains[i]!, 5));
    const settled = Promise.allSettled(sends);
    await Promise.all(devices.map((device) => device.ack(({ contiguous }) => contiguous >= killAt)));
    child.kill("SIGKILL");
    await exited;
    devices.forEach((device, i) => {
      acknowledged[i] = Math.max(acknowledged[i]!, ...device.acks.map(({ contiguous }) => contiguous));
    });
    await Promise.all(devices.map((device) => device[Symbol.asyncDispose]()));
    await settled;

    const store = openStore({ path: join(dataDir, "gateway.db") });
    const feed = store.positions.after(0, 10_000);
    store.close();
    keys.forEach(({ device }, i) => {
      const frames = feed
        .filter((item) => item.device === device)
        .map((item) => item.kind === "reading" && item.frame);
      expect(frames.length).toBeGreaterThan(acknowledged[i]!);
      expect(frames).toEqual(chains[i]!.slice(0, frames.length));
    });
  }
  await rm(dataDir, { recursive: true });
});
