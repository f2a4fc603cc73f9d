import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pkg from "../package.json" with { type: "json" };
import type { Verdict } from "../protocol/admission.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Feed } from "../protocol/feed.ts";
import type { Beacon } from "../protocol/messages.ts";
import type { AlarmBook } from "./alarms/alarm-book.ts";
import type { GatewayStats } from "./gateway-stats.ts";
import type { LiveListener } from "./live.ts";
import { DEFAULT_BATCH, DEFAULT_LIMITS, type GatewayOptions } from "./options.ts";
import type { Pairing } from "./pairing.ts";
import { type Running, startParts } from "./running.ts";
import type { AuditEntry } from "./store/audit.ts";
import type { EvidenceFrame } from "./store/evidence.ts";
import type { DeviceView } from "./views.ts";

/** The gateway of one site: broker, admission, store and HTTP API. Everything but `start` needs it to be running. */
export type Gateway = AsyncDisposable & {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The ports that are listened on. */
  readonly ports: { mqtt: number; http: number };
  /**
   * Admits a probe by its key x ‖ y and returns its id; pairing it again changes its sampling period at most.
   * @throws BAD_PUBLIC_KEY
   */
  pair(probe: { publicKey: Uint8Array; periodMs: number }): string;
  /**
   * Refuses a probe's readings from a time on; an earlier revocation stands.
   * @throws UNKNOWN_DEVICE
   */
  revoke(revocation: { device: string; fromMs: number }): void;
  /**
   * Retains the beacon for the devices, over restarts too.
   * @throws MALFORMED_MESSAGE
   */
  announceBeacon(beacon: Beacon): void;
  feed(): Feed;
  /** How unknown probes become paired ones. */
  readonly pairing: Pairing;
  /** What was done to the gateway, in its order. */
  audit(query: { after: number; limit: number }): AuditEntry[];
  /** Open alarms, and their acknowledgement. */
  readonly alarms: AlarmBook;
  devices(): DeviceView[];
  /** The first frames of a probe that got this verdict and are kept to be shown. */
  evidence(query: { device: string; verdict: Verdict; limit: number }): EvidenceFrame[];
  /** Hears of every stored reading and every refused frame from now on; returns what ends it. */
  live(listener: LiveListener): () => void;
  stats(): GatewayStats;
};

/** The file of a gateway's store. */
export function storePathOf({ dataDir }: { dataDir: string }): string {
  return join(dataDir, "gateway.db");
}

/** A gateway that does nothing until it is started. */
export function createGateway(options: GatewayOptions): Gateway {
  const { host = "127.0.0.1", pause = (ms, signal) => sleep(ms, undefined, { signal }) } = options;
  let running: Running | undefined;
  const parts = (): Running => {
    if (running === undefined) throw new PondproofError("NOT_STARTED", { part: "gateway" });
    return running;
  };
  const stop = async () => {
    const stopping = running;
    running = undefined;
    await stopping?.stop();
  };

  return {
    async start() {
      if (running !== undefined) return;
      await mkdir(options.dataDir, { recursive: true });
      running = await startParts({
        ...options,
        host,
        pause,
        steadyNow: options.steadyNow ?? options.clock.now,
        version: pkg.version,
        storePath: storePathOf(options),
        batch: { ...DEFAULT_BATCH, ...options.batch },
        limits: { ...DEFAULT_LIMITS, ...options.limits },
      });
    },
    stop,
    [Symbol.asyncDispose]: stop,
    get ports() {
      return parts().ports;
    },
    pair: (probe) => parts().registry.pair(probe),
    revoke: (revocation) => parts().registry.revoke(revocation),
    announceBeacon: (beacon) => parts().announceBeacon(beacon),
    feed: () => parts().feed,
    get pairing() {
      return parts().pairing;
    },
    get alarms() {
      return parts().alarms;
    },
    audit: ({ after, limit }) => parts().audit.after(after, limit),
    devices: () => parts().registry.devices(),
    evidence: (query) => parts().registry.evidence(query),
    live: (listener) => parts().live.listen(listener),
    stats: () => parts().stats(),
  };
}
