import type { AnyPassage } from "../protocol/flow-attributes.ts";
import type { Action } from "../protocol/flows.ts";
import { FRAME_BYTES } from "../protocol/record.ts";
import { isTraced, isTracing, passReading, spanTimeMs } from "../telemetry/passages.ts";
import type { Commit } from "./drafting.ts";
import type { Stream } from "./stream.ts";

const REPORTED = {
  activity: "provide-iot-data",
  flow: "report-reading",
  subRole: "service-provider",
  data: "reading",
  bytes: FRAME_BYTES,
  deviceType: "Raspberry Pi",
} as const satisfies Partial<AnyPassage>;

const ACKNOWLEDGED = {
  activity: "provide-iot-data",
  flow: "acknowledge-reading",
  subRole: "service-provider",
  data: "acknowledgement",
  deviceType: "Raspberry Pi",
} as const satisfies Partial<AnyPassage>;

/**
 * Says of every traced frame of a batch when it came from the broker, when it was judged, and that it was stored.
 * `arrivedMs` tells when a message with frames of a device came; a frame that was held is told with its batch.
 */
export function passCommitted(
  { outcomes }: Commit,
  {
    items,
    takenMs,
  }: { items: readonly { device: string; seq: number | undefined; arrivedMs: number }[]; takenMs: number },
): void {
  if (!isTracing()) return;
  const arrived = new Map(
    items
      .filter(({ device, seq }) => seq !== undefined && isTraced(device, seq))
      .map(({ device, seq, arrivedMs }) => [`${device}/${seq}`, arrivedMs]),
  );
  for (const { device, seq, verdict } of outcomes) {
    if (seq === undefined || !isTraced(device, seq)) continue;
    const tell = (action: Action, sinceMs: number) =>
      passReading({ ...REPORTED, action }, { device, seq, sinceMs, facts: { outcome: verdict } });
    tell("transmitted", arrived.get(`${device}/${seq}`) ?? takenMs);
    tell("processed", takenMs);
    if (verdict === "stored") tell("stored", takenMs);
  }
}

/** Says that a device is told where its stream stands, with the newest reading that it is told of. */
export function passAcknowledgement({ id: device, nextSeq }: Stream, bytes: number): void {
  if (!isTracing() || nextSeq === 0) return;
  const reading = { device, seq: nextSeq - 1, sinceMs: spanTimeMs() };
  passReading({ ...ACKNOWLEDGED, action: "created", bytes }, reading);
  passReading({ ...ACKNOWLEDGED, action: "transmitted", bytes }, reading);
}
