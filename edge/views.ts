import type { Verdict } from "../protocol/admission.ts";
import { toHex } from "../protocol/bytes.ts";
import { decodeRecord, FLAG, METRICS, recordFlags, recordTimeMs } from "../protocol/record.ts";
import { splitFrame } from "../protocol/signature.ts";
import { type Quality, testNames } from "./quality/flags.ts";
import type { LastReading, Presence } from "./staleness.ts";
import type { SeqRange } from "./store/readings.ts";
import type { Stream } from "./stream.ts";

/** A probe as `GET /api/v1/devices` shows it. */
export type DeviceView = {
  device: string;
  publicKey: string;
  state: Presence;
  periodMs: number;
  nextSeq: number;
  lastTimeMs: number | null;
  lastReceivedAtMs: number | null;
  /** The eight slots of the last reading; `null` where nothing was measured. */
  latest: readonly (number | null)[] | null;
  verdicts: Record<Verdict, number>;
  holes: number;
};

/** Readings of a probe as `GET /api/v1/devices/{device}/readings` shows them. */
export type ReadingsView = {
  device: string;
  points: {
    timeMs: number;
    values: readonly (number | null)[];
    flags: number;
    seq: number;
    /** QARTOD's flag of each slot, where a test doubts one of them. */
    quality?: readonly number[];
  }[];
  holes: SeqRange[];
  /** Of a page: the last position of the span. */
  lastSeq?: number;
};

export function deviceView(stream: Stream, state: Presence): DeviceView {
  const { last } = stream;
  return {
    device: stream.id,
    publicKey: toHex(stream.publicKey),
    state,
    periodMs: stream.periodMs,
    nextSeq: stream.nextSeq,
    lastTimeMs: last === undefined ? null : recordTimeMs(last.frame),
    lastReceivedAtMs: last?.receivedAtMs ?? null,
    latest: last === undefined ? null : valuesOf(last.frame),
    verdicts: stream.verdicts,
    holes: stream.holes,
  };
}

/** A frame as a point of a chart. */
export function pointOf(frame: Uint8Array, seq: number): ReadingsView["points"][number] {
  return { timeMs: recordTimeMs(frame), values: valuesOf(frame), flags: recordFlags(frame), seq };
}

/** The last reading as a dashboard wants it: the retained JSON of edge.md's `latest`. */
export function latestMessage({ id, last }: Stream, quality?: Quality): Record<string, unknown> | undefined {
  if (last === undefined) return undefined;
  const values = valuesOf(last.frame);
  const timeMs = recordTimeMs(last.frame);
  return {
    device: id,
    seq: last.seq,
    timeMs,
    receivedAtMs: last.receivedAtMs,
    values: Object.fromEntries(METRICS.map(({ name }, slot) => [name, values[slot] ?? null])),
    units: Object.fromEntries(METRICS.map(({ name, unit }) => [name, unit])),
    doubts: quality === undefined ? [] : testNames(quality.tests),
    simulated: (recordFlags(last.frame) & FLAG.simulated) !== 0,
  };
}

/** The last reading, as far as its freshness goes. */
export function freshnessOf({ last }: Stream, gatewayClockTrusted: boolean): LastReading | undefined {
  if (last === undefined) return undefined;
  const synchronised = (recordFlags(last.frame) & FLAG.clockNotSynchronised) === 0;
  return {
    timeMs: recordTimeMs(last.frame),
    receivedAtMs: last.receivedAtMs,
    timesCompare: gatewayClockTrusted && synchronised,
  };
}

function valuesOf(frame: Uint8Array): readonly (number | null)[] {
  return decodeRecord(splitFrame(frame).record).values;
}
