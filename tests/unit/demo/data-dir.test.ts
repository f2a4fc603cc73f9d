import { mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openDataDir } from "../../../demo/data-dir.ts";

const plan = { scenario: "calm-week", seed: 1, startMs: 1_000_000, chain: "hardhat", replay: undefined };
const newFolder = () => mkdtemp(join(tmpdir(), "pondproof-"));

describe("the folder of a run", () => {
  it("begins at the plan's start and keeps its secret to itself", async () => {
    const dataDir = await openDataDir(await newFolder(), plan);
    expect(dataDir).toMatchObject({ isResumed: false, resumeMs: plan.startMs });
    expect(dataDir.secret).toHaveLength(32);
    expect((await stat(dataDir.file("secret"))).mode & 0o777).toBe(0o600);
  });

  it("never goes back behind a time that was reserved, and keeps its secret", async () => {
    const path = await newFolder();
    const first = await openDataDir(path, plan);
    await first.reserveTime(plan.startMs + 5_000);
    const again = await openDataDir(path, plan);
    expect(again.isResumed).toBe(true);
    expect(again.resumeMs).toBeGreaterThanOrEqual(plan.startMs + 5_000);
    expect(again.secret).toEqual(first.secret);
  });

  it("refuses to go on with another scenario", async () => {
    const path = await newFolder();
    await openDataDir(path, plan);
    await expect(openDataDir(path, { ...plan, scenario: "cut-cable" })).rejects.toThrow(/another scenario/);
  });
});
