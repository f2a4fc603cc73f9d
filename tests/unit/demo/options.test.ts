import { describe, expect, it } from "vitest";
import { LIE_NAMES } from "../../../demo/liar/cases.ts";
import { HELP, parseOptions } from "../../../demo/options.ts";
import { SCENARIO_NAMES } from "../../../firmware-sim/scenarios.ts";

describe("the demo's command line", () => {
  it("runs a calm week with a page, and an aerator failure without one", () => {
    expect(parseOptions([])).toMatchObject({
      headless: false,
      scenario: "calm-week",
      chain: { kind: "hardhat" },
    });
    expect(parseOptions(["--headless"])).toMatchObject({
      headless: true,
      scenario: "aerator-failure",
      speed: 600,
    });
  });

  it("names every scenario in its help", () => {
    expect(parseOptions(["--help"])).toBe("help");
    for (const name of SCENARIO_NAMES) expect(HELP).toContain(name);
  });

  it("names every lie in its help, and takes one only where somebody lies", () => {
    for (const name of LIE_NAMES) expect(HELP).toContain(name);
    expect(parseOptions(["--scenario", "lying-oracle"])).toMatchObject({ lie: "bad-combine" });
    expect(parseOptions(["--scenario", "lying-oracle", "--lie", "shrunk"])).toMatchObject({ lie: "shrunk" });
    expect(parseOptions(["--scenario", "calm-week"])).toMatchObject({ lie: undefined });
    expect(() => parseOptions(["--lie", "shrunk"])).toThrow(/lying-oracle/);
  });

  it("replays a file instead of a scenario", () => {
    expect(parseOptions(["--replay", "a.csv", "--map", "time=t,oxygen=o"])).toMatchObject({
      scenario: undefined,
      replay: { file: "a.csv", map: "time=t,oxygen=o" },
    });
  });

  it("reports all mistakes together", () => {
    const attempt = () =>
      parseOptions(["--scenario", "flood", "--speed", "0", "--chain", "geth", "--from", "2012-01-01"]);
    expect(attempt).toThrow(/--scenario.*--speed|--speed.*--scenario/);
    expect(attempt).toThrow(/--chain/);
    expect(attempt).toThrow(/--replay/);
  });

  it("refuses options that it does not know", () => {
    expect(() => parseOptions(["--sped", "2"])).toThrow(/sped/);
  });
});
