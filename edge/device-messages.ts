import { PondproofError } from "../protocol/errors.ts";
import { MAX_MESSAGE_BYTES } from "../protocol/messages.ts";

/** What a device may report on its `event` topic (edge.md, "Topics"). */
export const DEVICE_EVENTS = ["paired", "calibrated", "gap", "clock-stepped", "tamper"] as const;

export type DeviceEvent = (typeof DEVICE_EVENTS)[number];

/**
 * The kind of a device's event, `{"event": kind, …}`; what else it says is for whoever subscribes to the topic.
 * @throws MALFORMED_MESSAGE
 */
export function decodeDeviceEvent(bytes: Uint8Array): DeviceEvent {
  const fail = (problem: string, cause?: unknown) =>
    new PondproofError("MALFORMED_MESSAGE", { message: "event", problem }, { cause });
  if (bytes.length > MAX_MESSAGE_BYTES) throw fail("too long");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fail("not JSON", cause);
  }
  const kind = DEVICE_EVENTS.find((known) => known === (json as { event?: unknown } | null)?.event);
  if (kind === undefined) throw fail("another event");
  return kind;
}
