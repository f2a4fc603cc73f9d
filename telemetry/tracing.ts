import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  SimpleSpanProcessor,
  type SpanExporter,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { PondproofError } from "../protocol/errors.ts";
import { isTracing, setTracing } from "./passages.ts";
import type { TraceIds } from "./trace-ids.ts";

const DEFAULT_RATIO = 0.01;
/** A collector that is away must not fill the memory of a Pi: some megabytes of spans, then they are dropped. */
const MAX_WAITING_SPANS = 4_096;

/** Where spans go: to a collector over OTLP/HTTP, or to something in this process at once. */
export type SpanSink = { kind: "otlp"; url: string } | { kind: "exporter"; exporter: SpanExporter };

/** Tracing of this process; after `stop` everything has been handed over, or given up after some seconds. */
export type RunningTracing = { stop(): Promise<void> };

/**
 * Begins to trace this process: the one place that knows the SDK.
 * @throws INVALID_ARGUMENT when it traces already
 */
export function startTracing({
  service,
  sink,
  ratio = DEFAULT_RATIO,
}: {
  service: string;
  sink: SpanSink;
  ratio?: number;
}): RunningTracing {
  if (isTracing()) throw new PondproofError("INVALID_ARGUMENT", { problem: "this process traces already" });
  const ids = createIds();
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": `pondproof-${service}` }),
    // Which readings are traced follows from the reading; by now that is decided.
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    spanProcessors: [
      sink.kind === "otlp"
        ? new BatchSpanProcessor({
            exporter: new OTLPTraceExporter({ url: sink.url }),
            maxQueueSize: MAX_WAITING_SPANS,
          })
        : new SimpleSpanProcessor({ exporter: sink.exporter }),
    ],
  });
  setTracing({ tracer: provider.getTracer("pondproof"), ratio, asOrigin: ids.asOrigin });
  return {
    async stop() {
      setTracing(undefined);
      await provider.shutdown();
    },
  };
}

/**
 * Begins to trace when the environment asks for it, by OpenTelemetry's own variables: `OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` says where to, `OTEL_TRACES_SAMPLER_ARG` which share of readings (default 0.01),
 * `OTEL_EXPORTER_OTLP_HEADERS` what a collector wants to be told. Without an address nothing is traced.
 * @throws INVALID_ARGUMENT for a share that is none
 */
export function traceByEnvironment(service: string, env: NodeJS.ProcessEnv): RunningTracing | undefined {
  const url =
    env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ??
    (env.OTEL_EXPORTER_OTLP_ENDPOINT && `${env.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, "")}/v1/traces`);
  if (!url || env.OTEL_SDK_DISABLED === "true") return undefined;
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG ?? DEFAULT_RATIO);
  if (!(ratio >= 0 && ratio <= 1))
    throw new PondproofError("INVALID_ARGUMENT", { OTEL_TRACES_SAMPLER_ARG: "a share from 0 to 1" });
  return startTracing({ service, sink: { kind: "otlp", url }, ratio });
}

/** Random ids, but for spans whose ids follow from what they are about. */
function createIds(): IdGenerator & { asOrigin: <T>(ids: Partial<TraceIds>, start: () => T) => T } {
  const random = new RandomIdGenerator();
  let given: Partial<TraceIds> | undefined;
  return {
    generateTraceId: () => given?.traceId ?? random.generateTraceId(),
    generateSpanId: () => given?.spanId ?? random.generateSpanId(),
    asOrigin(ids, start) {
      given = ids;
      try {
        return start();
      } finally {
        given = undefined;
      }
    },
  };
}
