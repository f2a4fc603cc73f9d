import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../edge/store.ts";
import { writeUint } from "../../../protocol/bytes.ts";
import { decodeValue, encodeValue } from "../../../protocol/record.ts";
import { makeChain, makeKey } from "../../factories.ts";

const MINUTE_MS = 60_000;
const YEAR_MINUTES = 365 * 24 * 60;
/** As many points as a chart on a phone asks for over a year. */
const MAX_POINTS = 650;
const OXYGEN_OFFSET = 32;
const TIME_OFFSET = 22;

test("a dip of one minute stays visible in a chart over a year of one-minute readings", {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "pondproof-year-"));
  const key = makeKey("year");
  const store = openStore({ path: join(folder, "gateway.db") });
  try {
    const { row } = store.devices.add({ ...key, periodMs: MINUTE_MS, approvedAtMs: 1 });
    const clockRow = store.clocks.rowOf({ trust: { trusted: false, reason: "new" }, earliestMs: 0 });
    const [template] = makeChain({ key, count: 1 });
    const dips = new Map([
      [1, 3.1],
      [123_456, 0.7],
      [YEAR_MINUTES - 1, 2.2],
    ]);
    for (let seq = 0; seq < YEAR_MINUTES; ) {
      store.transaction(() => {
        for (const end = Math.min(seq + 20_000, YEAR_MINUTES); seq < end; seq++) {
          const frame = template!.slice();
          const timeMs = MINUTE_MS * (seq + 1);
          writeUint(frame, TIME_OFFSET, 6, timeMs);
          writeUint(frame, OXYGEN_OFFSET, 4, encodeValue(dips.get(seq) ?? 6));
          store.positions.addReading({ row, seq, timeMs, receivedAtMs: timeMs, clockRow, frame });
        }
      });
    }
    const { points } = await store.readings.span({
      row,
      nextSeq: YEAR_MINUTES,
      fromMs: MINUTE_MS,
      toMs: MINUTE_MS * YEAR_MINUTES,
      maxPoints: MAX_POINTS,
    });
    expect(points.length).toBeGreaterThan(MAX_POINTS / 2);
    expect(points.length).toBeLessThanOrEqual(MAX_POINTS);
    const low = points.flatMap(({ seq, frame }) => {
      const oxygen = decodeValue(new DataView(frame.buffer, frame.byteOffset).getUint32(OXYGEN_OFFSET));
      return oxygen < 6 ? [[seq, oxygen]] : [];
    });
    expect(new Map(low as [number, number][])).toEqual(dips);
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
});
