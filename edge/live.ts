import { decodeRecord } from "../protocol/record.ts";
import { splitFrame } from "../protocol/signature.ts";
import { isRefusal } from "./ack.ts";
import type { Outcome } from "./judge.ts";

/** What happens, as it happens: a reading that was stored, or a frame that was refused. */
export type LiveEvent =
  | {
      event: "reading";
      data: {
        device: string;
        seq: number;
        timeMs: number;
        values: readonly (number | null)[];
        verdict: "stored";
      };
    }
  | { event: "refused"; data: { device: string; seq: number | null; verdict: Outcome["verdict"] } };

export type LiveListener = (event: LiveEvent) => void;

/** Hands events to whoever listens at that moment; keeps none. */
export type Live = {
  /** Returns the function that ends the subscription. */
  listen(listener: LiveListener): () => void;
  tell(outcomes: readonly Outcome[]): void;
};

export function createLive(): Live {
  const listeners = new Set<LiveListener>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell(outcomes) {
      if (listeners.size === 0) return;
      for (const event of outcomes.flatMap(toEvent)) {
        for (const listener of listeners) listener(event);
      }
    },
  };
}

function toEvent({ device, seq, verdict, frame }: Outcome): LiveEvent[] {
  if (isRefusal(verdict)) return [{ event: "refused", data: { device, seq: seq ?? null, verdict } }];
  if (verdict !== "stored" || frame === undefined) return [];
  const reading = decodeRecord(splitFrame(frame).record);
  const { timeMs, values } = reading;
  return [{ event: "reading", data: { device, seq: reading.seq, timeMs, values, verdict } }];
}
