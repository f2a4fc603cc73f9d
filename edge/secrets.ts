import { readFile } from "node:fs/promises";
import { PondproofError } from "../protocol/errors.ts";

/** Where a secret stands: in a file, or in a variable of the environment. */
export type SecretSource = { file: string } | { env: string };

/** Reads secrets and other files that a configuration names, and tells of all that are missing at once. */
export type SecretReader = {
  /** A token of 16 to 256 characters. */
  token(path: string, source: SecretSource): Promise<string>;
  /** A file's text. */
  text(path: string, file: string): Promise<string>;
  /** @throws CONFIG_INVALID with all mistakes; it names where a secret should be, never what is there */
  done(): void;
};

const TOKEN = /^[\x21-\x7e](?:[\x20-\x7e]{14,254})[\x21-\x7e]$/;

export function createSecretReader(env: NodeJS.ProcessEnv): SecretReader {
  const mistakes: string[] = [];
  return {
    async token(path, source) {
      const value = "env" in source ? env[source.env]?.trim() : (await readText(source.file))?.trim();
      const where = "env" in source ? `variable ${source.env}` : `file ${source.file}`;
      if (value === undefined) mistakes.push(`${path}: ${where} is not there`);
      else if (!TOKEN.test(value)) mistakes.push(`${path}: ${where} does not hold 16 to 256 characters`);
      return value ?? "";
    },
    async text(path, file) {
      const text = await readText(file);
      if (text === undefined) mistakes.push(`${path}: file ${file} is not there`);
      return text ?? "";
    },
    done() {
      if (mistakes.length > 0) throw new PondproofError("CONFIG_INVALID", { mistakes });
    },
  };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
