import { Gauge, Registry } from "prom-client";
import type { GatewayStats } from "./gateway-stats.ts";
import type { DeviceView } from "./views.ts";

/** The gateway's counts for Prometheus, in a registry of their own. */
export function createMetrics(sources: { stats: () => GatewayStats; devices: () => DeviceView[] }): Registry {
  const registry = new Registry();
  const { stats, devices } = sources;

  const number = (name: string, help: string, read: () => number) => {
    new Gauge({
      name: `pondproof_gateway_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const table = (name: string, help: string, label: string, read: () => Record<string, number>) => {
    new Gauge({
      name: `pondproof_gateway_${name}`,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of Object.entries(read())) this.set({ [label]: value }, count);
      },
    });
  };

  number("devices", "Paired probes", () => stats().devices);
  number("holes", "Positions without a reading", () => stats().holes);
  number("held_frames", "Frames behind a gap", () => stats().held);
  number("waiting_frames", "Frames that wait for a verdict", () => stats().admission.waiting);
  number("batches_total", "Transactions that made frames durable", () => stats().admission.batches);
  number(
    "failed_batches_total",
    "Transactions that the store refused",
    () => stats().admission.failedBatches,
  );
  number("connections", "Sessions of devices", () => stats().broker.connections);
  number("throttled_total", "Pauses put upon a connection", () => stats().broker.throttled);
  number("malformed_messages_total", "Messages beside readings that cannot be read", () => {
    return stats().malformedMessages;
  });
  number("dropped_messages_total", "Messages beyond what a device may say", () => stats().droppedMessages);
  table("verdicts_total", "Answers to frames", "verdict", () => stats().verdicts);
  table("refusals_total", "What the broker refused", "kind", () => ({ ...stats().broker.refused }));
  table("device_events_total", "Events that devices reported", "event", () => stats().events);
  table("devices_by_state", "Probes by their presence", "state", () => {
    const counts = { online: 0, stale: 0, offline: 0, never: 0 };
    for (const { state } of devices()) counts[state]++;
    return counts;
  });
  return registry;
}
