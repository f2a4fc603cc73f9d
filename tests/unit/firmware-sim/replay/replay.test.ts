import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readColumnMap } from "../../../../firmware-sim/replay/column-map.ts";
import { createReplaySource } from "../../../../firmware-sim/replay/replay-source.ts";
import { readSeries, type Series } from "../../../../firmware-sim/replay/series.ts";
import { PondproofError } from "../../../../protocol/errors.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-replay-"));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function write(text: string): Promise<string> {
  const path = join(folder, `${++files}.csv`);
  await writeFile(path, text);
  return path;
}

const MAP = "time=at,zone=+08:00,oxygen=DO,temperature=T";
const signal = new AbortController().signal;

function mistakesOf(read: () => unknown): unknown {
  try {
    read();
  } catch (error) {
    if (error instanceof PondproofError) return error.facts.mistakes;
  }
  return undefined;
}

describe("readColumnMap", () => {
  it("reads columns, zone and order of dates", () => {
    const map = readColumnMap("date=d,time=t,zone=-05:00,dates=mdy,oxygen=DO (mg/L)", [
      "t",
      "d",
      "DO (mg/L)",
    ]);
    expect(map).toEqual({
      dateColumn: 1,
      timeColumn: 0,
      form: { zoneMinutes: -300, dateOrder: "mdy" },
      metrics: [{ metric: "oxygen", column: 2 }],
    });
  });

  it("reports all mistakes together", () => {
    const wrong = "zone=EST,oxygen=DO,oxygen=O2,salt=Sal,temperature=Temp,dates=ymd,,ph=pH";
    expect(mistakesOf(() => readColumnMap(wrong, ["at", "Temperature", "pH", "pH"]))).toEqual([
      '"oxygen" stands twice',
      expect.stringContaining('"salt" is none of time, date'),
      '"" is not name=column',
      'no column "DO" for oxygen; there are at, Temperature, pH, pH',
      'no column "Temp" for temperature; there are at, Temperature, pH, pH',
      'two columns "pH" for ph',
      'zone "EST" is not an offset such as +08:00',
      'dates "ymd" is neither mdy nor dmy',
      "no column for the time: time=…",
    ]);
  });

  it("wants at least one metric", () => {
    expect(mistakesOf(() => readColumnMap("time=at", ["at"]))).toEqual([
      "no column for any metric, for example oxygen=…",
    ]);
  });

  it("answers any text with a map or with mistakes", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(mistakesOf(() => readColumnMap(text, ["at", "DO"]))).not.toEqual([]);
      }),
    );
  });
});

describe("readSeries", () => {
  it("reads rows with times, metrics and missing values", async () => {
    const path = await write(
      "at,DO,T\n2026-07-15 16:00,6.5,29\n2026-07-15 16:30,NA,29.1\n2026-07-15 18:00,5,\n",
    );
    const { rows, skipped } = await readSeries({ path, map: MAP });
    expect(rows.map(({ timeMs, values }) => [new Date(timeMs).toISOString(), values.slice(0, 3)])).toEqual([
      ["2026-07-15T08:00:00.000Z", [6.5, 29, null]],
      ["2026-07-15T08:30:00.000Z", [null, 29.1, null]],
      ["2026-07-15T10:00:00.000Z", [5, null, null]],
    ]);
    expect(skipped.size).toBe(0);
  });

  it("skips dirty rows and counts them by reason", async () => {
    const path = await write(
      [
        "at,DO,T",
        "2026-07-15 16:00,6.5,29",
        "2026-07-15 16:00,6.5,29",
        "2026-07-15 15:00,6.5,29",
        "no time,6.5,29",
        "2026-07-15 16:01,inf,29",
        "2026-07-15 16:02,NaN,29",
        "2026-07-15 16:03,-999,29",
        "2026-07-15 16:04,6.5,1e12",
        "2026-07-15 16:05,,",
        '2026-07-15 16:06,6.5,2"9',
        "2026-07-15 16:07",
        "2026-07-15 16:08,6.4,29",
      ].join("\n"),
    );
    const { rows, skipped } = await readSeries({ path, map: MAP });
    expect(rows.map(({ values }) => values[0])).toEqual([6.5, 6.4]);
    expect(Object.fromEntries(skipped)).toEqual({
      "time-not-increasing": 2,
      "unparsable-time": 1,
      "not-a-number": 2,
      sentinel: 1,
      "out-of-range": 1,
      empty: 2,
      "broken-row": 1,
    });
  });

  it("keeps only what lies between two times, ends included", async () => {
    const path = await write(
      "at,DO,T\n2026-07-15T08:00Z,1,1\n2026-07-15T09:00Z,2,1\n2026-07-15T10:00Z,3,1\n",
    );
    const at = (iso: string) => Date.parse(iso);
    const { rows } = await readSeries({
      path,
      map: MAP,
      fromMs: at("2026-07-15T09:00Z"),
      toMs: at("2026-07-15T10:00Z"),
    });
    expect(rows.map(({ values }) => values[0])).toEqual([2, 3]);
  });

  it.each([
    ["a missing file", undefined, "no such file"],
    ["an empty file", "", "no usable row"],
    ["a header alone", "at,DO,T\n", "no usable row"],
    ["nothing but dirt", "at,DO,T\nx,y,z\n", "no usable row"],
    ["another table", "a,b\n1,2\n", "mistakes"],
  ])("refuses %s with the reason", async (_, text, reason) => {
    const path = text === undefined ? join(folder, "absent.csv") : await write(text);
    await expect(readSeries({ path, map: MAP })).rejects.toThrow(reason);
  });

  it("survives any bytes", async () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(bytes, async (noise) => {
        const path = await write("");
        await writeFile(path, Buffer.concat([Buffer.from("at,DO,T\n2026-07-15 16:00,6.5,29\n"), noise]));
        const { rows } = await readSeries({ path, map: MAP });
        expect(rows[0]!.values[0]).toBe(6.5);
      }),
      { numRuns: 60 },
    );
  });

  it("stops when it is told to", async () => {
    const path = await write("at,DO,T\n2026-07-15 16:00,6.5,29\n");
    await expect(
      readSeries({ path, map: MAP, signal: AbortSignal.abort(new Error("enough")) }),
    ).rejects.toThrow("enough");
  });
});

describe("the replay source", () => {
  const series: Series = {
    skipped: new Map(),
    rows: [1000, 4000, 9000].map((timeMs) => ({
      timeMs,
      values: [0.7, 29, null, null, null, null, null, null],
    })),
  };

  it("gives each row once, when the clock has reached it, and then ends", async () => {
    const source = createReplaySource({ series, seed: "a" });
    const due = async (timeMs: number, afterMs: number | null) => {
      const samples = await source.sample({ timeMs, afterMs, signal });
      return samples === "end" ? samples : samples.map((sample) => sample.timeMs);
    };
    expect(await due(500, null)).toEqual([]);
    expect(await due(4500, null)).toEqual([1000, 4000]);
    expect(await due(4500, 4000)).toEqual([]);
    expect(await due(1e6, 4000)).toEqual([9000]);
    expect(await due(1e6, 9000)).toBe("end");
  });

  it("passes recorded values on, flagged as simulated", async () => {
    const samples = await createReplaySource({ series, seed: "a" }).sample({
      timeMs: 1000,
      afterMs: null,
      signal,
    });
    expect(samples).toEqual([{ ...series.rows[0], simulated: true }]);
  });

  it("scatters several probes of one series differently, each the same again, and never below zero", async () => {
    const shown = async (seed: string) => {
      const source = createReplaySource({ series, seed, sigma: { oxygen: 2 } });
      const samples = await source.sample({ timeMs: 1e6, afterMs: null, signal });
      return samples === "end" ? [] : samples.map(({ values }) => values[0]!);
    };
    expect(await shown("a")).toEqual(await shown("a"));
    expect(await shown("a")).not.toEqual(await shown("b"));
    for (const seed of ["a", "b", "c", "d"])
      expect(Math.min(...(await shown(seed)))).toBeGreaterThanOrEqual(0);
  });

  it("gives a long backlog in parts", async () => {
    const long = {
      ...series,
      rows: Array.from({ length: 100 }, (_, i) => ({ ...series.rows[0]!, timeMs: i + 1 })),
    };
    const source = createReplaySource({ series: long, seed: "a" });
    const first = await source.sample({ timeMs: 1e6, afterMs: null, signal });
    const second = await source.sample({ timeMs: 1e6, afterMs: 64, signal });
    expect([first.length, second.length]).toEqual([64, 36]);
  });
});
