import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { CONTRACT_NAMES } from "../../../ledger/deployment.ts";
import { parseConfig } from "../../../oracle/config.ts";
import { readSecrets } from "../../../oracle/secrets.ts";
import { makeDir } from "./world.ts";

const MAIN = fileURLToPath(new URL("../../../oracle/main.ts", import.meta.url));
const KEY = "11".repeat(32);
const minimal = {
  version: 1,
  deployment: "deployment.json",
  feed: { url: "http://gateway:8081", token: { env: "FEED_TOKEN" } },
  operatorKey: { file: "operator.key" },
  dataDir: "data",
  auditorTokens: [{ env: "AUDITOR_TOKEN" }],
};

const mistakes = (list: string[]) =>
  expect.objectContaining({ code: "CONFIG_INVALID", facts: { mistakes: list } });

describe("the configuration", () => {
  it("has defaults for what is not there", () => {
    expect(parseConfig(JSON.stringify(minimal))).toMatchObject({
      rpc: [],
      host: "127.0.0.1",
      port: 8082,
      batch: { maxReadings: 5_000, maxAgeSeconds: 600 },
      collectForHolder: true,
    });
  });

  it("is refused with all its mistakes and their paths", () => {
    const { dataDir: _, ...rest } = minimal;
    const broken = {
      ...rest,
      port: 70_000,
      agentKey: { file: "a", env: "B" },
      batch: { maxReadings: 0, age: 1 },
    };
    expect(() => parseConfig(JSON.stringify(broken))).toThrow(
      mistakes([
        "/: must have required property 'dataDir'",
        "/agentKey: must NOT have more than 1 properties",
        "/port: must be <= 65535",
        '/batch: unknown key "age"',
        "/batch/maxReadings: must be >= 1",
      ]),
    );
    expect(() => parseConfig("{")).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  });
});

describe("secrets", () => {
  it("come from files and the environment", async () => {
    using folder = makeDir();
    const file = join(folder.dir, "operator.key");
    writeFileSync(file, `0x${KEY}\n`);
    const config = parseConfig(JSON.stringify({ ...minimal, operatorKey: { file } }));
    const env = { FEED_TOKEN: "feed-token-of-a-gateway", AUDITOR_TOKEN: "token-of-an-auditor" };
    expect(await readSecrets(config, env)).toEqual({
      feedToken: env.FEED_TOKEN,
      operatorKey: `0x${KEY}`,
      agentKey: undefined,
      auditorTokens: [env.AUDITOR_TOKEN],
    });
  });

  it("that are missing or malformed are reported together, and never shown", async () => {
    const config = parseConfig(JSON.stringify({ ...minimal, agentKey: { env: "AGENT_KEY" } }));
    const failure = readSecrets(config, { AGENT_KEY: "hunter2", FEED_TOKEN: "short" });
    await expect(failure).rejects.toEqual(
      mistakes([
        "/feed/token: variable FEED_TOKEN does not hold a token of 16 to 256 characters",
        "/operatorKey: file operator.key is not there",
        "/agentKey: variable AGENT_KEY does not hold a key of 32 bytes in hex",
        "/auditorTokens/0: variable AUDITOR_TOKEN is not there",
      ]),
    );
    await expect(failure).rejects.not.toThrow("hunter2");
  });
});

describe("the command", () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });

  it("prints its help with the schema", () => {
    const { status, stdout } = run("--help");
    expect(status).toBe(0);
    expect(stdout).toContain("Usage: node oracle/main.ts --config FILE");
    expect(stdout).toContain('"maxAgeSeconds"');
  });

  it("ends with the mistakes of its configuration", () => {
    using folder = makeDir();
    const path = join(folder.dir, "oracle.json");
    writeFileSync(path, JSON.stringify({ ...minimal, version: 2, surplus: 1 }));
    const { status, stderr } = run("--config", path);
    expect(status).toBe(1);
    expect(stderr.split("\n")).toEqual([
      "The configuration has mistakes:",
      '  /: unknown key "surplus"',
      "  /version: must be equal to constant 1",
      "",
    ]);
  });

  it("runs until it is told to stop, also while neither gateway nor ledger answers", async () => {
    using folder = makeDir();
    const at = (name: string) => join(folder.dir, name);
    writeFileSync(at("operator.key"), KEY);
    writeFileSync(
      at("deployment.json"),
      JSON.stringify({
        chainId: 31337,
        rpc: "http://127.0.0.1:1",
        firstBlock: 0,
        genesis: `0x${"00".repeat(32)}`,
        contracts: Object.fromEntries(CONTRACT_NAMES.map((name) => [name, `0x${"11".repeat(20)}`])),
      }),
    );
    const config = {
      ...minimal,
      deployment: at("deployment.json"),
      feed: { url: "http://127.0.0.1:1", token: { env: "FEED_TOKEN" } },
      operatorKey: { file: at("operator.key") },
      dataDir: at("data"),
      port: 0,
      pollIntervalMs: 10,
    };
    writeFileSync(at("oracle.json"), JSON.stringify(config));
    const env = {
      ...process.env,
      FEED_TOKEN: "feed-token-of-a-gateway",
      AUDITOR_TOKEN: "token-of-an-auditor",
    };
    const child = spawn(process.execPath, [MAIN, "--config", at("oracle.json")], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exit = once(child, "exit");
    const waiting = new Set<string>();
    for await (const line of createInterface(child.stdout)) {
      expect(line).not.toContain(KEY);
      const { msg, code } = JSON.parse(line) as { msg: string; code?: string };
      if (msg !== "is waiting") continue;
      waiting.add(code!);
      if (waiting.size === 2) child.kill("SIGTERM");
    }
    expect([...waiting].sort()).toEqual(["FEED_UNREACHABLE", "LEDGER_UNREACHABLE"]);
    expect(await exit).toEqual([0, null]);
  });
});
