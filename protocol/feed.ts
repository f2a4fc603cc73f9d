import type { HoleReason } from "./node.ts";

/** One position of a stream, as the gateway hands it on: final, and never changed again. */
export type FeedItem =
  | { kind: "reading"; cursor: number; device: string; seq: number; frame: Uint8Array; receivedAtMs: number }
  | { kind: "hole"; cursor: number; device: string; seq: number; reason: HoleReason };

/**
 * The gateway's admitted positions, in the order in which they became final, each stream without gaps. `cursor` grows
 * by at least one from item to item; `device` is the probe's id as 16 hex digits.
 */
export type Feed = {
  /** At most `limit` items behind `after` (0 for the beginning); waits for nothing. */
  read(options: { after: number; limit: number; signal: AbortSignal }): Promise<FeedItem[]>;
};
