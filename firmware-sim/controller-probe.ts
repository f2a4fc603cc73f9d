import type { Clock } from "../protocol/clock.ts";
import type { MetricName } from "../protocol/record.ts";
import { deviceId } from "../protocol/signature.ts";
import type { Signer } from "./key.ts";
import { createLink, type LinkStats } from "./link.ts";
import type { Outbox } from "./outbox.ts";
import { type ControllerOptions, type ControllerStats, createController } from "./probes/controller.ts";
import type { ReaderEvent } from "./reader-event.ts";
import { createTaskGroup } from "./task-group.ts";
import type { Wire } from "./wire.ts";

export type ControllerProbeOptions = Omit<ControllerOptions, "outbox" | "onFrame"> & {
  site: string;
  outbox: Outbox;
  /** The way to the gateway of whoever can sign as the device. */
  wire: (signer: Signer) => Wire;
  metrics: readonly MetricName[];
  networkClock: Clock;
  resendAfterMs?: number;
  firmware: string;
};

/** A microcontroller that signs by itself, and its link to the gateway. */
export type ControllerProbe = {
  /** As 16 hex digits. */
  device: string;
  stats(): { controller: ControllerStats; link: Readonly<LinkStats>; waiting: number };
  run(signal: AbortSignal): Promise<void>;
};

/** Joins a controller with a link: its frames go out as they are, beacons and acknowledgements go in. */
export function createControllerProbe(options: ControllerProbeOptions): ControllerProbe {
  const { publicKey, metrics, periodMs, firmware, onEvent = () => {} } = options;
  const outbox = options.outbox.device(deviceId(publicKey));
  const tell = (event: ReaderEvent) => {
    link.report(event);
    onEvent(event);
  };
  const controller = createController({ ...options, outbox, onEvent: tell, onFrame: () => link.wake() });
  const link = createLink({
    ...options,
    onEvent,
    wire: options.wire(controller.signer),
    outbox,
    clock: options.networkClock,
    info: { firmware, metrics: [...metrics], periodMs },
    health: () => [controller.health()],
    onBeacon: controller.announce,
  });
  return {
    device: Buffer.from(deviceId(publicKey)).toString("hex"),
    stats: () => ({ controller: controller.stats(), link: link.stats, waiting: outbox.waiting() }),
    async run(signal) {
      const group = createTaskGroup(signal);
      group.spawn(controller.run);
      group.spawn(link.run);
      await group.ended();
    },
  };
}
