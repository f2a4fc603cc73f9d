import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { CONTRACT_NAMES } from "../../../../ledger/deployment.ts";
import { parseWatcherConfig, readWatcherSecrets } from "../../../../oracle/watcher/config.ts";
import { makeDir } from "../world.ts";

const MAIN = fileURLToPath(new URL("../../../../oracle/watcher/main.ts", import.meta.url));
const KEY = "22".repeat(32);
const minimal = {
  version: 1,
  deployment: "deployment.json",
  key: { env: "WATCHER_KEY" },
  archive: { url: "http://oracle:8082", token: { env: "ARCHIVE_TOKEN" } },
  dataDir: "data",
  tokens: [{ env: "STATUS_TOKEN" }],
};
const env = { WATCHER_KEY: KEY, ARCHIVE_TOKEN: "token-of-an-auditor", STATUS_TOKEN: "token-of-an-insurer" };

it("a watcher's configuration has defaults, and is refused with all its mistakes", () => {
  expect(parseWatcherConfig(JSON.stringify(minimal))).toMatchObject({
    rpc: [],
    port: 8083,
    host: "127.0.0.1",
  });
  const broken = { ...minimal, port: -1, archive: { url: "ftp://x" }, surplus: 1 };
  expect(() => parseWatcherConfig(JSON.stringify(broken))).toThrow(
    expect.objectContaining({
      facts: {
        mistakes: expect.arrayContaining([
          '/: unknown key "surplus"',
          "/port: must be >= 0",
          "/archive: must have required property 'token'",
        ]),
      },
    }),
  );
});

it("a watcher's secrets come from where its configuration says, and are never shown", async () => {
  const config = parseWatcherConfig(JSON.stringify(minimal));
  expect(await readWatcherSecrets(config, env)).toEqual({
    key: KEY,
    archiveToken: env.ARCHIVE_TOKEN,
    gatewayToken: undefined,
    tokens: [env.STATUS_TOKEN],
  });
  const failure = readWatcherSecrets(config, { ...env, WATCHER_KEY: "hunter2" });
  await expect(failure).rejects.toMatchObject({
    facts: { mistakes: ["/key: variable WATCHER_KEY does not hold a key of 32 bytes in hex"] },
  });
  await expect(failure).rejects.not.toThrow("hunter2");
});

it("the watcher's command explains itself, and runs while nothing answers until it is told to stop", async () => {
  expect(spawnSync(process.execPath, [MAIN, "--help"], { encoding: "utf8" })).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Usage: node oracle/watcher/main.ts --config FILE"),
  });
  using folder = makeDir();
  const at = (name: string) => join(folder.dir, name);
  const contracts = Object.fromEntries(CONTRACT_NAMES.map((name) => [name, `0x${"11".repeat(20)}`]));
  const deployment = { chainId: 31337, rpc: "http://127.0.0.1:1", firstBlock: 0, contracts };
  writeFileSync(at("deployment.json"), JSON.stringify({ ...deployment, genesis: `0x${"00".repeat(32)}` }));
  writeFileSync(
    at("watcher.json"),
    JSON.stringify({ ...minimal, deployment: at("deployment.json"), dataDir: at("data"), port: 0 }),
  );
  const child = spawn(process.execPath, [MAIN, "--config", at("watcher.json")], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  for await (const line of createInterface(child.stdout)) {
    expect(line).not.toContain(KEY);
    const { msg, code } = JSON.parse(line) as { msg: string; code?: string };
    if (msg === "is waiting" && code === "LEDGER_UNREACHABLE") child.kill("SIGTERM");
  }
  expect(await exit).toEqual([0, null]);
});
