import { type Link, ROOT_CONTEXT, SpanStatusCode, TraceFlags, type Tracer, trace } from "@opentelemetry/api";
import { type AnyPassage, factAttributes, flowAttributes } from "../protocol/flow-attributes.ts";
import { FACTS, type Facts } from "../protocol/flows.ts";
import { isSampled, type TraceIds, traceOfReading } from "./trace-ids.ts";

/** What spans are handed to, once this process traces. */
export type Tracing = {
  tracer: Tracer;
  /** Share of readings that are traced; what is rarer is traced always. */
  ratio: number;
  /** Gives the span that `start` begins these ids. */
  asOrigin<T>(ids: Partial<TraceIds>, start: () => T): T;
};

/** When and where something passed. Times are in ms since 1970, with fractions. */
export type Passing = {
  sinceMs: number;
  untilMs: number;
  facts?: Facts;
  /** Spans of other traces that this one follows from. */
  links?: readonly TraceIds[];
  /** It did not succeed, and why. */
  failed?: string;
  /** The trace of this span, and its id there where others must be able to tell it. */
  origin?: Pick<TraceIds, "traceId"> & Partial<TraceIds>;
  /** The span before it; without it, this one begins its trace. */
  after?: TraceIds;
};

// Like OpenTelemetry's own: what is observed belongs to the process, and no part has to be handed a tracer.
let current: Tracing | undefined;

/** Begins, or with `undefined` ends, tracing in this process. */
export function setTracing(tracing: Tracing | undefined): void {
  current = tracing;
}

/** False while nobody wants to know: then nothing that is only for spans need be computed. */
export function isTracing(): boolean {
  return current !== undefined;
}

/** Whether this reading is traced. Costs one comparison while nobody wants to know. */
export function isTraced(device: string, seq: number): boolean {
  return current !== undefined && isSampled(device, seq, current.ratio);
}

/** The time as spans have it. */
export function spanTimeMs(): number {
  return performance.timeOrigin + performance.now();
}

/** Says that data passed a boundary. */
export function pass(passage: AnyPassage, passing: Passing): void {
  if (current === undefined) return;
  write(current, { name: String(passage.flow), attributes: flowAttributes(passage), passing });
}

/** Says that a reading passed a boundary, when it is one that is traced; it took from `sinceMs` until now. */
export function passReading(
  passage: AnyPassage,
  {
    device,
    seq,
    sinceMs,
    isFirst = false,
    facts = {},
    links = [],
  }: {
    device: string;
    seq: number;
    sinceMs: number;
    /** This is where the reading came into being. */
    isFirst?: boolean;
    facts?: Facts;
    links?: readonly TraceIds[];
  },
): void {
  if (!isTraced(device, seq)) return;
  const ids = traceOfReading(device, seq);
  pass(passage, {
    ...(isFirst ? { origin: ids } : { after: ids }),
    sinceMs,
    untilMs: spanTimeMs(),
    facts: { device, seq, ...facts },
    links,
  });
}

/** Says that a transaction was sent which the table of flows does not know: a span that every check refuses. */
export function passUndeclared(call: string, passing: Passing): void {
  if (current === undefined) return;
  write(current, { name: call, attributes: { [FACTS.call]: call }, passing });
}

function write(
  { tracer, asOrigin }: Tracing,
  {
    name,
    attributes,
    passing,
  }: { name: string; attributes: Record<string, string | number | string[]>; passing: Passing },
): void {
  const { sinceMs, untilMs, facts = {}, links = [], failed, origin, after } = passing;
  const options = {
    attributes: { ...attributes, ...factAttributes(facts) },
    startTime: sinceMs,
    links: links.map((ids): Link => ({ context: contextOf(ids) })),
  };
  const parent = after === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(after));
  const start = () => tracer.startSpan(name, options, parent);
  const span = origin === undefined ? start() : asOrigin(origin, start);
  if (failed !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failed });
  span.end(Math.max(sinceMs, untilMs));
}

function contextOf(ids: TraceIds) {
  return { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
