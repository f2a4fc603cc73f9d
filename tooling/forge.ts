import { createRequire } from "node:module";

/** Foundry's binary for this platform, `undefined` where there is none; its npm launcher drops the exit code. */
export function forgePath(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve("@foundry-rs/forge-linux-amd64/bin/forge");
  } catch (cause) {
    // An optional dependency: absent on other platforms.
    if ((cause as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}
