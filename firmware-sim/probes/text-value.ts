import { execFile } from "node:child_process";
import { open } from "node:fs/promises";

/** Where a number or a switch's position stands as text: a file of the kernel's, or what a command prints. */
export type TextPlace = { file: string } | { command: readonly [string, ...string[]]; timeoutMs?: number };

const MAX_BYTES = 256;

/**
 * Reads a short text.
 * @throws Error of the file or of the command
 */
export async function readText(place: TextPlace, signal: AbortSignal): Promise<string> {
  if ("file" in place) {
    await using file = await open(place.file, "r");
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString("utf8").trim();
  }
  const [program, ...args] = place.command;
  const { timeoutMs = 5_000 } = place;
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: timeoutMs, maxBuffer: 4_096, signal }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout.slice(0, MAX_BYTES).trim());
    });
  });
}
