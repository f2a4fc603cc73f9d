import type { Clock } from "../protocol/clock.ts";
import type { InstrumentHealth } from "../protocol/messages.ts";
import type { MetricName } from "../protocol/record.ts";
import { deviceId } from "../protocol/signature.ts";
import type { Signer } from "./key.ts";
import { createLink, type LinkStats } from "./link.ts";
import type { Outbox } from "./outbox.ts";
import { createReader, type ReaderStats } from "./reader.ts";
import type { ReaderEvent } from "./reader-event.ts";
import type { RecorderOptions } from "./recorder.ts";
import type { Source } from "./source.ts";
import { createTaskGroup } from "./task-group.ts";
import type { Wire } from "./wire.ts";

export type ProbeOptions = Pick<RecorderOptions, "clockSynchronised" | "calibration" | "reserve"> & {
  site: string;
  signer: Signer;
  source: Source;
  outbox: Outbox;
  wire: Wire;
  metrics: readonly MetricName[];
  periodMs: number;
  phaseMs?: number;
  /** The readings' time. */
  clock: Clock;
  /** The network's time. */
  networkClock: Clock;
  resendAfterMs?: number;
  /** What it says of itself as its firmware. */
  firmware?: string;
  health?: () => readonly InstrumentHealth[];
  onEvent?: (event: ReaderEvent) => void;
};

export type ProbeStats = { reader: ReaderStats; link: Readonly<LinkStats>; waiting: number };

/** A reader and its link to the gateway. */
export type Probe = {
  /** As 16 hex digits. */
  device: string;
  /** x ‖ y, 64 bytes. */
  publicKey: Uint8Array;
  stats(): ProbeStats;
  /** Runs until the signal ends it; a source that is over leaves the link to deliver the rest. */
  run(signal: AbortSignal): Promise<void>;
};

const FIRMWARE = "pondproof-sim/1";

/** Joins a reader with its link: frames and events go out, beacons come in. */
export function createProbe(options: ProbeOptions): Probe {
  const { publicKey } = options.signer;
  const { metrics, periodMs, firmware = FIRMWARE, onEvent = () => {} } = options;
  const outbox = options.outbox.device(deviceId(publicKey));
  const link = createLink({
    ...options,
    publicKey,
    outbox,
    clock: options.networkClock,
    info: { firmware, metrics: [...metrics], periodMs },
    onBeacon: (beacon) => reader.announce(beacon),
  });
  const reader = createReader({
    ...options,
    outbox,
    onFrame: link.wake,
    onEvent: (event) => {
      link.report(event);
      onEvent(event);
    },
  });
  return {
    device: Buffer.from(reader.device).toString("hex"),
    publicKey,
    stats: () => ({ reader: reader.stats(), link: link.stats, waiting: outbox.waiting() }),
    async run(signal) {
      const group = createTaskGroup(signal);
      group.spawn(reader.run);
      group.spawn(link.run);
      await group.ended();
    },
  };
}
