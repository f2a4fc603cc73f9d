import type { QcFlag, Quality } from "../quality/flags.ts";
import type { Database } from "./database.ts";

/** What the tests doubt, beside the evidence and never in it. A reading without a row was doubted by no test. */
export type QualityTable = {
  put(cursor: number, quality: Quality): void;
  at(cursor: number): Quality | undefined;
  /** Doubted readings of a probe among a range of its numbers, both ends inclusive. */
  between(row: number, fromSeq: number, toSeq: number): Map<number, Quality>;
};

export function qualityTable(db: Database): QualityTable {
  const put = db.prepare(`
    INSERT INTO quality (cursor, flags, tests) VALUES (?, ?, ?)
    ON CONFLICT (cursor) DO UPDATE SET flags = excluded.flags, tests = excluded.tests`);
  const at = db.prepare("SELECT flags, tests FROM quality WHERE cursor = ?");
  const between = db.prepare(`
    SELECT seq, flags, tests FROM located JOIN quality USING (cursor)
     WHERE device_id = ? AND seq BETWEEN ? AND ?`);
  return {
    put: (cursor, { flags, tests }) => void put.run(cursor, Uint8Array.from(flags), tests),
    at(cursor) {
      const row = at.get(cursor) as QualityRow | undefined;
      return row && toQuality(row);
    },
    between: (row, fromSeq, toSeq) =>
      new Map(
        (between.all(row, fromSeq, toSeq) as (QualityRow & { seq: number })[]).map((found) => [
          found.seq,
          toQuality(found),
        ]),
      ),
  };
}

type QualityRow = { flags: Uint8Array; tests: number };

function toQuality({ flags, tests }: QualityRow): Quality {
  return { flags: [...flags] as QcFlag[], tests };
}
