import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PondproofError } from "../protocol/errors.ts";

/** Simulated time is promised to the disk this far ahead, so that a kill never makes it go back. */
const HORIZON_MS = 10 * 60_000;

/** What a run is about; fixed when its folder is made. */
export type RunPlan = {
  scenario: string;
  seed: number;
  startMs: number;
  chain: string;
  replay: string | undefined;
  lie?: string | undefined;
};

/** The folder of one run: everything that must survive a kill lies in it. */
export type DataDir = {
  readonly path: string;
  readonly plan: RunPlan;
  readonly isResumed: boolean;
  /** Where simulated time goes on. */
  readonly resumeMs: number;
  /** A secret of this folder, made once: 32 bytes from which the demo's keys are derived. */
  readonly secret: Uint8Array;
  file(name: string): string;
  /** Makes sure that a restart goes on no earlier than `untilMs`. */
  reserveTime(untilMs: number): Promise<void>;
};

/**
 * Opens a run's folder, or makes it.
 * @throws INVALID_ARGUMENT when the folder holds another run
 */
export async function openDataDir(path: string, plan: RunPlan): Promise<DataDir> {
  const file = (name: string) => join(path, name);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const isResumed = existsSync(file("plan.json"));
  if (!isResumed) {
    await writeDurably(file("secret"), randomBytes(32).toString("hex"));
    await writeDurably(file("plan.json"), JSON.stringify(plan));
  }
  const stored = JSON.parse(await readFile(file("plan.json"), "utf8")) as RunPlan;
  const differs = (Object.keys(plan) as (keyof RunPlan)[]).find((name) => plan[name] !== stored[name]);
  if (differs !== undefined) {
    throw new PondproofError("INVALID_ARGUMENT", {
      data: path,
      problem: `it holds a run with another ${differs}`,
      there: stored[differs],
      asked: plan[differs],
    });
  }
  const secret = Buffer.from(await readFile(file("secret"), "utf8"), "hex");
  const resumeMs = existsSync(file("time")) ? Number(await readFile(file("time"), "utf8")) : plan.startMs;
  let horizonMs = resumeMs;
  return {
    path,
    plan,
    isResumed,
    resumeMs,
    secret,
    file,
    async reserveTime(untilMs) {
      if (untilMs <= horizonMs) return;
      horizonMs = untilMs + HORIZON_MS;
      await writeDurably(file("time"), String(horizonMs));
    },
  };
}

/** Writes a file so that a power cut leaves the old content or the new, never something between. */
export async function writeDurably(file: string, content: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w", 0o600);
  await handle.writeFile(content);
  await handle.sync();
  await handle.close();
  await rename(temporary, file);
  const folder = await open(dirname(file), "r");
  await folder.sync();
  await folder.close();
}
