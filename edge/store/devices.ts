import { VERDICTS, type Verdict } from "../../protocol/admission.ts";
import type { Database } from "./database.ts";

/** A paired probe. `row` is its short name inside the store. */
export type DeviceRow = {
  row: number;
  /** 16 hex digits. */
  device: string;
  publicKey: Uint8Array;
  periodMs: number;
  approvedAtMs: number;
  revokedFromMs: number | undefined;
};

export type VerdictCounts = Record<Verdict, number>;

export type DeviceTable = {
  list(): DeviceRow[];
  add(device: Omit<DeviceRow, "row" | "revokedFromMs">): DeviceRow;
  setPeriod(row: number, periodMs: number): void;
  revoke(row: number, fromMs: number): void;
  /** Counts of every verdict but `stored`. */
  verdicts(row: number): Partial<VerdictCounts>;
  countVerdict(row: number, verdict: Verdict): void;
};

export function deviceTable(db: Database): DeviceTable {
  const list = db.prepare(`
    SELECT id AS row, device, public_key AS publicKey, period_ms AS periodMs, approved_at_ms AS approvedAtMs,
           revoked_from_ms AS revokedFromMs
      FROM devices ORDER BY device`);
  const add = db.prepare(`
    INSERT INTO devices (device, public_key, period_ms, approved_at_ms) VALUES (?, ?, ?, ?)`);
  const setPeriod = db.prepare("UPDATE devices SET period_ms = ? WHERE id = ?");
  const revoke = db.prepare("UPDATE devices SET revoked_from_ms = ? WHERE id = ?");
  const verdicts = db.prepare("SELECT verdict, count FROM verdict_counts WHERE device_id = ?");
  const countVerdict = db.prepare(`
    INSERT INTO verdict_counts (device_id, verdict, count) VALUES (?, ?, 1)
    ON CONFLICT (device_id, verdict) DO UPDATE SET count = count + 1`);

  return {
    list: () =>
      (list.all() as (DeviceRow & { revokedFromMs: number | null })[]).map((device) => ({
        ...device,
        revokedFromMs: device.revokedFromMs ?? undefined,
      })),
    add(device) {
      const { lastInsertRowid } = add.run(
        device.device,
        device.publicKey,
        device.periodMs,
        device.approvedAtMs,
      );
      return { ...device, row: Number(lastInsertRowid), revokedFromMs: undefined };
    },
    setPeriod: (row, periodMs) => void setPeriod.run(periodMs, row),
    revoke: (row, fromMs) => void revoke.run(fromMs, row),
    verdicts: (row) =>
      Object.fromEntries(
        (verdicts.all(row) as { verdict: string; count: number }[])
          .filter(({ verdict }) => VERDICTS.some((known) => known === verdict))
          .map(({ verdict, count }) => [verdict, count]),
      ),
    countVerdict: (row, verdict) => void countVerdict.run(row, verdict),
  };
}
