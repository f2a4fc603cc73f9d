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

  const viewsOf = (figure: "cursor" | "failures") =>
    Object.fromEntries(Object.entries(stats().derived.followers).map(([name, view]) => [name, view[figure]]));

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
  number("not_stored_frames_total", "Frames that could not be made durable", () => {
    return stats().admission.notStored;
  });
  number("unpaired_frames_total", "Frames of devices that are not paired", () => {
    return stats().admission.unpairedFrames;
  });
  number("broker_connected", "1 while the broker is there", () => Number(stats().broker.connected));
  number("clock_trusted", "1 while the clock is synchronised", () => Number(stats().clockTrusted));
  number("disk_free_bytes", "Room on the disk of the store", () => stats().freeBytes);
  number("doubted_readings_total", "Readings with a value that a test doubts", () => stats().derived.doubted);
  number("open_alarms", "Alarms that are not over", () => stats().derived.openAlarms);
  table("alarm_notices_total", "What became of messages to the targets of alarms", "outcome", () => ({
    ...stats().derived.webhooks,
  }));
  table("view_cursor", "How far a view of the evidence has come", "view", () => viewsOf("cursor"));
  table("view_failures_total", "Failed attempts of a view of the evidence", "view", () =>
    viewsOf("failures"),
  );
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
