import type { Clock } from "../protocol/clock.ts";
import { PondproofError } from "../protocol/errors.ts";
import { DEVICE_EVENTS, type DeviceEventKind, MAX_MESSAGE_BYTES } from "../protocol/messages.ts";
import type { Admission } from "./admission.ts";
import type { BrokerConsumer } from "./broker-port.ts";
import { errorFacts, type Log } from "./log.ts";
import { createTokenBucket, type TokenBucket } from "./rate.ts";
import type { Registry } from "./registry.ts";

/** `gap`: the reader has lost these positions, both ends inclusive. What failed and why is for whoever reads the log. */
type DeviceEvent =
  | { event: Exclude<DeviceEventKind, "gap">; part?: string; problem?: string }
  | { event: "gap"; fromSeq: number; toSeq: number };

/** What was heard of devices beside their readings. */
export type HearingStats = {
  events: Record<DeviceEventKind, number>;
  malformedMessages: number;
  /** Messages beyond what a device may say. */
  droppedMessages: number;
};

const MAX_LOGGED_LENGTH = 200;

/** A reader says a handful of things when it connects, and then something an hour; each may cost a commit and a line. */
const MESSAGES = { perSecond: 1, burst: 32 } as const;

/** Takes what devices say beside their readings; what cannot be read is counted, and never closes a connection. */
export type Hearing = Pick<BrokerConsumer, "info" | "event"> & { stats(): HearingStats };

/** `learn` is the registry's, `noteLost` admission's. */
export function createHearing(options: {
  learn: Registry["learn"];
  noteLost: Admission["noteLost"];
  clock: Clock;
  log: Log;
}): Hearing {
  const { learn, noteLost, clock, log } = options;
  const buckets = new Map<string, TokenBucket>();
  const events = Object.fromEntries(DEVICE_EVENTS.map((event) => [event, 0])) as HearingStats["events"];
  let malformedMessages = 0;
  let droppedMessages = 0;

  const maySpeak = (device: string): boolean => {
    const bucket = buckets.get(device) ?? createTokenBucket({ ...MESSAGES, now: () => clock.now() });
    buckets.set(device, bucket);
    return bucket.tryTake(1);
  };
  const guarded = (device: string, read: () => void) => {
    if (!maySpeak(device)) {
      droppedMessages++;
      return;
    }
    try {
      read();
    } catch (error) {
      malformedMessages++;
      log.warn({ device, ...errorFacts(error) }, "a device's message cannot be read");
    }
  };
  return {
    info: (device, payload) => guarded(device, () => learn(device, payload)),
    event: (device, payload) =>
      guarded(device, () => {
        const report = decodeDeviceEvent(payload);
        events[report.event]++;
        log.info({ device, ...report }, "a device reports an event");
        if (report.event === "gap") noteLost(device, report);
      }),
    stats: () => ({ events: { ...events }, malformedMessages, droppedMessages }),
  };
}

/**
 * A device's event, `{"event": kind, …}`, without what is not known of its kind.
 * @throws MALFORMED_MESSAGE
 */
function decodeDeviceEvent(bytes: Uint8Array): DeviceEvent {
  const fail = (problem: string, cause?: unknown) =>
    new PondproofError("MALFORMED_MESSAGE", { message: "event", problem }, { cause });
  if (bytes.length > MAX_MESSAGE_BYTES) throw fail("too long");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fail("not JSON", cause);
  }
  const { event, fromSeq, toSeq, part, problem } = (json ?? {}) as Record<string, unknown>;
  const kind = DEVICE_EVENTS.find((known) => known === event);
  if (kind === undefined) throw fail("another event");
  if (kind !== "gap") return { event: kind, ...textOf({ part, problem }) };
  if (!isSeq(fromSeq) || !isSeq(toSeq) || fromSeq > toSeq) throw fail("a gap without its ends");
  return { event: kind, fromSeq, toSeq };
}

/** The texts among some facts, none longer than a line of a log should be. */
function textOf(facts: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value.slice(0, MAX_LOGGED_LENGTH)]] : [],
    ),
  );
}

function isSeq(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
