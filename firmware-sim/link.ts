import { randomUUID } from "node:crypto";
import { toHex } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { isPondproofError } from "../protocol/errors.ts";
import {
  type Beacon,
  type DeviceInfo,
  decodeAck,
  decodeBeacon,
  encodeMessage,
} from "../protocol/messages.ts";
import { deviceId } from "../protocol/signature.ts";
import { deviceTopic, gatewayTopic } from "../protocol/topics.ts";
import { createBell } from "./bell.ts";
import { serveSession } from "./link-session.ts";
import type { DeviceOutbox } from "./outbox.ts";
import { concernsGateway, type ReaderEvent } from "./reader-event.ts";
import { createSendWindow } from "./send-window.ts";
import type { Wire, WireMessage } from "./wire.ts";

export type LinkOptions = {
  wire: Wire;
  site: string;
  publicKey: Uint8Array;
  outbox: DeviceOutbox;
  /** The network's time, for back-off and resending: the wall clock even where the readings' is simulated. */
  clock: Clock;
  info: Omit<DeviceInfo, "publicKey">;
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

/** A message of the reading topic carries no more (edge.md, "Topics"). */
const BLOCK_FRAMES = 64;
/** An event queue longer than this is a broker away for days; frames are never dropped, events are. */
const MAX_EVENTS = 64;
// edge.md, "Reader": back off by half as much again, with jitter, from a second to a minute, for ever.
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;
const BACKOFF_GROWTH = 1.5;

/** Carries a device's frames from its outbox to its gateway, and the gateway's acknowledgements back. */
export function createLink(options: LinkOptions): Link {
  const { wire, site, publicKey, outbox, clock, resendAfterMs = 30_000, windowFrames = 256 } = options;
  const { onEvent = () => {}, random = Math.random, newSession = randomUUID } = options;
  const device = toHex(deviceId(publicKey)).slice(2);
  const info = { ...options.info, publicKey: toHex(publicKey) };
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
  let backoffMs = FIRST_BACKOFF_MS;
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
    backoffMs = FIRST_BACKOFF_MS;
    for (const { verdict } of verdicts) stats.verdicts[verdict] = (stats.verdicts[verdict] ?? 0) + 1;
    const { nextSeq } = outbox.head();
    const behind = contiguous >= nextSeq;
    if (behind && !isBehind) onEvent({ event: "behind-gateway", nextSeq, contiguousSeq: contiguous });
    isBehind = behind;
    outbox.release(contiguous);
    window.acknowledged({ contiguous: Math.min(contiguous, nextSeq - 1), missing }, clock.now());
    bell.ring();
  };

  const take = ({ topic, payload }: WireMessage) => {
    try {
      if (topic === deviceTopic(site, device, "ack")) takeAck(payload);
      if (topic === gatewayTopic(site, "beacon")) options.onBeacon?.(decodeBeacon(payload));
    } catch (error) {
      if (!isPondproofError(error)) throw error;
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
        await rest(clock, backoffMs * (0.5 + random() / 2), signal);
        backoffMs = Math.min(LONGEST_BACKOFF_MS, backoffMs * BACKOFF_GROWTH);
      }
    },
  };
}

/** Waits, or less where the signal ends it. */
async function rest(clock: Clock, forMs: number, signal: AbortSignal): Promise<void> {
  await clock.wait(clock.now() + forMs, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
