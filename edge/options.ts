import type { Clock } from "../protocol/clock.ts";
import type { BatchOptions } from "./admission.ts";
import type { AlarmTarget } from "./alarms/alarm-book.ts";
import type { AlarmRules } from "./alarms/watch.ts";
import type { Webhook } from "./alarms/webhooks.ts";
import type { BrokerLimits } from "./broker.ts";
import type { ClockTrustSource } from "./clock-trust.ts";
import type { TlsCredentials } from "./guarded-server.ts";
import type { InfluxOptions } from "./influx-view.ts";
import type { WaitingLimits } from "./judge.ts";
import type { Log } from "./log.ts";
import type { Pond } from "./ponds.ts";
import type { Pause } from "./queue.ts";

/** Bounds of everything that comes from outside. */
export type GatewayLimits = BrokerLimits & WaitingLimits & { maxLiveClients: number };

/** For a Pi beside some dozens of ponds. */
export const DEFAULT_LIMITS: GatewayLimits = {
  // 64 frames of 160 bytes, the topic, and room to spare.
  maxPacketBytes: 10_240 + 256,
  // A day's backlog of one probe at 1 Hz in under a minute.
  tokensPerSecond: 2_000,
  burstTokens: 20_000,
  // A dozen of the longest acknowledgements.
  maxQueuedBytes: 65_536,
  maxConnections: 512,
  maxConnectionsPerDevice: 4,
  maxCandidates: 16,
  connectTimeoutMs: 10_000,
  maxKeepaliveSeconds: 600,
  maxHeld: 4_096,
  maxGap: 100_000,
  maxLiveClients: 32,
};

/**
 * Small batches cost a commit and a round of acknowledgements each: 1,024 frames admit 1.4 times as fast as 256. A commit
 * writes whole pages, so that a hundred probes at 1 Hz wear a card two and a half times as much with 20 ms as with 100, and less still with 200.
 */
export const DEFAULT_BATCH: BatchOptions = { maxFrames: 1_024, windowMs: 200, maxWaiting: 4_096 };

/** Who is told of alarms, and what raises them where the defaults do not suit. */
export type AlarmOptions = {
  rules?: Partial<AlarmRules>;
  targets?: readonly (AlarmTarget & Webhook)[];
};

export type GatewayOptions = {
  /** Matches `[a-z0-9-]{1,32}`. */
  site: string;
  /** Folder of the store; made when it is not there. */
  dataDir: string;
  clock: Clock;
  /** 0 for any that is free. */
  ports: { mqtt: number; http: number };
  host?: string;
  /** Where the HTTP API listens; `host` where nothing is said. */
  httpHost?: string;
  /** Certificates for the embedded broker; without them it speaks in the clear. */
  tls?: TlsCredentials;
  /** Whoever knows it may read the latest values from the embedded broker. */
  observerToken?: string;
  /** A broker beside the gateway, of which it is a client, instead of its own. */
  outsideBroker?: { url: string; tls?: TlsCredentials };
  /** Describe the probes to a Home Assistant. */
  homeAssistant?: boolean;
  /** No reading is older than this: the gateway's build. */
  earliestMs: number;
  /** How long frames behind a gap wait for it to be filled. */
  holdingMs: number;
  /** What a client of the HTTP API sends as bearer token. */
  token: string;
  clockTrust: ClockTrustSource;
  log: Log;
  batch?: Partial<BatchOptions>;
  limits?: Partial<GatewayLimits>;
  /** Which probes are in which pond; a probe in none stands for itself. */
  ponds?: readonly Pond[];
  /** Local time at the ponds, for what is different at night. */
  utcOffsetMinutes?: number;
  alarms?: AlarmOptions;
  /** A time series for charts. */
  influx?: InfluxOptions;
  /** How long cleared alarms are remembered. */
  keepAlarmsMs?: number;
  /** Room on the disk below which the gateway is not well. */
  minFreeBytes?: number;
  /** Milliseconds that only ever grow, whatever the clock is set to; durations are measured by it. */
  steadyNow?: () => number;
  /** Waits of the machine's own time, for the batch window. */
  pause?: Pause;
};
