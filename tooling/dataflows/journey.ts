import { FACTS } from "../../protocol/flows.ts";
import type { ObservedSpan } from "../../telemetry/observed-span.ts";

/** The spans of a reading's way, in order of time, and the traces that they belong to. */
export type Journey = { spans: ObservedSpan[]; traceIds: string[] };

/**
 * A reading's way to the payment: its own trace, by a link to the batch's, and by the links of a claim to that claim's.
 */
export function journeyOf(spans: readonly ObservedSpan[], readingTraceId: string): Journey {
  const byTrace = Map.groupBy(spans, ({ traceId }) => traceId);
  const own = byTrace.get(readingTraceId) ?? [];
  const batches = new Set(own.flatMap(({ links }) => links.map(({ traceId }) => traceId)));
  const claims = new Set(
    spans
      .filter(
        ({ links, name }) => name === "prove-claim" && links.some(({ traceId }) => batches.has(traceId)),
      )
      .map(({ traceId }) => traceId),
  );
  const traceIds = [readingTraceId, ...batches, ...claims];
  const all = traceIds.flatMap((traceId) => byTrace.get(traceId) ?? []);
  return { spans: all.sort((a, b) => a.startMs - b.startMs || a.endMs - b.endMs), traceIds };
}

/** Readings whose way leads to a payment, by their traces, in the order in which they were signed. */
export function paidReadings(spans: readonly ObservedSpan[]): string[] {
  const paid = new Set(spans.filter(({ name }) => name === "collect-payout").map(({ traceId }) => traceId));
  const proofs = spans.filter(({ name, traceId }) => name === "prove-claim" && paid.has(traceId));
  const batches = new Set(proofs.flatMap(({ links }) => links.map(({ traceId }) => traceId)));
  const sealed = spans.filter(
    ({ links, attributes }) =>
      attributes[FACTS.seq] !== undefined && links.some(({ traceId }) => batches.has(traceId)),
  );
  return [...new Set(sealed.map(({ traceId }) => traceId))].sort();
}
