import { describe, expect, it } from "vitest";
import { LIE_NAMES, LIES } from "../../demo/liar/cases.ts";
import { BOND } from "../../ignition/modules/Pondproof.ts";
import { FAST, newDataDir, startDemo } from "./run-demo.ts";

/** A minute on an idle machine of two cores, five where six others want it. */
const TIMEOUT_MS = 900_000;

/** `POND_LIES=all` tells all ten; the quick profile a false node, a void batch, and a probe's lie. */
const ALL = process.env.POND_LIES === "all";
const TOLD = ALL ? LIE_NAMES : (["bad-combine", "bad-directory", "equivocation"] as const);
/** Streams that are lied about: as many as the policy asks for. */
const STREAMS = 2;

describe("somebody lies", { timeout: TIMEOUT_MS }, () => {
  it.each(TOLD)("%s: is convicted on the ledger, and what rested on it falls", async (lie) => {
    const told = ["--scenario", "lying-oracle", "--lie", lie];
    const demo = startDemo(...told, ...FAST, "--data", await newDataDir());
    const { paid, lie: verdict, watched } = await demo.result;
    expect(await demo.exit).toBe(0);
    expect(paid).toBe(false);
    const { code } = LIES[lie];
    expect(verdict?.case).toBe(lie);
    expect(new Set(verdict?.convicted.map((it) => it.code))).toEqual(new Set([code]));
    expect(watched).toMatchObject({ missing: 0, convicted: verdict?.convicted.length });
    if (code === "Equivocation") {
      expect(verdict).toMatchObject({ slashed: 0, suspectStreams: 1, voidStreams: 0, voidBatches: [] });
      expect(verdict?.claim.state).toBe("with the arbiter");
      return;
    }
    const convictions = code === "BadDirectory" ? 1 : STREAMS;
    expect(verdict).toMatchObject({
      voidStreams: code === "BadDirectory" ? 0 : STREAMS,
      voidBatches: code === "BadDirectory" ? [2] : [],
      claim: { state: "rejected" },
      slashed: convictions * Number(BOND.slashed),
      rewarded: (convictions * Number(BOND.slashed)) / 10,
    });
    expect(verdict?.correctedIn).toBeGreaterThan(2);
  });

  it("refuses a case that there is not, and names those that there are", async () => {
    const demo = startDemo("--scenario", "lying-oracle", "--lie", "white");
    expect(await demo.exit).toBe(1);
    expect(demo.said.join("\n")).toMatch(/INVALID_ARGUMENT.*from-the-future/);
  });
});
