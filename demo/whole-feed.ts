import type { Feed, FeedItem } from "../protocol/feed.ts";

const MAX_FEED_ITEMS = 1_000;
const TIMEOUT_MS = 10_000;

/** Everything that a gateway has taken, by device and in order. */
export async function readWholeFeed(feed: Feed): Promise<Map<string, FeedItem[]>> {
  const items = new Map<string, FeedItem[]>();
  for (let after = 0; ; ) {
    const page = await feed.read({ after, limit: MAX_FEED_ITEMS, signal: AbortSignal.timeout(TIMEOUT_MS) });
    for (const item of page) items.set(item.device, [...(items.get(item.device) ?? []), item]);
    const last = page.at(-1);
    if (last === undefined) return items;
    after = last.cursor;
  }
}
