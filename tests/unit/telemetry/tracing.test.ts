import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { problemOfAttributes } from "../../../protocol/flow-attributes.ts";
import { createSpanTap, type ObservedSpan } from "../../../telemetry/observed-span.ts";
import { isTracing, pass, passReading, passUndeclared } from "../../../telemetry/passages.ts";
import { traceOfReading, traceOnLedger } from "../../../telemetry/trace-ids.ts";
import { type RunningTracing, startTracing, traceByEnvironment } from "../../../telemetry/tracing.ts";

const REPORTED = {
  activity: "provide-iot-data",
  flow: "report-reading",
  subRole: "service-provider",
  data: "reading",
  action: "created",
  bytes: 160,
} as const;
const NOW_MS = Date.UTC(2026, 6, 1);
const READING = { device: "0a1b2c3d4e5f6071", seq: 5, sinceMs: NOW_MS };

let tracing: RunningTracing | undefined;
afterEach(async () => {
  await tracing?.stop();
  tracing = undefined;
});

function collect(ratio = 1): ObservedSpan[] {
  const spans: ObservedSpan[] = [];
  const exporter = createSpanTap((span) => spans.push(span));
  tracing = startTracing({ service: "test", sink: { kind: "exporter", exporter }, ratio });
  return spans;
}

describe("a passage", () => {
  it("is nowhere while nobody traces", () => {
    expect(isTracing()).toBe(false);
    expect(() => passReading(REPORTED, READING)).not.toThrow();
  });

  it("becomes a span of the reading's own trace, and later ones follow the first", () => {
    const spans = collect();
    passReading(REPORTED, { ...READING, isFirst: true });
    passReading({ ...REPORTED, action: "stored" }, READING);
    const ids = traceOfReading(READING.device, READING.seq);
    expect(spans.map(({ traceId }) => traceId)).toEqual([ids.traceId, ids.traceId]);
    expect(spans[0]).toMatchObject({ spanId: ids.spanId, parentSpanId: undefined, startMs: NOW_MS });
    expect(spans[1]!.parentSpanId).toBe(ids.spanId);
    expect(spans[1]!.spanId).not.toBe(ids.spanId);
    expect(spans.map(({ attributes }) => problemOfAttributes(attributes))).toEqual([undefined, undefined]);
  });

  it("leads to what it went into by a link", () => {
    const spans = collect();
    const batch = traceOnLedger("batch", { genesis: "0x01", id: 3 });
    pass(
      { ...REPORTED, flow: "anchor-batch" },
      { after: batch, sinceMs: NOW_MS, untilMs: NOW_MS + 2, links: [batch], facts: { batch: 3 } },
    );
    expect(spans[0]).toMatchObject({
      links: [batch],
      attributes: { "pondproof.batch": 3 },
      endMs: NOW_MS + 2,
    });
  });

  it("of a reading that is not in the share is none", () => {
    const spans = collect(0);
    passReading(REPORTED, { ...READING, isFirst: true });
    expect(spans).toEqual([]);
  });

  it("of an unknown transaction is seen to be outside the table", () => {
    const spans = collect();
    passUndeclared("Somewhere.something", { sinceMs: NOW_MS, untilMs: NOW_MS + 2 });
    expect(problemOfAttributes(spans[0]!.attributes)).toBe("activity undefined");
  });
});

describe("tracing", () => {
  it("begins only where the environment says where to, and refuses a share that is none", () => {
    expect(traceByEnvironment("test", {})).toBeUndefined();
    expect(
      traceByEnvironment("test", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_SDK_DISABLED: "true" }),
    ).toBeUndefined();
    expect(() =>
      traceByEnvironment("test", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://x", OTEL_TRACES_SAMPLER_ARG: "2" }),
    ).toThrow("OTEL_TRACES_SAMPLER_ARG");
  });

  it("is not begun twice in a process", () => {
    collect();
    expect(() => collect()).toThrow("traces already");
  });

  it("hands spans to a collector over OTLP/HTTP before it stops", async () => {
    const bodies: { path: string; body: string }[] = [];
    const collector = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        bodies.push({ path: request.url!, body: Buffer.concat(parts).toString() });
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((listening) => collector.listen(0, "127.0.0.1", listening));
    const { port } = collector.address() as AddressInfo;
    tracing = traceByEnvironment("gateway", {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER_ARG: "1",
    });
    passReading(REPORTED, { ...READING, isFirst: true });
    await tracing!.stop();
    tracing = undefined;
    await new Promise((closed) => collector.close(closed));
    expect(bodies.map(({ path }) => path)).toEqual(["/v1/traces"]);
    const { resourceSpans } = JSON.parse(bodies[0]!.body);
    expect(JSON.stringify(resourceSpans[0].resource)).toContain("pondproof-gateway");
    expect(resourceSpans[0].scopeSpans[0].spans[0].traceId).toBe(
      traceOfReading(READING.device, READING.seq).traceId,
    );
  });
});
