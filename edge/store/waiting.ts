import { VERDICTS, type Verdict } from "../../protocol/admission.ts";
import { concatBytes } from "../../protocol/bytes.ts";
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

/** What waits for a gap to close: the frames behind it, and the refusals heard inside it. */
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
  /** When the first of the held frames arrived; there must be one. */
  heldSinceMs(row: number): number;
  noteRefusal(row: number, seq: number, verdict: Verdict): void;
  refusalAt(row: number, seq: number): Verdict | undefined;
  hasRefusals(row: number): boolean;
  forgetRefusalsBefore(row: number, seq: number): void;
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
  const heldSince = db.prepare("SELECT min(received_at_ms) AS sinceMs FROM held WHERE device_id = ?");
  const note = db.prepare(`
    INSERT INTO refusals (device_id, seq, verdict) VALUES (?, ?, ?)
    ON CONFLICT (device_id, seq) DO UPDATE SET verdict = excluded.verdict`);
  const refusalAt = db.prepare("SELECT verdict FROM refusals WHERE device_id = ? AND seq = ?");
  const hasRefusals = db.prepare("SELECT EXISTS (SELECT 1 FROM refusals WHERE device_id = ?) AS some");
  const forget = db.prepare("DELETE FROM refusals WHERE device_id = ? AND seq < ?");

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
    heldSinceMs: (row) => (heldSince.get(row) as { sinceMs: number }).sinceMs,
    noteRefusal: (row, seq, verdict) => void note.run(row, seq, verdict),
    refusalAt(row, seq) {
      const found = refusalAt.get(row, seq) as { verdict: string } | undefined;
      return VERDICTS.find((verdict) => verdict === found?.verdict);
    },
    hasRefusals: (row) => (hasRefusals.get(row) as { some: number }).some === 1,
    forgetRefusalsBefore: (row, seq) => void forget.run(row, seq),
  };
}
