import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { TraceIds } from "./trace-ids.ts";

/** A span as it was handed over, in plain values. */
export type ObservedSpan = TraceIds & {
  parentSpanId: string | undefined;
  name: string;
  startMs: number;
  endMs: number;
  attributes: Readonly<Record<string, unknown>>;
  links: readonly TraceIds[];
  failed: boolean;
};

/** Hands every span, as it ends, to a function in this process. */
export function createSpanTap(onSpan: (span: ObservedSpan) => void): SpanExporter {
  return {
    export(spans, done) {
      for (const span of spans) onSpan(plain(span));
      done({ code: 0 });
    },
    shutdown: async () => undefined,
  };
}

function plain(span: ReadableSpan): ObservedSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    startMs: msOf(span.startTime),
    endMs: msOf(span.endTime),
    attributes: span.attributes,
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    // SpanStatusCode.ERROR
    failed: span.status.code === 2,
  };
}

function msOf([seconds, nanos]: readonly [number, number]): number {
  return 1000 * seconds + nanos / 1e6;
}
