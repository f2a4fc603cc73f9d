import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A program of the system under test: started, killed without warning, started again. */
export type Part = {
  readonly name: string;
  start(): Promise<void>;
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>;
  /** SIGTERM, and its exit. */
  stop(): Promise<void>;
  /** Resolves with the exit code when it ends by itself. */
  ended(): Promise<number | null>;
};

/** A program of this repository, or another; what it prints goes to `logFile`. */
export function createPart({
  name,
  program = process.execPath,
  args,
  logFile,
  env = {},
}: {
  name: string;
  program?: string;
  args: readonly string[];
  logFile: string;
  env?: Record<string, string>;
}): Part {
  let child: ChildProcess | undefined;
  let exit: Promise<number | null> = Promise.resolve(null);
  const end = async (signal: NodeJS.Signals) => {
    child?.kill(signal);
    await exit;
    child = undefined;
  };
  return {
    name,
    async start() {
      const log = createWriteStream(logFile, { flags: "a" });
      await once(log, "open");
      child = spawn(program, args, {
        cwd: ROOT,
        env: { ...process.env, ...env },
        stdio: ["ignore", log, log],
      });
      exit = once(child, "exit").then(([code]) => code as number | null);
      void exit.then(() => log.end());
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    ended: () => exit,
  };
}
