import { randomUUID } from "node:crypto";
import { toHex } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { isPondproofError } from "../protocol/errors.ts";
import type { AnyPassage } from "../protocol/flow-attributes.ts";
import {
  type Beacon,
  type DeviceInfo,
  decodeAck,
  decodeBeacon,
  encodeMessage,
  type InstrumentHealth,
} from "../protocol/messages.ts";
import { deviceId } from "../protocol/signature.ts";
import { deviceTopic, gatewayTopic } from "../protocol/topics.ts";
import { passReading, spanTimeMs } from "../telemetry/passages.ts";
import { createBackoff } from "./backoff.ts";
import { createBell } from "./bell.ts";
import { serveSession } from "./link-session.ts";
import type { DeviceOutbox } from "./outbox.ts";
import { concernsGateway, type ReaderEvent } from "./reader-event.ts";
import { rest } from "./rest.ts";
import { createSendWindow } from "./send-window.ts";
import type { Wire, WireMessage } from "./wire.ts";

export type LinkOptions = {
  wire: Wire;
  site: string;
  publicKey: Uint8Array;
  outbox: DeviceOutbox;
  /** The network's time, for back-off and resending: the wall clock even where the readings' is simulated. */
  clock: Clock;
  info: Omit<DeviceInfo, "publicKey" | "instruments">;
  /** How the instruments are now; said again when it has changed, at most once a minute. */
  health?: () => readonly InstrumentHealth[];
  /** Silence after which unacknowledged frames are sent again. */
  resendAfterMs?: number;
  /** Frames that may be on their way. */
  windowFrames?: number;
  onBeacon?: (beacon: Beacon) => void;
  /** What the link itself notices: the connection lost and found, numbers lost. */
  onEvent?: (event: ReaderEvent) => void;
  /** Uniform in [0, 1), for the jitter of the back-off. */
  random?: () => number;
  newSession?: () => string;
};

export type LinkStats = {
  connections: number;
  framesSent: number;
  acknowledgements: number;
  malformedMessages: number;
  droppedEvents: number;
  /** What the gateway said of refused frames, by verdict. */
  verdicts: Record<string, number>;
};

export type Link = {
  stats: Readonly<LinkStats>;
  /** Says that the outbox has something new. */
  wake(): void;
  /** Queues an event for the gateway, if it is one for it. */
  report(event: ReaderEvent): void;
  /** Keeps the connection, for ever, until the signal ends it. */
  run(signal: AbortSignal): Promise<void>;
};

/** What an acknowledgement does at the reader; it is observed with the newest reading that it names. */
const ACKNOWLEDGED = {
  activity: "provide-iot-data",
  flow: "acknowledge-reading",
  subRole: "service-provider",
  data: "acknowledgement",
  action: "processed",
  deviceType: "IoT device",
} as const satisfies AnyPassage;

/** A message of the reading topic carries no more (edge.md, "Topics"). */
const BLOCK_FRAMES = 64;
/** An event queue longer than this is a broker away for days; frames are never dropped, events are. */
const MAX_EVENTS = 64;

/** Carries a device's frames from its outbox to its gateway, and the gateway's acknowledgements back. */
export function createLink(options: LinkOptions): Link {
  const { wire, site, publicKey, outbox, clock, resendAfterMs = 30_000, windowFrames = 256 } = options;
  const { onEvent = () => {}, newSession = randomUUID } = options;
  const device = toHex(deviceId(publicKey)).slice(2);
  const info = (): DeviceInfo => ({
    ...options.info,
    publicKey: toHex(publicKey),
    ...(options.health !== undefined && { instruments: shortened(options.health()) }),
  });
  const stats: LinkStats = {
    connections: 0,
    framesSent: 0,
    acknowledgements: 0,
    malformedMessages: 0,
    droppedEvents: 0,
    verdicts: {},
  };
  const window = createSendWindow({ windowFrames, blockFrames: BLOCK_FRAMES, resendAfterMs });
  const bell = createBell();
  const events: ReaderEvent[] = [];
  const backoff = createBackoff(options);
  let isDown = false;
  let isBehind = false;

  const report = (event: ReaderEvent) => {
    if (!concernsGateway(event)) return;
    if (events.length >= MAX_EVENTS) stats.droppedEvents++;
    else events.push(event);
    bell.ring();
  };

  const work = { site, device, info, outbox, window, events, report, bell, clock, stats };

  const takeAck = (payload: Uint8Array) => {
    const { contiguous, missing, verdicts } = decodeAck(payload);
    stats.acknowledgements++;
    backoff.reset();
    for (const { verdict } of verdicts) stats.verdicts[verdict] = (stats.verdicts[verdict] ?? 0) + 1;
    const { nextSeq } = outbox.head();
    const behind = contiguous >= nextSeq;
    if (behind && !isBehind) onEvent({ event: "behind-gateway", nextSeq, contiguousSeq: contiguous });
    isBehind = behind;
    outbox.release(contiguous);
    const sinceMs = spanTimeMs();
    passReading({ ...ACKNOWLEDGED, bytes: payload.length }, { device, seq: contiguous, sinceMs });
    window.acknowledged({ contiguous: Math.min(contiguous, nextSeq - 1), missing }, clock.now());
    bell.ring();
  };

  const take = ({ topic, payload }: WireMessage) => {
    try {
      if (topic === deviceTopic(site, device, "ack")) takeAck(payload);
      if (topic === gatewayTopic(site, "beacon")) options.onBeacon?.(decodeBeacon(payload));
    } catch (error) {
      if (!isPondproofError(error) || error.code === "OUTBOX_UNUSABLE") throw error;
      // A full disk undoes the release; the next acknowledgement repeats it.
      if (error.code !== "OUTBOX_WRITE_FAILED") stats.malformedMessages++;
    }
  };

  const connectOnce = async (signal: AbortSignal) => {
    const name = newSession();
    const session = await wire.connect({
      session: name,
      will: {
        topic: deviceTopic(site, device, "state"),
        payload: encodeMessage({ state: "offline", session: name }),
      },
      subscriptions: [deviceTopic(site, device, "ack"), gatewayTopic(site, "beacon")],
      onMessage: take,
      signal,
    });
    stats.connections++;
    if (isDown) onEvent({ event: "link-up" });
    isDown = false;
    try {
      await serveSession(work, { session, name, signal });
    } finally {
      await session.end();
    }
    return "the broker closed the connection";
  };

  return {
    stats,
    wake: bell.ring,
    report,
    async run(signal) {
      while (!signal.aborted) {
        const problem = await connectOnce(signal).catch((error: unknown) => {
          if (!isPondproofError(error) && !signal.aborted) throw error;
          return String(error);
        });
        if (signal.aborted) return;
        if (!isDown) onEvent({ event: "link-down", problem });
        isDown = true;
        await rest(clock, backoff.nextMs(), signal);
      }
    },
  };
}

/** Within what `decodeDeviceInfo` takes; a message that is refused for its length tells nothing at all. */
function shortened(instruments: readonly InstrumentHealth[]): InstrumentHealth[] {
  return instruments.slice(0, 16).map(({ name, state, problems, facts }) => ({
    name: name.slice(0, 32),
    state,
    problems: problems.slice(0, 4).map((problem) => problem.slice(0, 100)),
    facts: Object.fromEntries(
      Object.entries(facts)
        .slice(0, 12)
        .map(([fact, said]) => [fact.slice(0, 32), typeof said === "string" ? said.slice(0, 40) : said]),
    ),
  }));
}
