import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import { traceByEnvironment } from "../telemetry/tracing.ts";

/**
 * Runs a program that takes one configuration file: prints `help`, or what is wrong with the configuration, and leaves
 * exit code 1 behind when `run` throws.
 */
export async function runProgram({
  name,
  help,
  run,
}: {
  /** What traces call it. */
  name: string;
  help: string;
  /** `text` is what the configuration file holds. */
  run: (text: string, env: NodeJS.ProcessEnv) => Promise<void>;
}): Promise<void> {
  try {
    const { values } = parseArgs({
      options: { config: { type: "string" }, help: { type: "boolean" } },
    });
    if (values.help) {
      process.stdout.write(help);
      return;
    }
    if (values.config === undefined)
      throw new PondproofError("INVALID_ARGUMENT", { option: "--config", problem: "missing" });
    const tracing = traceByEnvironment(name, process.env);
    await run(await readFile(values.config, "utf8"), process.env).finally(() => tracing?.stop());
  } catch (error) {
    const mistakes = mistakesOf(error);
    const lines =
      mistakes.length > 0
        ? ["The configuration has mistakes:", ...mistakes]
        : [error instanceof Error ? error.message : String(error)];
    process.stderr.write(`${lines.join("\n  ")}\n`);
    process.exitCode = 1;
  }
}

/** All mistakes that an error of the configuration tells of; none where it is another one. */
function mistakesOf(error: unknown): string[] {
  return isPondproofError(error, "CONFIG_INVALID") ? (error.facts.mistakes as string[]) : [];
}
