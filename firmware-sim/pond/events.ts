import type { AeratorFault } from "./aerator.ts";

type Span = { atMs: number; untilMs: number };

/** What happens to one pond and its probes, as data; times in ms since 1970 UTC. */
export type PondEvent =
  /** A part of the paddle wheels brings no oxygen; what their motors still draw tells why. */
  | (Span & { kind: "aerator-failure"; fault: AeratorFault; failedPart: number })
  /** The algae die: less oxygen by day, more consumption by day and night. Sets in over three hours. */
  | (Span & { kind: "bloom-die-off"; productionFactor: number; waterDemandFactor: number })
  | (Span & { kind: "calm-wind"; windFactor: number })
  | (Span & { kind: "overcast"; cloudFraction: number })
  /** From then on the probe gives nothing at all. */
  | { kind: "cut-cable"; probe: string; atMs: number }
  /** The probe is in the air, and its reader knows. */
  | (Span & { kind: "cleaning"; probe: string });

type PondEventKind = PondEvent["kind"];
type EventOf<Kind extends PondEventKind> = Extract<PondEvent, { kind: Kind }>;

/** The first event of a kind that lasts at this time; a span includes its beginning and not its end. */
export function eventAt<Kind extends PondEventKind>(
  events: readonly PondEvent[],
  kind: Kind,
  timeMs: number,
): EventOf<Kind> | undefined {
  return events.find(
    (event): event is EventOf<Kind> =>
      event.kind === kind && event.atMs <= timeMs && (!("untilMs" in event) || timeMs < event.untilMs),
  );
}
