import { DEVICE_EVENTS } from "../protocol/messages.ts";

/** What a reader tells its gateway and its operator besides readings. */
export type ReaderEvent =
  /** The clock jumped back by more than a small correction; the gateway decides about what follows. */
  | { event: "clock-stepped"; seq: number; fromMs: number; toMs: number }
  /** The probe was lifted out of the water, or put back. */
  | { event: "tamper"; open: boolean; timeMs: number }
  /** There is no room for another record: samples are refused until the gateway acknowledges. */
  | { event: "outbox-full"; waiting: number }
  /** The disk does not take another record. */
  | { event: "outbox-failed"; problem: string }
  | { event: "outbox-recovered" }
  | { event: "source-failed"; problem: string; part?: string }
  | { event: "source-recovered"; part?: string }
  /** From here on records name another calibration credential. */
  | { event: "calibrated"; serial: number; sha256: string; calibratedMs: number }
  /** A recording is over. */
  | { event: "source-ended" }
  | { event: "link-down"; problem: string }
  | { event: "link-up" }
  /** The outbox was lost: no new record has a number below this one; so many old ones could be saved and are sent. */
  | { event: "numbers-skipped"; toSeq: number; salvaged: number }
  /** The gateway asks for numbers that are no longer here. */
  | { event: "gap"; fromSeq: number; toSeq: number }
  /** The gateway holds numbers that this reader never gave: its outbox was lost, or its key has a second owner. */
  | { event: "behind-gateway"; nextSeq: number; contiguousSeq: number };

/** True for what the gateway's event topic knows; the rest is for whoever runs the reader. */
export function concernsGateway({ event }: ReaderEvent): boolean {
  return DEVICE_EVENTS.some((known) => known === event);
}
