import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";

/** The page built from its sources as they are, in a folder of its own that goes with it. */
export async function buildPage(): Promise<AsyncDisposable & { webDir: string }> {
  const webDir = await mkdtemp(join(tmpdir(), "pondproof-page-"));
  const configFile = new URL("../../portal/web/vite.config.ts", import.meta.url).pathname;
  await build({ configFile, build: { outDir: webDir }, logLevel: "silent" });
  return { webDir, [Symbol.asyncDispose]: () => rm(webDir, { recursive: true, force: true }) };
}
