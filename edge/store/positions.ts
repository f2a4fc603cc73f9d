import type { StoredPosition } from "../../protocol/admission.ts";
import type { FeedItem } from "../../protocol/feed.ts";
import type { HoleReason } from "../../protocol/node.ts";
import { RECORD_BYTES } from "../../protocol/record.ts";
import type { Database } from "./database.ts";

/** Where a stream stands, by its last rows. */
export type StreamTail = {
  nextSeq: number;
  holes: number;
  /** The last reading, wherever holes may follow. */
  last: { seq: number; frame: Uint8Array; receivedAtMs: number } | undefined;
};

export type PositionTable = {
  addReading(reading: {
    row: number;
    seq: number;
    timeMs: number;
    receivedAtMs: number;
    clockRow: number;
    frame: Uint8Array;
  }): void;
  /** `timeMs` is that of the last reading before the hole, 0 for none. */
  addHole(hole: { row: number; seq: number; timeMs: number; reason: HoleReason }): void;
  /** What stands at a position; there must be something. */
  at(row: number, seq: number): StoredPosition;
  tail(row: number): StreamTail;
  /** At most `limit` positions of all streams behind a cursor, in the order in which they became final. */
  after(cursor: number, limit: number): FeedItem[];
  /** Writes the places of the latest positions once there are many; inside a transaction. */
  settle(): void;
};

/** So many that the places of a hundred probes fill the pages that they touch; as little memory as a picture. */
const PLACED_TOGETHER = 8_192;

type FeedRow = { cursor: number; device: string; seq: number } & (
  | { frame: Uint8Array; receivedAtMs: number; reason: null }
  | { frame: null; receivedAtMs: null; reason: HoleReason }
);

export function positionTable(db: Database): PositionTable {
  // No row is ever deleted, so a plain rowid only grows.
  const addReading = db.prepare(`
    INSERT INTO positions (device_id, seq, time_ms, received_at_ms, clock_id, frame) VALUES (?, ?, ?, ?, ?, ?)`);
  const addHole = db.prepare("INSERT INTO positions (device_id, seq, time_ms, reason) VALUES (?, ?, ?, ?)");
  const at = db.prepare(`
    SELECT frame FROM located JOIN positions USING (cursor) WHERE located.device_id = ? AND located.seq = ?`);
  const lastSeq = db.prepare(`
    SELECT max(seq) AS seq
      FROM (SELECT max(seq) AS seq FROM places WHERE device_id = :row
            UNION ALL SELECT max(seq) FROM recent WHERE device_id = :row)`);
  const holes = db.prepare(
    "SELECT count(*) AS holes FROM positions WHERE device_id = ? AND reason IS NOT NULL",
  );
  const [lastRecent, lastPlaced] = ["recent", "places"].map((places) =>
    db.prepare(`
      SELECT positions.seq, frame, received_at_ms AS receivedAtMs
        FROM ${places} AS place JOIN positions USING (cursor)
       WHERE place.device_id = ? AND frame IS NOT NULL ORDER BY place.seq DESC LIMIT 1`),
  );
  const countRecent = db.prepare("SELECT count(*) AS recent FROM recent");
  const placeRecent = db.prepare(`
    INSERT INTO places SELECT device_id, seq, cursor FROM recent ORDER BY device_id, seq`);
  const notePlaced = db.prepare(`
    UPDATE settings SET value = (SELECT max(cursor) FROM recent) WHERE key = 'placed'`);
  const forgetRecent = db.prepare("DELETE FROM recent");
  const after = db.prepare(`
    SELECT cursor, device, seq, frame, received_at_ms AS receivedAtMs, reason
      FROM positions JOIN devices ON devices.id = positions.device_id
     WHERE cursor > ? ORDER BY cursor LIMIT ?`);

  return {
    addReading: ({ row, seq, timeMs, receivedAtMs, clockRow, frame }) =>
      void addReading.run(row, seq, timeMs, receivedAtMs, clockRow, frame),
    addHole: ({ row, seq, timeMs, reason }) => void addHole.run(row, seq, timeMs, reason),
    at(row, seq) {
      const { frame } = at.get(row, seq) as { frame: Uint8Array | null };
      return frame === null ? { kind: "hole" } : { kind: "reading", record: frame.subarray(0, RECORD_BYTES) };
    },
    tail(row) {
      const { seq } = lastSeq.get({ row }) as { seq: number | null };
      return {
        nextSeq: seq === null ? 0 : seq + 1,
        holes: (holes.get(row) as { holes: number }).holes,
        last: (lastRecent!.get(row) ?? lastPlaced!.get(row)) as StreamTail["last"],
      };
    },
    after: (cursor, limit) => (after.all(cursor, limit) as FeedRow[]).map(toFeedItem),
    settle() {
      if ((countRecent.get() as { recent: number }).recent < PLACED_TOGETHER) return;
      placeRecent.run();
      notePlaced.run();
      forgetRecent.run();
    },
  };
}

function toFeedItem({ cursor, device, seq, frame, receivedAtMs, reason }: FeedRow): FeedItem {
  return frame === null
    ? { kind: "hole", cursor, device, seq, reason }
    : { kind: "reading", cursor, device, seq, frame, receivedAtMs };
}
