import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseConfig, readTokens } from "../../../../portal/server/config.ts";
import { isPondproofError } from "../../../../protocol/errors.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const example = readFileSync(join(ROOT, "deploy/config/portal.json"), "utf8");

describe("the portal's configuration", () => {
  it("says every mistake at once, with its place", () => {
    const config = JSON.parse(example);
    config.directory.ponds[0].species = "whale";
    config.directory.ponds[0].probes = ["../../etc"];
    delete config.oracle;
    try {
      parseConfig(JSON.stringify(config));
      expect.unreachable();
    } catch (error) {
      if (!isPondproofError(error, "CONFIG_INVALID")) throw error;
      const places = (error.facts.mistakes as string[]).map((mistake) => mistake.split(":")[0]);
      expect(places).toEqual(["/", "/directory/ponds/0/species", "/directory/ponds/0/probes/0"]);
    }
  });

  it("names the places where tokens should be, and never what is there", async () => {
    const config = parseConfig(example);
    config.gateway.token = { env: "SHORT" };
    config.oracle.token = { env: "ABSENT" };
    await expect(readTokens(config, { SHORT: "abc" })).rejects.toMatchObject({
      facts: {
        mistakes: [
          "/gateway/token: variable SHORT does not hold a token of 16 to 256 characters",
          "/oracle/token: variable ABSENT is not there",
        ],
      },
    });
  });

  it("stops the program with one clear error", () => {
    const folder = mkdtempSync(join(tmpdir(), "pondproof-portal-"));
    writeFileSync(join(folder, "portal.json"), "{");
    const run = spawnSync(
      process.execPath,
      ["portal/server/main.ts", "--config", join(folder, "portal.json")],
      { cwd: ROOT, encoding: "utf8" },
    );
    rmSync(folder, { recursive: true });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/^The configuration has mistakes:\n {2}not JSON/);
  });
});
