import { readFile } from "node:fs/promises";
import { PondproofError } from "../../protocol/errors.ts";
import { parseReaderConfig, type ReaderConfig } from "./config.ts";

/** @throws CONFIG_INVALID with all mistakes */
export async function readConfigFile(path: string): Promise<ReaderConfig> {
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new PondproofError(
      "CONFIG_INVALID",
      { mistakes: [`${path}: cannot be read (${cause.code})`] },
      { cause },
    );
  });
  return parseReaderConfig(text);
}
