import type { Verdict } from "../../protocol/admission.ts";
import type { Database } from "./database.ts";

/** A frame that was not stored, and why. */
export type EvidenceFrame = { verdict: Verdict; frame: Uint8Array; receivedAtMs: number };

/**
 * How many frames are kept for each probe and verdict: the first ones, so that nobody can push them out. A late frame
 * can fill a hole of a claim, and a conflict convicts a cloned key; the rest is for whoever looks for the fault.
 */
const LIMIT = { late: 10_000, conflict: 10_000, other: 1_000 } as const;

export type EvidenceTable = {
  /** Keeps a frame, unless it is kept already or there are enough of its kind. */
  keep(row: number, clockRow: number, evidence: EvidenceFrame): void;
  list(row: number, verdict: Verdict, limit: number): EvidenceFrame[];
};

export function evidenceTable(db: Database): EvidenceTable {
  const keep = db.prepare(`
    INSERT INTO evidence (device_id, verdict, frame, received_at_ms, clock_id) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`);
  const count = db.prepare("SELECT count(*) AS kept FROM evidence WHERE device_id = ? AND verdict = ?");
  const list = db.prepare(`
    SELECT verdict, frame, received_at_ms AS receivedAtMs
      FROM evidence WHERE device_id = ? AND verdict = ? ORDER BY id LIMIT ?`);
  // Counted once and then kept along: counting 10,000 rows for every frame of a flood would be its real damage. After
  // a transaction that was undone a count may be too high by what was undone, which costs that much room.
  const counts = new Map<string, number>();

  return {
    keep(row, clockRow, { verdict, frame, receivedAtMs }) {
      const kind = `${row} ${verdict}`;
      const kept = counts.get(kind) ?? (count.get(row, verdict) as { kept: number }).kept;
      const limit = verdict === "late" || verdict === "conflict" ? LIMIT[verdict] : LIMIT.other;
      if (kept >= limit) return;
      const { changes } = keep.run(row, verdict, frame, receivedAtMs, clockRow);
      counts.set(kind, kept + Number(changes));
    },
    list: (row, verdict, limit) => list.all(row, verdict, limit) as EvidenceFrame[],
  };
}
