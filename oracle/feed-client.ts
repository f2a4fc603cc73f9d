import { fromHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Feed, FeedItem } from "../protocol/feed.ts";
import { HOLE_REASONS } from "../protocol/node.ts";
import { FRAME_BYTES, MAX_SEQ } from "../protocol/record.ts";

/** An item with its frame in hex takes less than this. */
const MAX_ITEM_BYTES = 600;

/**
 * The feed of a gateway over HTTP.
 * @param options.url the gateway's address, without a path
 */
export function createFeedClient({
  url,
  token,
  timeoutMs = 10_000,
}: {
  url: string;
  token: string;
  timeoutMs?: number;
}): Feed {
  return {
    /** @throws FEED_UNREACHABLE, or the signal's reason */
    async read({ after, limit, signal }) {
      const address = new URL(`/api/v1/feed?after=${after}&limit=${limit}`, url);
      let body: Uint8Array;
      try {
        const response = await fetch(address, {
          headers: { authorization: `Bearer ${token}`, accept: "application/json" },
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        if (!response.ok) throw unreachable(`status ${response.status}`);
        body = await readBody(response, (limit + 1) * MAX_ITEM_BYTES);
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof PondproofError) throw cause;
        throw unreachable("no answer", cause);
      }
      return decodeFeed(body, { after, limit });
    },
  };
}

async function readBody({ body }: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw unreachable(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
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
