import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEvents, type ServerEvent } from "../../../../portal/server/event-stream.ts";

async function* chunked(bytes: Uint8Array, sizes: number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.length) return;
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

async function parse(text: string, sizes: number[] = []): Promise<ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(chunked(new TextEncoder().encode(text), sizes))) events.push(event);
  return events;
}

describe("an event stream", () => {
  it("gives events with their names, and joins lines of data", async () => {
    const text = ': hello\n\nevent: reading\ndata: {"a":1}\n\ndata: one\ndata: two\n\n';
    expect(await parse(text)).toEqual([
      { event: "reading", data: '{"a":1}' },
      { event: "message", data: "one\ntwo" },
    ]);
  });

  it("reads the same whatever the pieces are that it comes in", async () => {
    const text = "event: reading\ndata: 溶氧\n\nevent: refused\ndata: x\n\n";
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 7 })), async (sizes) => {
        expect(await parse(text, sizes)).toEqual(await parse(text));
      }),
    );
  });

  it("does not hand out an event that has not ended", async () => {
    expect(await parse("event: reading\ndata: 1\n")).toEqual([]);
  });

  it("gives up on a line without an end", async () => {
    await expect(parse(`data: ${"x".repeat(2 ** 20 + 10)}`)).rejects.toThrow(RangeError);
  });
});
