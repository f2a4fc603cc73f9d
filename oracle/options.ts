import type { LedgerOptions } from "../ledger/client.ts";
import type { Clock } from "../protocol/clock.ts";
import type { Feed } from "../protocol/feed.ts";
import type { AnchorStep } from "./anchor.ts";
import type { BatchRules } from "./batcher.ts";
import type { AnnounceBeacon } from "./beacon.ts";
import type { Log } from "./log.ts";

/** What an oracle is made of; it holds the two keys, which never leave the process. */
export type OracleOptions = {
  feed: Feed;
  /** Tells the gateway of recent blocks; without it nobody does. */
  announceBeacon?: AnnounceBeacon;
  ledger: LedgerOptions;
  /** The key that anchors. */
  operatorKey: string;
  /** The key that opens claims, another one; without it there is no claims agent. */
  agentKey?: string;
  /** Folder of the store. */
  dir: string;
  clock: Pick<Clock, "now">;
  /** The time that a block made now would have, in ms; without it the ledger's node is asked. */
  ledgerTimeMs?: () => Promise<number>;
  batch: BatchRules;
  http: { host: string; port: number; tokens: readonly string[] };
  /** Pause of a part that found nothing to do, in real time. */
  pollIntervalMs?: number;
  /** Whether the agent triggers payments that are due; they go to the holder whoever triggers them. */
  collectForHolder?: boolean;
  log: Log;
  /** Told of every step of a batch right after it is durable, or done. */
  onAnchorStep?: (step: AnchorStep, number: number) => void;
};
