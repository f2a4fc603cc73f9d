/** Tasks that live and fall together: a probe whose link died would look alive if its reader went on. */
export type TaskGroup = {
  /** Starts a task; its signal ends with the group's. */
  spawn(task: (signal: AbortSignal) => Promise<unknown>): void;
  /** Resolves when all tasks are over; throws what the first one failed with, after the others have ended. */
  ended(): Promise<void>;
};

/** Makes a group that ends with a signal. What tasks throw after that is how they ended, and not a failure. */
export function createTaskGroup(signal: AbortSignal): TaskGroup {
  const failed = new AbortController();
  const all = AbortSignal.any([signal, failed.signal]);
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;

  const guard = async (task: (signal: AbortSignal) => Promise<unknown>) => {
    try {
      await task(all);
    } catch (error) {
      if (all.aborted) return;
      failure = { error };
      failed.abort();
    }
  };
  return {
    spawn(task) {
      const guarded = guard(task).finally(() => running.delete(guarded));
      running.add(guarded);
    },
    async ended() {
      while (running.size > 0) await Promise.all(running);
      if (failure !== undefined) throw failure.error;
    },
  };
}
