import { fromHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Feed, FeedItem } from "../protocol/feed.ts";
import { HOLE_REASONS } from "../protocol/node.ts";
import { FRAME_BYTES, MAX_SEQ } from "../protocol/record.ts";
import { createPartClient, type PartOptions } from "./part-client.ts";

/** An item with its frame in hex takes less than this. */
const MAX_ITEM_BYTES = 600;

/** The feed of a gateway over HTTP. */
export function createFeedClient(gateway: PartOptions): Feed {
  const ask = createPartClient("FEED_UNREACHABLE", gateway);
  return {
    /** @throws FEED_UNREACHABLE, or the signal's reason */
    async read({ after, limit, signal }) {
      const path = `/api/v1/feed?after=${after}&limit=${limit}`;
      const body = await ask(path, { signal, maxBytes: (limit + 1) * MAX_ITEM_BYTES });
      if (body === undefined) throw unreachable("status 404");
      return decodeFeed(body, { after, limit });
    },
  };
}

function decodeFeed(body: Uint8Array, { after, limit }: { after: number; limit: number }): FeedItem[] {
  let items: unknown;
  try {
    items = (JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as { items?: unknown }).items;
  } catch (cause) {
    throw unreachable("an answer that is not JSON", cause);
  }
  if (!Array.isArray(items) || items.length > limit) throw unreachable("an answer that is no feed");
  let last = after;
  return items.map((json: unknown) => {
    const item = decodeItem((json ?? {}) as Record<string, unknown>);
    if (item === undefined || item.cursor <= last) throw unreachable("an item that is none");
    last = item.cursor;
    return item;
  });
}

function decodeItem(json: Record<string, unknown>): FeedItem | undefined {
  const { cursor, kind, device, seq, frame, receivedAtMs, reason } = json;
  if (!isCount(cursor) || !isCount(seq) || seq > MAX_SEQ) return undefined;
  if (typeof device !== "string" || !/^[0-9a-f]{16}$/.test(device)) return undefined;
  if (kind === "hole") {
    const known = Object.values(HOLE_REASONS).find((value) => value === reason);
    return known && { kind, cursor, device, seq, reason: known };
  }
  if (kind !== "reading" || typeof frame !== "string" || !isCount(receivedAtMs)) return undefined;
  if (!new RegExp(`^0x[0-9a-f]{${2 * FRAME_BYTES}}$`).test(frame)) return undefined;
  return { kind, cursor, device, seq, frame: fromHex(frame), receivedAtMs };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function unreachable(problem: string, cause?: unknown): PondproofError {
  return new PondproofError("FEED_UNREACHABLE", { problem }, { cause });
}
