import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createServiceManager } from "../../../service/service-manager.ts";
import { isMissing, systemd } from "../../real-components.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pondproof-notify-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("without a service manager nothing is said and no watchdog is fed", async () => {
  const manager = createServiceManager({});
  expect(manager.watchdogMs).toBeUndefined();
  await manager.ready();
  await manager.alive();
});

describe.skipIf(isMissing(systemd))("a service manager", () => {
  test("hears by its own protocol that the gateway is ready, lives, and stops", async () => {
    const socket = join(folder, "notify");
    const heard = join(folder, "heard");
    const listener = spawn("socat", ["-u", `UNIX-RECV:${socket}`, `OPEN:${heard},append,creat`], {
      stdio: "ignore",
    });
    const turn = () => new Promise((next) => setImmediate(next));
    while (!existsSync(socket)) await turn();
    const config = join(folder, "gateway.json");
    writeFileSync(
      config,
      JSON.stringify({
        version: 2,
        site: "huzhou",
        dataDir: join(folder, "data"),
        earliest: "2026-01-01T00:00:00Z",
        http: { port: 0, token: { env: "TOKEN" } },
        broker: { port: 0 },
      }),
    );
    const main = fileURLToPath(new URL("../../../edge/main.ts", import.meta.url));
    const gateway = spawn(process.execPath, [main, "--config", config], {
      stdio: "ignore",
      env: {
        PATH: process.env.PATH,
        TOKEN: "a token of sixteen characters",
        NOTIFY_SOCKET: socket,
        WATCHDOG_USEC: "300000",
      },
    });
    const said = () => (existsSync(heard) ? readFileSync(heard, "utf8") : "");
    while (!said().includes("WATCHDOG=1")) await turn();
    expect(said()).toMatch(/READY=1[\s\S]*WATCHDOG=1/);
    const exited = once(gateway, "exit");
    gateway.kill("SIGTERM");
    while (!said().includes("STOPPING=1")) await turn();
    expect(await exited).toEqual([0, null]);
    listener.kill();
    await once(listener, "exit");
  });
});
