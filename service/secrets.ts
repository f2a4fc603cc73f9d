import { readFile } from "node:fs/promises";
import { PondproofError } from "../protocol/errors.ts";
import type { SecretSource } from "./config-file.ts";

export const KEY = { pattern: /^(0x)?[0-9a-fA-F]{64}$/, what: "a key of 32 bytes in hex" };
/** What people and other programs choose: anything printable. */
export const PASSWORD = {
  pattern: /^[\x21-\x7e][\x20-\x7e]{14,254}[\x21-\x7e]$/,
  what: "16 to 256 characters",
};
export const TOKEN = { pattern: /^[\x21-\x7e]{16,256}$/, what: "a token of 16 to 256 characters" };

export type SecretReader = ReturnType<typeof createSecretReader>;

/** Reads secrets one after the other, and reports all that are not there at the end. */
export function createSecretReader(env: NodeJS.ProcessEnv) {
  const mistakes: string[] = [];
  return {
    /** `path` is where the configuration names the secret. */
    async read(path: string, source: SecretSource, form: typeof KEY): Promise<string> {
      const value = await readSecret(source, env);
      const where = "file" in source ? `file ${source.file}` : `variable ${source.env}`;
      if (value === undefined) mistakes.push(`${path}: ${where} is not there`);
      else if (!form.pattern.test(value)) mistakes.push(`${path}: ${where} does not hold ${form.what}`);
      return value ?? "";
    },
    /** A file's text, say a certificate's. */
    async text(path: string, file: string): Promise<string> {
      const text = await readText(file);
      if (text === undefined) mistakes.push(`${path}: file ${file} is not there`);
      return text ?? "";
    },
    /** @throws CONFIG_INVALID with all mistakes; it names where a secret should be, never what is there */
    finish(): void {
      if (mistakes.length > 0) throw new PondproofError("CONFIG_INVALID", { mistakes });
    },
  };
}

/** The secret that stands somewhere, without its line end; `undefined` where nothing is. */
export async function readSecret(source: SecretSource, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return ("env" in source ? env[source.env] : await readText(source.file))?.trim();
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
