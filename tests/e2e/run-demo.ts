import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Result } from "../../demo/story.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Real series, which are not part of the repository; `undefined` where the folder is not beside it. */
export const realData = [join(ROOT, "../shared/data")].find((path) => existsSync(path));

/** Faster than any machine: the simulation then goes as fast as the system can follow. */
export const FAST = ["--speed", "20000"];

export type Demo = {
  process: ChildProcess;
  /** Lines of standard error so far. */
  said: string[];
  /** Resolves with the first line of standard error, past or future, that matches. */
  says(pattern: RegExp): Promise<string>;
  /** Resolves with the parsed last line of standard output as soon as it is there. */
  result: Promise<Result & { api?: string; rpc?: string; auditorToken?: string }>;
  exit: Promise<number | null>;
};

export function newDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), "pondproof-e2e-"));
}

/** Starts the headless demo as a user would, in a process of its own. */
export function startDemo(...args: string[]): Demo {
  const child = spawn(process.execPath, ["demo/main.ts", "--headless", "--json", ...args], {
    cwd: ROOT,
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  const listeners = new Set<(line: string) => void>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    said.push(line);
    for (const listener of listeners) listener(line);
  });
  const result = Promise.withResolvers<Result>();
  // Whoever does not ask for the result does not hear that there was none.
  result.promise.catch(() => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => result.resolve(JSON.parse(line) as Result));
  const exit = once(child, "exit").then(([code]) => code as number | null);
  void exit.then((code) =>
    result.reject(new Error(`ended with ${code} and no result:\n${said.slice(-20).join("\n")}`)),
  );
  return {
    process: child,
    said,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (line: string) => {
          if (!pattern.test(line)) return;
          listeners.delete(look);
          resolve(line);
        };
        for (const line of said) look(line);
        listeners.add(look);
        void exit.then((code) =>
          reject(new Error(`ended with ${code} before it said ${pattern}:\n${said.join("\n")}`)),
        );
      }),
    result: result.promise,
    exit,
  };
}
