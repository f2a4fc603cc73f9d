import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../edge/config.ts";
import { isPondproofError } from "../../../protocol/errors.ts";

const smallest = {
  version: 2,
  site: "huzhou",
  dataDir: "data",
  earliest: "2026-01-01T00:00:00Z",
  http: { token: { env: "PONDPROOF_GATEWAY_TOKEN" } },
};

function mistakesIn(config: unknown): unknown {
  try {
    parseConfig(typeof config === "string" ? config : JSON.stringify(config));
  } catch (error) {
    if (isPondproofError(error, "CONFIG_INVALID")) return error.facts.mistakes;
    throw error;
  }
  return [];
}

describe("a configuration", () => {
  test("gets its defaults", () => {
    expect(parseConfig(JSON.stringify(smallest))).toMatchObject({
      http: { host: "127.0.0.1", port: 8081 },
      broker: { host: "127.0.0.1", port: 1883 },
      holdingMs: 3_600_000,
      devices: [],
      ponds: [],
      homeAssistant: false,
    });
  });

  test("of the first version is understood, with everything where it belongs now", () => {
    const { http: _, ...first } = { ...smallest, version: 1, host: "0.0.0.0", ports: { mqtt: 1, http: 2 } };
    expect(parseConfig(JSON.stringify({ ...first, tokenFile: "token" }))).toMatchObject({
      version: 2,
      http: { host: "0.0.0.0", port: 2, token: { file: "token" } },
      broker: { host: "0.0.0.0", port: 1 },
    });
    expect(parseConfig(JSON.stringify(first)).http.token).toEqual({ env: "PONDPROOF_GATEWAY_TOKEN" });
  });

  test("of a later version is refused", () => {
    expect(mistakesIn({ ...smallest, version: 3 })).toEqual(["/version: must be equal to constant 2"]);
  });

  test("may name a pond, a probe or a target of alarms once, with levels that fall", () => {
    const target = { name: "farmer", afterMs: 0, url: "https://example.org", secret: { env: "SECRET" } };
    const levels = { watch: 2, warning: 3, danger: 1 };
    expect(
      mistakesIn({
        ...smallest,
        ponds: [
          { name: "east", devices: ["0011223344556677"], oxygenLevels: levels },
          { name: "east", devices: ["0011223344556677"] },
        ],
        alarms: { targets: [target, target], rules: { oxygenLevels: levels } },
      }),
    ).toHaveLength(5);
  });

  test("is told of all its mistakes together, with their paths", () => {
    const mistakes = mistakesIn({
      version: 9,
      site: "No Spaces",
      earliest: "2026-13-01T00:00:00Z",
      broker: { port: 70_000 },
      surprise: 1,
      devices: [{ publicKey: "0x12", periodMs: 1, colour: "red" }],
    });
    expect(mistakes).toHaveLength(9);
    expect((mistakes as string[]).map((mistake) => mistake.split(":")[0]).sort()).toEqual(
      [
        "/",
        "/",
        "/",
        "/devices/0",
        "/devices/0/publicKey",
        "/earliest",
        "/broker/port",
        "/site",
        "/version",
      ].sort(),
    );
    expect(mistakes).toContain('/: unknown key "surprise"');
  });

  test("has to be JSON, and an object", () => {
    expect(mistakesIn("{")).toHaveLength(1);
    expect(mistakesIn("null")).toHaveLength(1);
    expect(mistakesIn("[]")).toHaveLength(1);
  });
});

describe("the stand-alone gateway", () => {
  const run = (args: string[], env: Record<string, string> = {}) => {
    const main = fileURLToPath(new URL("../../../edge/main.ts", import.meta.url));
    const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH ?? "", ...env } });
    const output = { out: "", err: "" };
    child.stdout.on("data", (chunk) => {
      output.out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      output.err += chunk;
    });
    return { child, output, closed: once(child, "close") };
  };

  test("prints its help with the schema", async () => {
    const { output, closed } = run(["--help"]);
    expect(await closed).toEqual([0, null]);
    expect(output.out).toContain("--config FILE");
    expect(output.out).toContain('"clockSynchronisedFile"');
  });

  test("says what is wrong with a configuration, prints one of an earlier version anew, and starts nothing", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pondproof-config-"));
    const file = join(folder, "gateway.json");
    const { http: _, ...first } = { ...smallest, version: 1, ports: { mqtt: 7 } };
    await writeFile(file, JSON.stringify(first));
    const checked = run(["check", "--config", file]);
    expect(await checked.closed).toEqual([0, null]);
    const migrated = run(["migrate", "--config", file]);
    expect(await migrated.closed).toEqual([0, null]);
    expect(JSON.parse(migrated.output.out)).toMatchObject({ version: 2, broker: { port: 7 } });
    await writeFile(file, JSON.stringify({ ...smallest, surprise: 1 }));
    const refused = run(["check", "--config", file]);
    expect(await refused.closed).toEqual([1, null]);
    expect(refused.output.err).toContain('unknown key "surprise"');
    await rm(folder, { recursive: true });
  });

  test("refuses to start without a token, and says where it looked", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pondproof-config-"));
    const file = join(folder, "gateway.json");
    await writeFile(file, JSON.stringify({ ...smallest, dataDir: join(folder, "data") }));
    const { output, closed } = run(["--config", file]);
    expect(await closed).toEqual([1, null]);
    expect(output.err).toContain("PONDPROOF_GATEWAY_TOKEN");
    await rm(folder, { recursive: true });
  });

  test("starts with what its file says and stops cleanly on SIGTERM, its token unlogged", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pondproof-config-"));
    const file = join(folder, "gateway.json");
    const config = {
      ...smallest,
      dataDir: join(folder, "data"),
      broker: { port: 0 },
      http: { ...smallest.http, port: 0 },
    };
    await writeFile(file, JSON.stringify(config));
    const token = "a token from the environment";
    const { child, output, closed } = run(["--config", file], { PONDPROOF_GATEWAY_TOKEN: token });
    while (!output.out.includes("is up")) await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await closed).toEqual([0, null]);
    expect(output.err).toBe("");
    expect(output.out).not.toContain(token);
    await rm(folder, { recursive: true });
  });
});
