import type { Outcome } from "./judge.ts";
import { errorFacts, type Log } from "./log.ts";
import type { Store } from "./store.ts";
import { draftOf, type Stream } from "./stream.ts";

/** What one transaction has made durable: the streams it touched, as they are now, and every answer it gave. */
export type Commit = { streams: Stream[]; outcomes: Outcome[] };

export type DraftingStats = {
  /** Transactions that the store refused; their frames were not acknowledged, so the readers send them again. */
  failedBatches: number;
  /** The last transaction failed. */
  failing: boolean;
};

/** Changes of the streams and of the store that happen together, or not at all. */
export type Drafting = {
  /**
   * Runs `body` in a transaction, on drafts of the streams that it asks for; the drafts replace the streams once it is
   * committed. Answers `undefined` when the store refuses, and then nothing has changed.
   */
  transact(body: (draft: (device: string) => Stream | undefined) => Outcome[]): Commit | undefined;
  stats(): DraftingStats;
};

export function createDrafting(options: { store: Store; streams: Map<string, Stream>; log: Log }): Drafting {
  const { store, streams, log } = options;
  const stats: DraftingStats = { failedBatches: 0, failing: false };
  return {
    transact(body) {
      const drafts = new Map<string, Stream>();
      const draft = (device: string) => {
        const stream = drafts.get(device) ?? streams.get(device);
        if (stream === undefined || drafts.has(device)) return stream;
        const copy = draftOf(stream);
        drafts.set(device, copy);
        return copy;
      };
      let outcomes: Outcome[];
      try {
        outcomes = store.transaction(() => body(draft));
      } catch (error) {
        if (!stats.failing)
          log.error(errorFacts(error), "the store refuses a batch; nothing is acknowledged");
        stats.failing = true;
        stats.failedBatches++;
        return undefined;
      }
      for (const [device, stream] of drafts) streams.set(device, stream);
      if (stats.failing) log.info({}, "the store works again");
      stats.failing = false;
      return { streams: [...drafts.values()], outcomes };
    },
    stats: () => ({ ...stats }),
  };
}
