import type { ClockTrust } from "./clock-trust.ts";

/** Why a gateway is not well. */
export type HealthReason =
  | { code: "probe-silent"; device: string }
  | { code: "clock-not-trusted"; why: string }
  | { code: "hold-queue-full"; device: string }
  | { code: "store-failing" }
  | { code: "broker-away" }
  | { code: "disk-nearly-full"; freeBytes: number }
  | { code: "view-behind"; view: string }
  | { code: "alarm-target-unreachable" };

export type Health = { ok: boolean; reasons: HealthReason[] };

/** How the gateway itself is, apart from its probes and its clock. */
export type GatewayCondition = {
  storeFailing: boolean;
  brokerConnected: boolean;
  /** `undefined` before anybody has looked. */
  freeBytes: number | undefined;
  minFreeBytes: number;
  failingViews: readonly string[];
  givenUpNotices: number;
};

/** What health is judged by; pure, so that a page, a probe of a supervisor and a topic say the same. */
export function healthOf(options: {
  probes: readonly { device: string; silent: boolean; holdQueueFull: boolean }[];
  clockTrust: ClockTrust;
  gateway: GatewayCondition;
}): Health {
  const { probes, clockTrust, gateway } = options;
  const { storeFailing, brokerConnected, freeBytes, minFreeBytes, failingViews, givenUpNotices } = gateway;
  const reasons: HealthReason[] = [];
  if (freeBytes !== undefined && freeBytes < minFreeBytes)
    reasons.push({ code: "disk-nearly-full", freeBytes: Math.floor(freeBytes / 2 ** 20) * 2 ** 20 });
  if (!brokerConnected) reasons.push({ code: "broker-away" });
  for (const view of failingViews) reasons.push({ code: "view-behind", view });
  if (givenUpNotices > 0) reasons.push({ code: "alarm-target-unreachable" });
  if (storeFailing) reasons.push({ code: "store-failing" });
  if (!clockTrust.trusted) reasons.push({ code: "clock-not-trusted", why: clockTrust.reason });
  for (const { device, silent, holdQueueFull } of probes) {
    if (silent) reasons.push({ code: "probe-silent", device });
    if (holdQueueFull) reasons.push({ code: "hold-queue-full", device });
  }
  return { ok: reasons.length === 0, reasons };
}
