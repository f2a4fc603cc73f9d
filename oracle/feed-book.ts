import type { EventKind, LedgerEvent } from "../ledger/events.ts";
import type { FeedSeries } from "../protocol/feed-window.ts";
import type { Hex } from "../protocol/terms.ts";

/** The events that a feed book is kept from. */
export const FEED_EVENTS = ["FeedDefined", "ValuePosted"] as const satisfies readonly EventKind[];

/** Everything that the ledger knows of weather, by nothing but its events. */
export type FeedBook = {
  apply(event: LedgerEvent<(typeof FEED_EVENTS)[number]>): void;
  /** The series of a feed, or `undefined` where nobody defined it. */
  seriesOf(feed: Hex): FeedSeries | undefined;
  /** How often something was posted: while it stays the same, there is nothing new. */
  posted(): number;
};

export function createFeedBook(): FeedBook {
  const feeds = new Map<Hex, FeedSeries & { values: Map<number, number> }>();
  let posted = 0;
  return {
    apply(event) {
      switch (event.kind) {
        case "FeedDefined": {
          const { metric, periodSeconds, offsetSeconds } = event.rules;
          // Other rules of a feed that is there change nothing of what was observed.
          const values = feeds.get(event.feed)?.values ?? new Map<number, number>();
          feeds.set(event.feed, { metric, periodSeconds, offsetSeconds, values });
          return;
        }
        case "ValuePosted":
          feeds.get(event.feed)?.values.set(event.observedAt, event.value);
          posted++;
          return;
      }
    },
    seriesOf: (feed) => feeds.get(feed),
    posted: () => posted,
  };
}
