/** Items on their way from many senders to one worker, who takes them in batches. */
export type BatchQueue<Item> = {
  /** Puts items behind the others; resolves once there is room for more, which is how a sender is slowed down. */
  put(items: readonly Item[]): Promise<void>;
  /** The next batch, gathered over the window; empty when the queue was closed and nothing is left. */
  take(): Promise<Item[]>;
  close(): void;
  readonly size: number;
};

/** Waits for a duration of the machine's own time. */
export type Pause = (durationMs: number, signal: AbortSignal) => Promise<unknown>;

/**
 * A queue in which a batch closes `windowMs` after its first item, or when it has `maxBatch` of them; from `capacity`
 * on its senders wait.
 */
export function createBatchQueue<Item>(options: {
  maxBatch: number;
  windowMs: number;
  capacity: number;
  pause: Pause;
}): BatchQueue<Item> {
  const { maxBatch, windowMs, capacity, pause } = options;
  const items: Item[] = [];
  let closed = false;
  let grown = Promise.withResolvers<void>();
  let room = Promise.withResolvers<void>();

  const announce = () => {
    grown.resolve();
    grown = Promise.withResolvers();
  };

  const gather = async () => {
    const done = new AbortController();
    let over = false;
    const window = pause(windowMs, done.signal).then(
      () => {
        over = true;
      },
      (error: unknown) => {
        if (!done.signal.aborted) throw error;
      },
    );
    while (!over && !closed && items.length < maxBatch) await Promise.race([grown.promise, window]);
    done.abort();
  };

  return {
    async put(more) {
      items.push(...more);
      announce();
      while (items.length >= capacity && !closed) await room.promise;
    },
    async take() {
      while (items.length === 0) {
        if (closed) return [];
        await grown.promise;
      }
      if (items.length < maxBatch && windowMs > 0) await gather();
      const batch = items.splice(0, maxBatch);
      room.resolve();
      room = Promise.withResolvers();
      return batch;
    },
    close() {
      closed = true;
      announce();
      room.resolve();
    },
    get size() {
      return items.length;
    },
  };
}
