import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isPondproofError } from "../../protocol/errors.ts";
import { replaceFile } from "../durable-file.ts";
import type { CalibrationState } from "../recorder.ts";
import { openCredential, type SealedCredential } from "./credential.ts";

/** The calibration credentials of one device, each in a file named by its serial. */
export type CalibrationFolder = {
  /** The newest; looks into the folder again only when that has changed. */
  newest(): SealedCredential | undefined;
  state(timeMs: number): CalibrationState;
  /** Makes a credential durable. */
  add(sealed: SealedCredential): Promise<void>;
};

/** `everyMs` is the time after which calibration is overdue; without it nothing ever is. */
export function openCalibrationFolder({
  path,
  everyMs,
}: {
  path: string;
  everyMs?: number | undefined;
}): CalibrationFolder {
  let seenMs = -1;
  let newest: SealedCredential | undefined;

  const look = (): SealedCredential | undefined => {
    const changedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
    if (changedMs === seenMs) return newest;
    seenMs = changedMs;
    newest = readCredentials(path).sort((a, b) => b.atMs - a.atMs)[0];
    return newest;
  };
  return {
    newest: look,
    state(timeMs) {
      const inForce = look();
      const overdue = everyMs !== undefined && timeMs - (inForce?.atMs ?? Number.NEGATIVE_INFINITY) > everyMs;
      if (inForce === undefined) return { serial: 0, overdue };
      const { serial, sha256, atMs } = inForce;
      return { serial, overdue, sha256, calibratedMs: atMs };
    },
    async add(sealed) {
      mkdirSync(path, { recursive: true });
      const name = `${sealed.serial.toString(16).padStart(8, "0")}.json`;
      await replaceFile(join(path, name), Buffer.from(sealed.bytes).toString());
    },
  };
}

/** Files that are no credential are not in force, whatever they are called. */
function readCredentials(path: string): SealedCredential[] {
  return readdirSync(path)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      try {
        return [openCredential(readFileSync(join(path, name)))];
      } catch (error) {
        if (!isPondproofError(error)) throw error;
        return [];
      }
    });
}
