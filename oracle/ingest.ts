import { concatBytes, equalBytes, toHex } from "../protocol/bytes.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Position } from "../protocol/evidence.ts";
import type { Feed, FeedItem } from "../protocol/feed.ts";
import type { AnyPassage } from "../protocol/flow-attributes.ts";
import { FRAME_BYTES, recordDevice, recordSeq } from "../protocol/record.ts";
import { lowS, splitFrame } from "../protocol/signature.ts";
import { isTracing, passReading, spanTimeMs } from "../telemetry/passages.ts";
import type { Store } from "./store.ts";

/** Items of one request, and of one transaction. */
const LIMIT = 1_000;

const HANDED_ON = {
  activity: "provide-iot-data",
  flow: "hand-on-reading",
  subRole: "service-provider",
  data: "reading",
  bytes: FRAME_BYTES,
  deviceType: "Hosted service",
} as const satisfies Partial<AnyPassage>;

export type IngestStats = { readings: number; holes: number };

/** Takes positions from the gateway's feed into the store. */
export type Ingest = {
  readonly stats: Readonly<IngestStats>;
  /**
   * Takes the next items, and tells whether there may be more at once.
   * @throws FEED_UNREACHABLE, FEED_BROKEN
   */
  turn(signal: AbortSignal): Promise<"again" | "idle">;
};

/** The cursor moves in the transaction that stores the items, so that every item is taken exactly once. */
export function createIngest({ feed, store }: { feed: Feed; store: Store }): Ingest {
  const stats: IngestStats = { readings: 0, holes: 0 };
  return {
    stats,
    async turn(signal) {
      const sinceMs = spanTimeMs();
      const items = await feed.read({ after: store.streams.cursor(), limit: LIMIT, signal });
      if (items.length === 0) return "idle";
      store.transaction(() => {
        for (const item of items) take(item, store);
        store.streams.setCursor(items.at(-1)!.cursor);
      });
      passTaken(items, sinceMs);
      for (const { kind } of items) stats[kind === "reading" ? "readings" : "holes"]++;
      return items.length === LIMIT ? "again" : "idle";
    },
  };
}

/** Says of every traced reading that it was handed on by the gateway, and stored here. */
function passTaken(items: readonly FeedItem[], sinceMs: number): void {
  if (!isTracing()) return;
  for (const { kind, device, seq } of items) {
    if (kind === "hole") continue;
    passReading({ ...HANDED_ON, action: "transmitted" }, { device, seq, sinceMs });
    passReading({ ...HANDED_ON, action: "stored" }, { device, seq, sinceMs });
  }
}

function take(item: FeedItem, { streams }: Store): void {
  const { device: name, seq } = item;
  const position = positionOf(item);
  const next = streams.nextSeq(name);
  if (seq > next) throw new PondproofError("FEED_BROKEN", { device: name, seq, expected: next });
  if (seq === next) {
    streams.receive({ name, seq, position });
    return;
  }
  // The gateway repeats itself where it was restored from a backup: harmless, as long as it says the same.
  const stored = streams.receivedAt(name, seq);
  if (stored === undefined || !isSamePosition(stored, position))
    throw new PondproofError("FEED_BROKEN", { device: name, seq, problem: "another content than before" });
}

function positionOf(item: FeedItem): Position {
  if (item.kind === "hole") return { kind: "hole", reason: item.reason };
  const { frame, device, seq } = item;
  if (toHex(recordDevice(frame)).slice(2) !== device || recordSeq(frame) !== seq)
    throw new PondproofError("FEED_BROKEN", { device, seq, problem: "the record of another position" });
  const { record, signature } = splitFrame(frame);
  return { kind: "reading", frame: concatBytes(record, lowS(signature)) };
}

/** Signatures are never compared (protocol §2). */
function isSamePosition(a: Position, b: Position): boolean {
  if (a.kind === "hole") return b.kind === "hole" && a.reason === b.reason;
  return b.kind === "reading" && equalBytes(splitFrame(a.frame).record, splitFrame(b.frame).record);
}
