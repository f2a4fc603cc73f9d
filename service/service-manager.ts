import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a program tells the service manager that has started it. */
export type ServiceManager = {
  ready(): Promise<void>;
  stopping(): Promise<void>;
  /** How often the manager wants to hear that the gateway lives; `undefined` where it does not ask. */
  readonly watchdogMs: number | undefined;
  alive(): Promise<void>;
};

const run = promisify(execFile);
const TIMEOUT_MS = 10_000;
/** Two may be lost before the manager gives the program up. */
const FEEDS_PER_WATCHDOG = 3;

/**
 * systemd's notification protocol (sd_notify(3)), spoken by its own tool, for Node has no datagram sockets of this kind.
 * Without a manager it says nothing.
 */
export function createServiceManager(env: NodeJS.ProcessEnv): ServiceManager {
  const { NOTIFY_SOCKET, WATCHDOG_USEC } = env;
  const notify = async (state: string): Promise<void> => {
    if (NOTIFY_SOCKET === undefined) return;
    // The tool's process is not the service's, which it therefore names. Without a barrier: a manager that is busy must
    // not hold the program up.
    await run("systemd-notify", ["--no-block", `--pid=${process.pid}`, state], {
      env: { ...env, NOTIFY_SOCKET },
      timeout: TIMEOUT_MS,
    });
  };
  const watchdogMs = Number(WATCHDOG_USEC) / 1000;
  return {
    ready: () => notify("READY=1"),
    stopping: () => notify("STOPPING=1"),
    watchdogMs: NOTIFY_SOCKET !== undefined && watchdogMs > 0 ? watchdogMs / FEEDS_PER_WATCHDOG : undefined,
    alive: () => notify("WATCHDOG=1"),
  };
}
