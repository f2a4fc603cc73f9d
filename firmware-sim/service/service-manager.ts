import type { Clock } from "../../protocol/clock.ts";
import { createServiceManager } from "../../service/service-manager.ts";
import { rest } from "../rest.ts";

const UNWATCHED_REST_MS = 3_600_000;

/**
 * Tells the service manager that the reader is ready, that it lives, as often as the manager asks for, and that it
 * stops; resolves when the signal has ended. Where telling fails the manager's own patience decides.
 */
export async function reportToServiceManager(options: {
  env: NodeJS.ProcessEnv;
  clock: Clock;
  signal: AbortSignal;
  onProblem: (problem: string) => void;
}): Promise<void> {
  const { env, clock, signal, onProblem } = options;
  if (env.NOTIFY_SOCKET === undefined) return;
  const { ready, alive, stopping, watchdogMs } = createServiceManager(env);
  const tell = (what: () => Promise<void>) => what().catch((error: Error) => onProblem(error.message));
  await tell(ready);
  while (!signal.aborted) {
    await rest(clock, watchdogMs ?? UNWATCHED_REST_MS, signal);
    if (!signal.aborted && watchdogMs !== undefined) await tell(alive);
  }
  await tell(stopping);
}
