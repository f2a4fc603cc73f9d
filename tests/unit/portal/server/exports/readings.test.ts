import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Problem } from "../../../../../portal/api.ts";
import type { ExportItem, ReadingsExport } from "../../../../../portal/server/exports/raw-readings.ts";
import { readingsCsv, textCell } from "../../../../../portal/server/exports/readings-csv.ts";
import { readingsSenml, type SenmlRecord } from "../../../../../portal/server/exports/readings-senml.ts";
import { createZonedTime } from "../../../../../portal/server/exports/zoned-time.ts";
import { NOW_MS, probesOf } from "../../fixture/story.ts";
import { startWorld } from "../../fixture/world.ts";

const DAY_MS = 86_400_000;
const span = `fromMs=${NOW_MS - 3 * DAY_MS}&toMs=${NOW_MS}`;
const records = probesOf("east").flatMap(({ readings, device }) =>
  readings.map(({ seq, timeMs, values }) => ({ device, seq, timeMs, values })),
);

describe("a pond's readings as a file", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world[Symbol.asyncDispose]());
  const get = (path: string) => world.as("farmer-daochang")(`/api/v1/ponds/${path}`);

  it("are in CSV all of them, with the site's time and units, and the hole a row of its own", async () => {
    const response = await get(`east/readings.csv?${span}`);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toBe('attachment; filename="east-readings.csv"');
    const rows = parse(Buffer.from(await response.arrayBuffer()), { bom: true, columns: true }) as Record<
      string,
      string
    >[];
    const readings = rows.filter(({ state }) => state !== "missing");
    expect(Object.keys(rows[0]!)).toContain("oxygen (mg/L)");
    expect(readings.map((row) => [row.probe, Number(row.seq), Date.parse(row.time!)])).toEqual(
      records.map(({ device, seq, timeMs }) => [device, seq, timeMs]),
    );
    expect(readings.map((row) => Number(row["oxygen (mg/L)"]))).toEqual(
      records.map(({ values }) => values[0]),
    );
    expect(readings.every(({ time, state }) => time!.endsWith("+08:00") && state === "simulated")).toBe(true);
    const missing = rows.filter(({ state }) => state === "missing");
    expect(missing).toMatchObject([{ probe: probesOf("east")[1]!.device, seq: "610", time: "" }]);
    expect(rows.indexOf(missing[0]!)).toBe(
      rows.findIndex(({ probe, seq }) => probe === missing[0]!.probe && seq === "609") + 1,
    );
  });

  it("are in SenML the same readings in the registry's units", async () => {
    const response = await get(`east/readings.senml?${span}`);
    expect(response.headers.get("content-type")).toBe("application/senml+json");
    const pack = (await response.json()) as SenmlRecord[];
    const resolved = resolve(pack);
    const oxygen = resolved.filter(({ name }) => name.endsWith("/oxygen"));
    expect(oxygen.map(({ name, timeMs, v }) => [name, timeMs, Math.round(v! * 1e6) / 1e3])).toEqual(
      records.map(({ device, timeMs, values }) => [`${device}/oxygen`, timeMs, values[0]]),
    );
    expect(oxygen[0]!.u).toBe("kg/m3");
    expect(resolved.filter(({ name }) => name.endsWith("/missing"))).toMatchObject([{ v: 1, u: "count" }]);
    expect(resolved.filter(({ name }) => name.endsWith("/readings")).map(({ v }) => v)).toEqual(
      probesOf("east").map(({ readings }) => readings.length),
    );
    expect(pack.every(({ n }) => /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/.test(n))).toBe(true);
  });

  it("are in JSON one document", async () => {
    const { probes, units } = (await (await get(`east/readings.json?${span}`)).json()) as {
      probes: { probe: string; readings: { seq?: number; missing?: unknown; oxygen?: number }[] }[];
      units: Record<string, string>;
    };
    expect(units.oxygen).toBe("mg/L");
    const [, second] = probes;
    expect(second!.readings[610]).toEqual({ missing: { fromSeq: 610, toSeq: 610 } });
    expect(probes.flatMap(({ readings }) => readings).flatMap(({ oxygen }) => oxygen ?? [])).toEqual(
      records.map(({ values }) => values[0]),
    );
  });

  it("are a file also where there are none", async () => {
    expect(await (await get("east/readings.json?fromMs=1&toMs=2")).json()).toMatchObject({
      probes: [{ readings: [] }, { readings: [] }, { readings: [] }],
    });
    expect((await (await get("east/readings.csv?fromMs=1&toMs=2")).text()).trim().split("\r\n")).toHaveLength(
      1,
    );
  });

  it.each(["csv", "senml", "json"])("refuses what is not acceptable, in %s too", async (form) => {
    const asked: [string, number, string][] = [
      [`nowhere/readings.${form}?fromMs=1&toMs=2`, 404, "unknown-pond"],
      [`..%2f..%2fetc/readings.${form}?fromMs=1&toMs=2`, 400, "bad-request"],
      [`east/readings.${form}`, 400, "bad-request"],
      [`east/readings.${form}?fromMs=5&toMs=4`, 400, "bad-request"],
      [`east/readings.${form}?fromMs=0&toMs=99999999999999`, 400, "bad-request"],
      [`east/readings.${form}?fromMs=-1&toMs=4`, 400, "bad-request"],
      [`east/readings.${form}?fromMs=1&toMs=2&surprise=1`, 400, "bad-request"],
      [`east/readings.exe?fromMs=1&toMs=2`, 404, "unknown-route"],
    ];
    for (const [path, status, code] of asked) {
      const response = await get(path);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect([path, response.status, ((await response.json()) as Problem).code]).toEqual([
        path,
        status,
        code,
      ]);
    }
  });

  it("are none while the gateway does not answer", async () => {
    await using other = await startWorld({ gateway: { url: "http://127.0.0.1:9", token: "none" } });
    const response = await other.as("farmer-daochang")(`/api/v1/ponds/east/readings.csv?${span}`);
    expect(await response.json()).toMatchObject({ status: 502, code: "upstream-down" });
  });
});

/** Records with base name and base time applied (RFC 8428 §4.6). */
function resolve(pack: SenmlRecord[]) {
  let [bn, bt] = ["", 0];
  return pack.map((record) => {
    bn = record.bn ?? bn;
    bt = record.bt ?? bt;
    return { ...record, name: bn + record.n, timeMs: Math.round((bt + (record.t ?? 0)) * 1000) };
  });
}

const value = fc.option(
  fc.integer({ min: -2_000_000, max: 2_000_000_000 }).map((thousandths) => thousandths / 1000),
);
const values = fc.array(value, { minLength: 8, maxLength: 8 });

/** One probe's span of readings, a second apart. */
function spanOf(all: (number | null)[][]): ReadingsExport {
  const items = all.map(
    (of, seq): ExportItem => ({
      kind: "reading",
      seq,
      timeMs: NOW_MS + 1000 * seq + 7,
      values: of,
      states: [],
    }),
  );
  const pages = (async function* () {
    yield items;
  })();
  return {
    pond: "east",
    timeZone: "Asia/Shanghai",
    fromMs: NOW_MS,
    toMs: NOW_MS + DAY_MS,
    probes: [{ device: "00".repeat(8), pages }],
  };
}

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += chunk;
  return text;
}

describe("every value that a record can hold", () => {
  it("comes back from CSV as it went in, negative ones too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(values, { maxLength: 5 }), async (all) => {
        const rows = parse(await textOf(readingsCsv(spanOf(all))), { bom: true }) as string[][];
        const back = rows
          .slice(1)
          .map((row) => row.slice(5).map((cell) => (cell === "" ? null : Number(cell))));
        expect(back).toEqual(all);
      }),
      { numRuns: 50 },
    );
  });

  it("comes back from SenML to the thousandth", async () => {
    const scales = {
      oxygen: 1e6,
      temperature: 1e3,
      ph: 1e3,
      conductivity: 1e4,
      "turbidity-ntu": 1e3,
      ammonia: 1e6,
      current: 1e3,
      feed: 1e3,
    };
    await fc.assert(
      fc.asyncProperty(values, async (one) => {
        const pack = JSON.parse(await textOf(readingsSenml(spanOf([one])))) as SenmlRecord[];
        const back = Object.entries(scales).map(([name, scale]) => {
          const v = pack.find(({ n }) => n === name)?.v;
          return v === undefined ? null : Math.round(v * scale) / 1000;
        });
        expect(back).toEqual(one);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a text in a spreadsheet", () => {
  it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])("is no formula: %j", (text) => {
    const [[cell]] = parse(textCell(text)) as [[string]];
    expect(cell).toBe(`'${text}`);
  });

  it("is one cell whatever is in it", () => {
    fc.assert(
      fc.property(
        fc
          .string({ unit: "binary" })
          .filter((text) => !/^[=+\-@\t\r\n＝＋－＠\ufeff]/.test(text) && text !== ""),
        (text) => {
          expect(parse(`a,${textCell(text)},b`)).toEqual([["a", text, "b"]]);
        },
      ),
    );
  });
});

describe("a time in a zone", () => {
  it.each([
    ["Asia/Shanghai", Date.UTC(2026, 7, 9, 21, 20), "2026-08-10T05:20:00.000+08:00"],
    ["Europe/Berlin", Date.UTC(2026, 9, 25, 0, 59, 59, 999), "2026-10-25T02:59:59.999+02:00"],
    ["Europe/Berlin", Date.UTC(2026, 9, 25, 1), "2026-10-25T02:00:00.000+01:00"],
    ["America/St_Johns", Date.UTC(2026, 0, 1), "2025-12-31T20:30:00.000-03:30"],
    ["UTC", 0, "1970-01-01T00:00:00.000+00:00"],
  ])("has its offset in %s", (zone, timeMs, text) => {
    expect(createZonedTime(zone)(timeMs)).toBe(text);
    expect(Date.parse(text)).toBe(timeMs);
  });
});
