import type { KeyObject } from "node:crypto";
import { type StreamState, VERDICTS } from "../protocol/admission.ts";
import { fromHex } from "../protocol/bytes.ts";
import { recordTimeMs } from "../protocol/record.ts";
import { chainHash, splitFrame } from "../protocol/signature.ts";
import type { DeviceRow, VerdictCounts } from "./store/devices.ts";
import type { Store } from "./store.ts";
import { importPublicKey } from "./verify.ts";

/** A paired probe's stream: what admission goes by, and what the gateway knows of the probe beside it. */
export type Stream = StreamState & {
  row: number;
  /** 16 hex digits. */
  id: string;
  publicKey: Uint8Array;
  key: KeyObject;
  periodMs: number;
  approvedAtMs: number;
  holes: number;
  /** Frames held behind the gap at `nextSeq`. */
  held: number;
  /** Something is known of positions that are still open, should they become holes. */
  hasReasons: boolean;
  /** How often each verdict was given; `stored` counts the readings. */
  verdicts: VerdictCounts;
  /** The reading with the highest number. */
  last: { seq: number; frame: Uint8Array; receivedAtMs: number } | undefined;
};

/** The stream of a paired probe, as the store has it. */
export function loadStream(store: Store, device: DeviceRow): Stream {
  const { nextSeq, holes, last } = store.positions.tail(device.row);
  return {
    row: device.row,
    id: device.device,
    device: fromHex(device.device, 8),
    publicKey: device.publicKey,
    key: importPublicKey(device.publicKey),
    periodMs: device.periodMs,
    approvedAtMs: device.approvedAtMs,
    revokedFromMs: device.revokedFromMs,
    nextSeq,
    lastTimeMs: last === undefined ? 0 : recordTimeMs(last.frame),
    previousChainHash: last?.seq === nextSeq - 1 ? chainHash(splitFrame(last.frame).record) : undefined,
    holes,
    held: store.waiting.countHeld(device.row),
    hasReasons: store.waiting.hasReasons(device.row),
    verdicts: { ...noVerdicts(), ...store.devices.verdicts(device.row), stored: nextSeq - holes },
    last,
  };
}

/** Zero of every verdict. */
function noVerdicts(): VerdictCounts {
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as VerdictCounts;
}

/** A copy that can be changed while the original stays valid. */
export function draftOf(stream: Stream): Stream {
  return { ...stream, verdicts: { ...stream.verdicts } };
}

/** Counts over all streams. */
export type StreamTotals = { devices: number; verdicts: VerdictCounts; holes: number; held: number };

export function totalsOf(streams: Iterable<Stream>): StreamTotals {
  const total: StreamTotals = { devices: 0, verdicts: noVerdicts(), holes: 0, held: 0 };
  for (const { verdicts, holes, held } of streams) {
    total.devices++;
    total.holes += holes;
    total.held += held;
    for (const verdict of VERDICTS) total.verdicts[verdict] += verdicts[verdict];
  }
  return total;
}
