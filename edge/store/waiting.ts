import { concatBytes } from "../../protocol/bytes.ts";
import type { HoleReason } from "../../protocol/node.ts";
import { splitFrame } from "../../protocol/signature.ts";
import type { Database } from "./database.ts";

/** A frame behind a gap, with the clock as it was when the frame arrived. */
export type HeldFrame = {
  frame: Uint8Array;
  receivedAtMs: number;
  clockRow: number;
  trusted: boolean;
  earliestMs: number;
};

/** What waits for a gap to close: the frames behind it, and what is known of the positions inside it. */
export type WaitingTables = {
  /** False when that very record is held already. */
  hold(
    row: number,
    seq: number,
    held: { frame: Uint8Array; receivedAtMs: number; clockRow: number },
  ): boolean;
  heldAt(row: number, seq: number): HeldFrame[];
  releaseAt(row: number, seq: number): number;
  countHeld(row: number): number;
  /** The numbers of the held frames, ascending. */
  heldSeqs(row: number): number[];
  /** Notes the reason that a hole would have, in place of an earlier one. */
  noteReason(row: number, seq: number, reason: HoleReason): void;
  /** Notes a reason for every position of a range, both ends inclusive, that has none. */
  fillReasons(row: number, range: { fromSeq: number; toSeq: number }, reason: HoleReason): void;
  reasonAt(row: number, seq: number): HoleReason | undefined;
  hasReasons(row: number): boolean;
  forgetReasonsBefore(row: number, seq: number): void;
};

type HeldRow = {
  record: Uint8Array;
  signature: Uint8Array;
  receivedAtMs: number;
  clockRow: number;
  trusted: number;
  earliestMs: number;
};

export function waitingTables(db: Database): WaitingTables {
  const hold = db.prepare(`
    INSERT INTO held (device_id, seq, record, signature, received_at_ms, clock_id) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const heldAt = db.prepare(`
    SELECT record, signature, received_at_ms AS receivedAtMs, clock_id AS clockRow, trusted,
           earliest_ms AS earliestMs
      FROM held JOIN clock_states ON clock_states.id = held.clock_id
     WHERE device_id = ? AND seq = ? ORDER BY held.id`);
  const releaseAt = db.prepare("DELETE FROM held WHERE device_id = ? AND seq = ?");
  const countHeld = db.prepare("SELECT count(*) AS held FROM held WHERE device_id = ?");
  const heldSeqs = db.prepare("SELECT DISTINCT seq FROM held WHERE device_id = ? ORDER BY seq");
  const noteReason = db.prepare(`
    INSERT INTO reasons (device_id, seq, reason) VALUES (?, ?, ?)
    ON CONFLICT (device_id, seq) DO UPDATE SET reason = excluded.reason`);
  const fillReason = db.prepare(`
    INSERT INTO reasons (device_id, seq, reason) VALUES (?, ?, ?)
    ON CONFLICT (device_id, seq) DO NOTHING`);
  const reasonAt = db.prepare("SELECT reason FROM reasons WHERE device_id = ? AND seq = ?");
  const hasReasons = db.prepare("SELECT EXISTS (SELECT 1 FROM reasons WHERE device_id = ?) AS some");
  const forgetReasons = db.prepare("DELETE FROM reasons WHERE device_id = ? AND seq < ?");

  return {
    hold(row, seq, { frame, receivedAtMs, clockRow }) {
      const { record, signature } = splitFrame(frame);
      return hold.run(row, seq, record, signature, receivedAtMs, clockRow).changes === 1;
    },
    heldAt: (row, seq) =>
      (heldAt.all(row, seq) as HeldRow[]).map(({ record, signature, trusted, ...held }) => ({
        ...held,
        frame: concatBytes(record, signature),
        trusted: trusted === 1,
      })),
    releaseAt: (row, seq) => Number(releaseAt.run(row, seq).changes),
    countHeld: (row) => (countHeld.get(row) as { held: number }).held,
    heldSeqs: (row) => (heldSeqs.all(row) as { seq: number }[]).map(({ seq }) => seq),
    noteReason: (row, seq, reason) => void noteReason.run(row, seq, reason),
    fillReasons(row, { fromSeq, toSeq }, reason) {
      for (let seq = fromSeq; seq <= toSeq; seq++) fillReason.run(row, seq, reason);
    },
    reasonAt: (row, seq) => (reasonAt.get(row, seq) as { reason: HoleReason } | undefined)?.reason,
    hasReasons: (row) => (hasReasons.get(row) as { some: number }).some === 1,
    forgetReasonsBefore: (row, seq) => void forgetReasons.run(row, seq),
  };
}
