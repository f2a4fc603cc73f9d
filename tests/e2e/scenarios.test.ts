import { describe, expect, it } from "vitest";
import { FAST, newDataDir, realData, startDemo } from "./run-demo.ts";

const TIMEOUT_MS = 170_000;

describe("a story from pond to payout", { timeout: TIMEOUT_MS }, () => {
  it("an aerator failure pays the farmer what the terms say", async () => {
    const demo = startDemo("--scenario", "aerator-failure", ...FAST, "--data", await newDataDir());
    const { paid, claim, readings, gas, secondsToPayment } = await demo.result;
    expect(await demo.exit).toBe(0);
    expect(paid).toBe(true);
    // 8 mu at 4,000 yuan, the highest tier: all of it, in fen.
    expect(claim).toMatchObject({ amount: 3_200_000, expected: 3_200_000 });
    expect(readings.signed).toBeGreaterThan(10_000);
    expect(readings).toMatchObject({ stored: readings.signed, anchored: readings.signed, refused: {} });
    expect(secondsToPayment).toBeGreaterThan(0);
    expect(gas["BatchLedger.anchor"]).toBeLessThanOrEqual(90_000);
    expect(gas["Claims.prove"]).toBeLessThanOrEqual(700_000);
  });

  it("a hypoxia night pays a lower tier", async () => {
    const demo = startDemo("--scenario", "hypoxia-night", ...FAST, "--data", await newDataDir());
    expect((await demo.result).claim).toMatchObject({ amount: 320_000, expected: 320_000 });
    expect(await demo.exit).toBe(0);
  });

  it.each([
    ["tampered-frame", "bad-signature"],
    ["replayed-frame", "duplicate"],
    ["wrong-clock", "impossible-time"],
    ["cloned-key", "conflict"],
  ] as const)("a %s is answered %s, and pays nobody", async (scenario, verdict) => {
    const demo = startDemo("--scenario", scenario, ...FAST, "--data", await newDataDir());
    const { paid, claim, readings, watched } = await demo.result;
    expect(await demo.exit).toBe(0);
    expect({ paid, claim }).toEqual({ paid: false, claim: null });
    // Only the probe's owner is to blame, and only for two records with one number.
    expect(watched.convicted).toBe(scenario === "cloned-key" ? 1 : 0);
    expect(readings.refused[verdict]).toBeGreaterThan(0);
    expect(readings.anchored).toBe(readings.stored);
  });

  it("refuses a wrong command line with one clear error", async () => {
    const demo = startDemo("--scenario", "flood");
    expect(await demo.exit).toBe(1);
    expect(demo.said.join("\n")).toMatch(/INVALID_ARGUMENT.*aerator-failure/);
  });
});

describe.skipIf(realData === undefined)(
  "real readings, when ../shared/data is there",
  { timeout: TIMEOUT_MS },
  () => {
    const replay = [
      ...["--replay", `${realData}/sapdc_sapelo_dean_creek_2012.csv`],
      ...["--map", "time=DateTimeStamp,zone=-05:00,oxygen=DO_obs,temperature=Temp"],
      ...FAST,
    ];

    it("real hypoxia gives a claim", async () => {
      const demo = startDemo(
        ...replay,
        "--from",
        "2012-08-09",
        "--to",
        "2012-08-11",
        "--data",
        await newDataDir(),
      );
      const { paid, claim } = await demo.result;
      expect(await demo.exit).toBe(0);
      expect(paid).toBe(true);
      expect(claim?.amount).toBe(claim?.expected);
    });

    it("a calm stretch of the same file gives none", async () => {
      const demo = startDemo(
        ...replay,
        "--from",
        "2012-01-10",
        "--to",
        "2012-01-11",
        "--data",
        await newDataDir(),
      );
      expect(await demo.result).toMatchObject({ paid: false, claim: null });
      expect(await demo.exit).toBe(0);
    });
  },
);
