import type { Clock } from "../protocol/clock.ts";
import { isPondproofError } from "../protocol/errors.ts";
import { FRAME_BYTES, slotOf } from "../protocol/record.ts";
import type { Source } from "./source.ts";
import type { Wire, WireMessage, WireSession } from "./wire.ts";

/** A part of time: its beginning belongs to it, its end does not. */
export type Span = { atMs: number; untilMs: number };

function isDuring({ atMs, untilMs }: Span, timeMs: number): boolean {
  return atMs <= timeMs && timeMs < untilMs;
}

/** A wire with someone in it, who sees every connection and may put himself in its place. */
function tappedWire(wire: Wire, tap: (session: WireSession) => WireSession): Wire {
  return { connect: async (options) => tap(await wire.connect(options)) };
}

/** Byte of a frame in which the lowest bit is a quarter of a milligram of oxygen. */
const OXYGEN_BYTE = 32 + 4 * slotOf("oxygen") + 2;

/** Alters the oxygen of every reading that passes during a span. */
export function tamperingWire(wire: Wire, { clock, span }: { clock: Pick<Clock, "now">; span: Span }): Wire {
  const isAltered = (message: WireMessage) => isReading(message) && isDuring(span, clock.now());
  return tappedWire(wire, (session) => ({
    ...session,
    publish: (message, how) =>
      session.publish(
        isAltered(message) ? { ...message, payload: alterOxygen(message.payload) } : message,
        how,
      ),
  }));
}

export type Replaying = {
  wire: Wire;
  /** Sends during the span; rejects when the signal ends it before. */
  run(signal: AbortSignal): Promise<void>;
  /** Messages sent again so far. */
  sent(): number;
};

/** Messages that an eavesdropper keeps. */
const MAX_OVERHEARD = 1024;

/** Listens to a wire, and during a span sends what passed `ageMs` ago, every `everyMs`, over whatever connection stands. */
export function replayingWire(
  wire: Wire,
  { clock, span, everyMs, ageMs }: { clock: Clock; span: Span; everyMs: number; ageMs: number },
): Replaying {
  const overheard: { atMs: number; message: WireMessage }[] = [];
  let current: WireSession | undefined;
  let sent = 0;

  const overhear = (message: WireMessage) => {
    if (!isReading(message)) return;
    overheard.push({ atMs: clock.now(), message });
    if (overheard.length > MAX_OVERHEARD) overheard.shift();
  };
  const sendOld = async () => {
    const thenMs = clock.now() - ageMs;
    const old = overheard.findLast(({ atMs }) => atMs <= thenMs);
    if (old === undefined || current === undefined) return;
    try {
      await current.publish(old.message);
      sent++;
    } catch (error) {
      // A line that is down carries no attack either.
      if (!isPondproofError(error)) throw error;
    }
  };
  return {
    wire: tappedWire(wire, (session) => {
      current = session;
      return {
        ...session,
        publish(message, how) {
          overhear(message);
          return session.publish(message, how);
        },
      };
    }),
    async run(signal) {
      for (let dueMs = span.atMs; dueMs < span.untilMs; dueMs += everyMs) {
        await clock.wait(dueMs, signal);
        await sendOld();
      }
    },
    sent: () => sent,
  };
}

function isReading({ topic }: WireMessage): boolean {
  return topic.endsWith("/reading");
}

function alterOxygen(payload: Uint8Array): Uint8Array {
  const altered = Uint8Array.from(payload);
  for (let at = OXYGEN_BYTE; at < altered.length; at += FRAME_BYTES) altered[at]! ^= 1;
  return altered;
}

/** A clock that is wrong during some spans and does not know it; waiting is by a stopwatch, which stays right. */
export function wrongClock(clock: Clock, spans: readonly (Span & { offsetMs: number })[]): Clock {
  const offsetMs = () => spans.find((span) => isDuring(span, clock.now()))?.offsetMs ?? 0;
  return {
    now: () => clock.now() + offsetMs(),
    wait: (untilMs, signal) => clock.wait(untilMs - offsetMs(), signal),
  };
}

/** A source that claims less oxygen than there is: what the holder of a stolen key would report. */
export function breathlessSource(source: Source, oxygenLessMgPerL: number): Source {
  const slot = slotOf("oxygen");
  const lessen = (value: number | null) => (value === null ? null : Math.max(0, value - oxygenLessMgPerL));
  return {
    async sample(request) {
      const samples = await source.sample(request);
      if (samples === "end") return samples;
      return samples.map((sample) => ({
        ...sample,
        values: sample.values.map((value, i) => (i === slot ? lessen(value) : value)),
      }));
    },
  };
}
