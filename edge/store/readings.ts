import { setImmediate as nextTurn } from "node:timers/promises";
import type { Database } from "./database.ts";

/** One reading that stands for its bucket of time: the one with the least oxygen. */
export type ReadingPoint = { seq: number; frame: Uint8Array };
/** Positions without a reading, both ends inclusive. */
export type SeqRange = { fromSeq: number; toSeq: number };
/** `lastSeq`: the last position of the span, whether it is in this answer or not; below the first where there is none. */
export type ReadingSpan = { points: ReadingPoint[]; holes: SeqRange[]; lastSeq: number };

export type ReadingQueries = {
  /**
   * Readings from `fromMs` to `toMs`, both inclusive, thinned to at most `maxPoints`, and the holes among them. With
   * `pageFrom` nothing is thinned: the first `maxPoints` positions of the span from that number on.
   */
  span(options: {
    row: number;
    nextSeq: number;
    fromMs: number;
    toMs: number;
    maxPoints: number;
    pageFrom?: number | undefined;
  }): Promise<ReadingSpan>;
};

/** Positions that are read before the event loop gets its turn: some milliseconds. */
const POSITIONS_PER_TURN = 5_000;

type BucketRow = { bucket: number; seq: number; frame: Uint8Array; oxygen: Uint8Array | null };

export function readingQueries(db: Database): ReadingQueries {
  const timeAt = db.prepare(`
    SELECT time_ms AS timeMs
      FROM located JOIN positions USING (cursor) WHERE located.device_id = ? AND located.seq = ?`);
  // Beside a lone min() SQLite takes the other columns from the row that has it. The slot of oxygen is offset binary,
  // so that bytes compare like values, and four zeros are "not measured".
  const buckets = db.prepare(`
    SELECT CAST((time_ms - :fromMs) / :bucketMs AS INTEGER) AS bucket, positions.seq, frame,
           min(nullif(substr(frame, 33, 4), x'00000000')) AS oxygen
      FROM located JOIN positions USING (cursor)
     WHERE located.device_id = :row AND located.seq BETWEEN :fromSeq AND :toSeq AND frame IS NOT NULL
     GROUP BY bucket ORDER BY bucket`);
  const holes = db.prepare(`
    SELECT min(seq) AS fromSeq, max(seq) AS toSeq
      FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island
              FROM positions WHERE device_id = ? AND reason IS NOT NULL AND seq BETWEEN ? AND ?)
     GROUP BY island ORDER BY fromSeq LIMIT ?`);

  /** The first position whose time is not before `timeMs`; time never falls along a stream. */
  const firstFrom = (row: number, nextSeq: number, timeMs: number): number => {
    let low = 0;
    let high = nextSeq;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const found = timeAt.get(row, middle) as { timeMs: number };
      if (found.timeMs < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    async span({ row, nextSeq, fromMs, toMs, maxPoints, pageFrom }) {
      const fromSeq = Math.max(firstFrom(row, nextSeq, fromMs), pageFrom ?? 0);
      const endSeq = firstFrom(row, nextSeq, toMs + 1) - 1;
      const lastSeq = pageFrom === undefined ? endSeq : Math.min(endSeq, fromSeq + maxPoints - 1);
      const bucketMs = lastSeq - fromSeq < maxPoints ? 1 : Math.ceil((toMs + 1 - fromMs) / maxPoints);
      const best = new Map<number, BucketRow>();
      for (let from = fromSeq; from <= lastSeq; from += POSITIONS_PER_TURN) {
        const toSeq = Math.min(from + POSITIONS_PER_TURN - 1, lastSeq);
        const found = buckets.all({ row, fromMs, bucketMs, fromSeq: from, toSeq });
        for (const bucket of found as BucketRow[]) {
          const other = best.get(bucket.bucket);
          if (other === undefined || hasLess(bucket.oxygen, other.oxygen)) best.set(bucket.bucket, bucket);
        }
        await nextTurn();
      }
      return {
        points: [...best.values()].map(({ seq, frame }) => ({ seq, frame })),
        holes: holes.all(row, fromSeq, lastSeq, maxPoints) as SeqRange[],
        lastSeq: endSeq,
      };
    },
  };
}

function hasLess(oxygen: Uint8Array | null, than: Uint8Array | null): boolean {
  if (oxygen === null || than === null) return than === null && oxygen !== null;
  return Buffer.compare(oxygen, than) < 0;
}
