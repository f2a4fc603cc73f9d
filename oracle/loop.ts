import { setTimeout as sleep } from "node:timers/promises";
import { type ErrorCode, isPondproofError } from "../protocol/errors.ts";
import type { Log } from "./log.ts";

const LONGEST_PAUSE_MS = 30_000;

/** Errors that pass by themselves, or by what somebody does elsewhere: the work is tried again. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "LEDGER_UNREACHABLE",
  "LEDGER_REVERTED",
  "LEDGER_REFUSED",
  "LEDGER_NONCE",
  "LEDGER_TRANSACTION_LOST",
  "FEED_UNREACHABLE",
  "ARCHIVE_UNREACHABLE",
]);

/** How a loop is doing: the code of the error it waits out, if any. */
export type LoopState = { failing: ErrorCode | "INTERNAL" | undefined };

/**
 * Takes one turn after the other until the signal is aborted: at once while there is more to do, else after `idleMs`.
 * An error that may pass is logged at its first occurrence and waited out with growing pauses, and so is its end.
 * @throws whatever does not pass by itself
 */
export async function runLoop({
  name,
  turn,
  idleMs,
  state,
  signal,
  log,
}: {
  name: string;
  turn: (signal: AbortSignal) => Promise<"again" | "idle">;
  idleMs: number;
  state: LoopState;
  signal: AbortSignal;
  log: Log;
}): Promise<void> {
  let pauseMs = idleMs;
  while (!signal.aborted) {
    try {
      const next = await turn(signal);
      if (state.failing !== undefined) log.info({ part: name, code: state.failing }, "works again");
      state.failing = undefined;
      pauseMs = idleMs;
      if (next === "idle") await pause(idleMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!isPondproofError(error) || !PASSING.has(error.code)) throw error;
      if (state.failing !== error.code)
        log.warn({ part: name, code: error.code, ...error.facts, hint: error.hint }, "is waiting");
      state.failing = error.code;
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      await pause(pauseMs, signal);
    }
  }
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await sleep(durationMs, undefined, { signal }).catch((interrupted: unknown) => {
    if (!signal.aborted) throw interrupted;
  });
}
