import { describe, expect, it } from "vitest";
import { anvil, isMissing } from "../real-components.ts";
import { FAST, newDataDir, startDemo } from "./run-demo.ts";

const TIMEOUT_MS = 170_000;
/** A line of progress that says that something is on the ledger. */
const ANCHORED = /anchored [1-9]\d* in/;

async function killWhenAnchored(...args: string[]): Promise<void> {
  const demo = startDemo(...args);
  await demo.says(ANCHORED);
  demo.process.kill("SIGKILL");
  await demo.exit;
}

describe("killed and started again on the same folder", { timeout: TIMEOUT_MS }, () => {
  it("with a ledger that forgets, says so, anchors every reading again, and pays", async () => {
    const args = ["--scenario", "aerator-failure", ...FAST, "--data", await newDataDir()];
    await killWhenAnchored(...args);
    const demo = startDemo(...args);
    await demo.says(/anchored again from the first/);
    const { claim, readings } = await demo.result;
    expect(await demo.exit).toBe(0);
    expect(readings.stored).toBe(readings.signed);
    expect(readings.anchored).toBe(readings.stored);
    expect(claim).toMatchObject({ amount: 3_200_000, expected: 3_200_000 });
  });

  it.skipIf(isMissing(anvil))(
    "with a ledger that remembers, loses nothing and anchors nothing twice",
    async () => {
      const args = [
        "--scenario",
        "aerator-failure",
        "--chain",
        "anvil",
        ...FAST,
        "--data",
        await newDataDir(),
      ];
      await killWhenAnchored(...args);
      await killWhenAnchored(...args);
      const demo = startDemo(...args);
      const { claim, readings } = await demo.result;
      expect(await demo.exit).toBe(0);
      expect(demo.said.join("\n")).not.toMatch(/forgotten/);
      // The ledger's own count of readings would be higher if one were anchored twice.
      expect(readings).toMatchObject({ stored: readings.signed, anchored: readings.signed });
      expect(claim).toMatchObject({ amount: 3_200_000, expected: 3_200_000 });
    },
  );
});
