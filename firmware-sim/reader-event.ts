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
  | { event: "source-failed"; problem: string }
  | { event: "source-recovered" }
  /** A recording is over. */
  | { event: "source-ended" }
  | { event: "link-down"; problem: string }
  | { event: "link-up" }
  /** The gateway asks for numbers that are no longer here. */
  | { event: "gap"; fromSeq: number; toSeq: number }
  /** The gateway holds numbers that this reader never gave: its outbox was lost, or its key has a second owner. */
  | { event: "behind-gateway"; nextSeq: number; contiguousSeq: number };

/** What the gateway's event topic knows (edge.md, "Topics"); the rest is for whoever runs the reader. */
const FOR_THE_GATEWAY: readonly ReaderEvent["event"][] = ["clock-stepped", "tamper", "gap"];

export function concernsGateway({ event }: ReaderEvent): boolean {
  return FOR_THE_GATEWAY.includes(event);
}
