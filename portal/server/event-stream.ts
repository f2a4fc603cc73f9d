/** One server-sent event. */
export type ServerEvent = { event: string; data: string };

/** A line longer than this is not one of ours; the stream is given up. */
const MAX_LINE = 1 << 20;

/**
 * The events of a `text/event-stream` body, as they come (WHATWG HTML, 9.2.6; `id` and `retry` are not used here).
 * @throws RangeError on a line without an end
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let event = "message";
  let data: string[] = [];
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r(?=.)/);
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) throw new RangeError("a line of the event stream does not end");
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { event, data: data.join("\n") };
        event = "message";
        data = [];
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line)!;
      if (field === "event") event = value!;
      if (field === "data") data.push(value!);
    }
  }
}
