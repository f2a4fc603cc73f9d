import { concatBytes } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import type { AnyPassage } from "../protocol/flow-attributes.ts";
import { type DeviceInfo, encodeMessage } from "../protocol/messages.ts";
import { FRAME_BYTES } from "../protocol/record.ts";
import { deviceTopic } from "../protocol/topics.ts";
import { passReading, spanTimeMs } from "../telemetry/passages.ts";
import type { Bell } from "./bell.ts";
import type { DeviceOutbox } from "./outbox.ts";
import type { ReaderEvent } from "./reader-event.ts";
import type { SendWindow } from "./send-window.ts";
import type { WireSession } from "./wire.ts";

/** What one connection works on, and what outlives it. */
export type LinkWork = {
  site: string;
  device: string;
  info: () => DeviceInfo;
  outbox: DeviceOutbox;
  window: SendWindow;
  /** Events that the gateway has not heard, oldest first. */
  events: ReaderEvent[];
  /** Queues one more. */
  report(event: ReaderEvent): void;
  /** Rings when there may be something to send. */
  bell: Bell;
  clock: Clock;
  stats: { framesSent: number };
};

/** From the reader to the broker, until that has said that it has it. */
const TO_BROKER = {
  activity: "provide-iot-data",
  flow: "report-reading",
  subRole: "service-provider",
  data: "reading",
  action: "transmitted",
  bytes: FRAME_BYTES,
  deviceType: "IoT device",
} as const satisfies AnyPassage;

/** Without anything on its way, only a ring wakes the sender; a clock wants a number all the same. */
const IDLE_MS = 3_600_000;
/** An instrument that comes and goes with every sample must not fill the gateway's quota of messages. */
const INFO_EVERY_MS = 60_000;

/**
 * Sends all that there is over one connection until it or the signal ends, and then says goodbye.
 * @throws LINK_DOWN or LINK_TIMEOUT from the wire
 */
export async function serveSession(
  work: LinkWork,
  { session, name, signal }: { session: WireSession; name: string; signal: AbortSignal },
): Promise<void> {
  const { outbox, window, bell, clock } = work;
  let open = true;
  void session.closed.then(() => {
    open = false;
    bell.ring();
  });
  await sayState(work, { session, name, state: "online" });
  const introduce = createIntroduction(work, session);
  await introduce();
  window.restart(outbox.firstSeq(), clock.now());
  while (open && !signal.aborted) {
    await introduce();
    await sendEvents(work, session);
    await sendFrames(work, session);
    await bell.heard({ clock, untilMs: window.dueMs() ?? clock.now() + IDLE_MS, signal });
  }
  if (open) await sayState(work, { session, name, state: "offline" });
}

/** Says what the device is, where that has changed since it was last said. */
function createIntroduction(work: LinkWork, session: WireSession): () => Promise<void> {
  const { clock, info } = work;
  let said = { text: "", atMs: Number.NEGATIVE_INFINITY };
  return async () => {
    if (clock.now() < said.atMs + INFO_EVERY_MS) return;
    const payload = encodeMessage(info());
    const text = Buffer.from(payload).toString();
    if (text === said.text) return;
    said = { text, atMs: clock.now() };
    await session.publish({ topic: topicOf(work, "info"), payload }, { retain: true });
  };
}

async function sayState(
  work: LinkWork,
  { session, name, state }: { session: WireSession; name: string; state: "online" | "offline" },
): Promise<void> {
  const payload = encodeMessage({ state, session: name });
  await session.publish({ topic: topicOf(work, "state"), payload }, { retain: true });
}

async function sendEvents(work: LinkWork, session: WireSession): Promise<void> {
  for (let event = work.events[0]; event !== undefined; event = work.events[0]) {
    await session.publish({ topic: topicOf(work, "event"), payload: encodeMessage(event) });
    work.events.shift();
  }
}

async function sendFrames(work: LinkWork, session: WireSession): Promise<void> {
  const { window, outbox, clock, stats, report } = work;
  for (let range = window.next(clock.now()); range !== null; range = window.next(clock.now())) {
    const { fromSeq } = range;
    const frames = outbox.frames(range);
    const firstSeq = frames[0]?.seq;
    if (firstSeq === undefined) {
      const wasAsked = window.sent({ fromSeq, frames: 0 }, clock.now()) === "asked";
      if (!wasAsked) return;
    } else if (firstSeq > fromSeq) {
      report({ event: "gap", fromSeq, toSeq: firstSeq - 1 });
      window.sent({ fromSeq, frames: firstSeq - fromSeq }, clock.now());
    } else {
      const payload = concatBytes(...frames.map(({ frame }) => frame));
      const sinceMs = spanTimeMs();
      await session.publish({ topic: topicOf(work, "reading"), payload });
      for (const { seq } of frames) passReading(TO_BROKER, { device: work.device, seq, sinceMs });
      stats.framesSent += frames.length;
      window.sent({ fromSeq, frames: frames.length }, clock.now());
    }
  }
}

function topicOf({ site, device }: LinkWork, topic: "state" | "info" | "event" | "reading"): string {
  return deviceTopic(site, device, topic);
}
