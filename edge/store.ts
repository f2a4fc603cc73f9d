import { type AlarmTable, alarmTable } from "./store/alarms.ts";
import { type AuditTable, auditTable } from "./store/audit.ts";
import { type ClockTable, clockTable } from "./store/clocks.ts";
import { openDatabase } from "./store/database.ts";
import { type DeviceTable, deviceTable } from "./store/devices.ts";
import { type EvidenceTable, evidenceTable } from "./store/evidence.ts";
import { type PositionTable, positionTable } from "./store/positions.ts";
import { type QualityTable, qualityTable } from "./store/quality.ts";
import { type ReadingQueries, readingQueries } from "./store/readings.ts";
import { type WaitingTables, waitingTables } from "./store/waiting.ts";

/** Everything the gateway keeps, in one SQLite file. */
export type Store = {
  devices: DeviceTable;
  clocks: ClockTable;
  positions: PositionTable;
  waiting: WaitingTables;
  evidence: EvidenceTable;
  audit: AuditTable;
  quality: QualityTable;
  alarms: AlarmTable;
  readings: ReadingQueries;
  /** A small text under a key, or `undefined`. */
  setting(key: string): string | undefined;
  setSetting(key: string, value: string): void;
  /** Runs `body` in one transaction: durable when this returns, undone when `body` throws. */
  transaction<Result>(body: () => Result): Result;
  close(): void;
};

/** Opens the store in a file, which is made when it is not there. */
export function openStore({ path }: { path: string }): Store {
  const db = openDatabase(path);
  const setting = db.prepare("SELECT value FROM settings WHERE key = ?");
  const setSetting = db.prepare(`
    INSERT INTO settings (key, value) VALUES (?, ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`);
  const positions = positionTable(db);
  return {
    devices: deviceTable(db),
    clocks: clockTable(db),
    positions,
    waiting: waitingTables(db),
    evidence: evidenceTable(db),
    audit: auditTable(db),
    quality: qualityTable(db),
    alarms: alarmTable(db),
    readings: readingQueries(db),
    setting: (key) => (setting.get(key) as { value: string } | undefined)?.value,
    setSetting: (key, value) => void setSetting.run(key, value),
    transaction: (body) =>
      db.transaction(() => {
        const result = body();
        positions.settle();
        return result;
      }),
    close: db.close,
  };
}
