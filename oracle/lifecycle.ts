import { PondproofError } from "../protocol/errors.ts";

/** What every process of this folder can be told. */
export type Lifecycle = AsyncDisposable & {
  /** Resolves when it was stopped, rejects when it cannot go on. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
};

/**
 * The beginning and the end of a process around what runs in between. `begin` starts it, with what to call when it cannot
 * go on; `current` is what runs.
 */
export function createLifecycle<Running extends { stop(): Promise<void> }>(
  part: string,
  run: (onFailure: (error: unknown) => void) => Promise<Running>,
): { begin(): Promise<Running>; current(): Running; lifecycle: Lifecycle } {
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  // Who does not wait for it finds the error in the log and in /health.
  finished.catch(() => undefined);
  let running: Running | undefined;
  const stop = async (): Promise<void> => {
    await running?.stop();
    resolve();
  };
  return {
    async begin() {
      running = await run(reject);
      return running;
    },
    current() {
      if (running === undefined) throw new PondproofError("NOT_STARTED", { part });
      return running;
    },
    lifecycle: { finished, stop, [Symbol.asyncDispose]: stop },
  };
}
