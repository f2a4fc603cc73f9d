import { describe, expect, it } from "vitest";
import { openReadings } from "../../../../../portal/server/exports/raw-readings.ts";
import type { Answer, Upstream } from "../../../../../portal/server/upstream.ts";

const values = [5, null, null, null, null, null, null, null];
const point = (seq: number) => ({ seq, timeMs: 1000 * (seq + 1), values, flags: 0 });

/** A gateway that answers a page with what `page` makes of its first number. */
function gatewayOf(page: (pageFrom: number) => unknown): Upstream {
  const answer = async (path: string): Promise<Answer<unknown>> => ({
    ok: true,
    value: page(Number(new URL(path, "http://gateway").searchParams.get("pageFrom"))),
  });
  return {
    json: answer,
    send: answer,
    bytes: answer as Upstream["bytes"],
    stream: answer as Upstream["stream"],
  };
}

const open = (page: (pageFrom: number) => unknown) =>
  openReadings({
    gateway: gatewayOf(page),
    devices: ["00".repeat(8)],
    fromMs: 0,
    toMs: 1e12,
    signal: AbortSignal.timeout(10_000),
  });

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const page of pages) taken.push(page);
  return taken;
}

describe("an export of readings", () => {
  it("is refused before it begins when it would be too large", async () => {
    expect(await open(() => ({ points: [point(0)], holes: [], lastSeq: 2_000_000 }))).toMatchObject({
      ok: false,
      why: "too-large",
    });
  });

  it("is refused when the gateway's answer is none", async () => {
    expect(await open(() => ({ points: [{ seq: -1 }], holes: [], lastSeq: 1 }))).toMatchObject({
      ok: false,
      why: "upstream-down",
    });
  });

  it("goes on over pages that hold nothing but holes", async () => {
    const opened = await open((from) =>
      from === 0
        ? { points: [point(0)], holes: [{ fromSeq: 1, toSeq: 1_999 }], lastSeq: 4_000 }
        : from < 4_000
          ? { points: [], holes: [{ fromSeq: from, toSeq: 3_999 }], lastSeq: 4_000 }
          : { points: [point(4_000)], holes: [], lastSeq: 4_000 },
    );
    if (!opened.ok) throw new Error(opened.detail);
    const items = (await all(opened.probes[0]!.pages)).flat();
    expect(items.map(({ kind }) => kind)).toEqual(["reading", "missing", "missing", "reading"]);
  });

  it("breaks off rather than ask for ever, or leave something out without a word", async () => {
    const opened = await open((from) =>
      from === 0 ? { points: [point(0)], holes: [], lastSeq: 9 } : { points: [], holes: [], lastSeq: 9 },
    );
    if (!opened.ok) throw new Error(opened.detail);
    await expect(all(opened.probes[0]!.pages)).rejects.toMatchObject({
      code: "MALFORMED_MESSAGE",
    });
  });
});
