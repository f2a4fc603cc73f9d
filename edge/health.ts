import type { ClockTrust } from "./clock-trust.ts";

/** Why a gateway is not well. */
export type HealthReason =
  | { code: "probe-silent"; device: string }
  | { code: "clock-not-trusted"; why: string }
  | { code: "hold-queue-full"; device: string }
  | { code: "store-failing" };

export type Health = { ok: boolean; reasons: HealthReason[] };

/** What health is judged by; pure, so that a page, a probe of a supervisor and a topic say the same. */
export function healthOf(options: {
  probes: readonly { device: string; silent: boolean; holdQueueFull: boolean }[];
  clockTrust: ClockTrust;
  storeFailing: boolean;
}): Health {
  const { probes, clockTrust, storeFailing } = options;
  const reasons: HealthReason[] = [];
  if (storeFailing) reasons.push({ code: "store-failing" });
  if (!clockTrust.trusted) reasons.push({ code: "clock-not-trusted", why: clockTrust.reason });
  for (const { device, silent, holdQueueFull } of probes) {
    if (silent) reasons.push({ code: "probe-silent", device });
    if (holdQueueFull) reasons.push({ code: "hold-queue-full", device });
  }
  return { ok: reasons.length === 0, reasons };
}
