import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Clock } from "../../protocol/clock.ts";
import { rest } from "../rest.ts";

const run = promisify(execFile);
const TIMEOUT_MS = 5_000;
/** Two may be lost before the manager gives the reader up. */
const FEEDS_PER_WATCHDOG = 3;

/**
 * Tells systemd that the reader is ready, that it lives, as often as the manager asks for, and that it stops
 * (sd_notify(3)); through systemd's own tool, for Node has no datagram sockets of this kind. Says nothing without a
 * manager, and resolves when the signal has ended. Where telling fails the manager's own patience decides.
 */
export async function reportToServiceManager(options: {
  env: NodeJS.ProcessEnv;
  clock: Clock;
  signal: AbortSignal;
  onProblem: (problem: string) => void;
}): Promise<void> {
  const { env, clock, signal, onProblem } = options;
  if (env.NOTIFY_SOCKET === undefined) return;
  // Without a barrier: a manager that is busy must not hold the reader up.
  const tell = (state: string) =>
    run("systemd-notify", ["--no-block", `--pid=${process.pid}`, state], { env, timeout: TIMEOUT_MS }).catch(
      (error: Error) => onProblem(error.message),
    );
  const watchdogMs = Number(env.WATCHDOG_USEC) / 1_000;
  await tell("READY=1");
  while (!signal.aborted) {
    await rest(clock, watchdogMs > 0 ? watchdogMs / FEEDS_PER_WATCHDOG : 3_600_000, signal);
    if (!signal.aborted && watchdogMs > 0) await tell("WATCHDOG=1");
  }
  await tell("STOPPING=1");
}
