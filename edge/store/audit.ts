import type { Database } from "./database.ts";

/** What an operator may be asked about later. */
export const AUDIT_ACTIONS = [
  "pairing-opened",
  "pairing-closed",
  "key-presented",
  "approved",
  "refused",
  "paired",
  "revoked",
  "alarm-acknowledged",
  "restored",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** One thing that was done to the gateway; `device` is empty where it concerns none. */
export type AuditEntry = {
  id: number;
  atMs: number;
  action: AuditAction;
  device: string;
  detail: Record<string, unknown>;
};

/** What was done, in its order; never changed and never deleted. */
export type AuditTable = {
  add(entry: Omit<AuditEntry, "id">): void;
  after(id: number, limit: number): AuditEntry[];
};

export function auditTable(db: Database): AuditTable {
  const add = db.prepare("INSERT INTO audit (at_ms, action, device, detail) VALUES (?, ?, ?, ?)");
  const after = db.prepare(`
    SELECT id, at_ms AS atMs, action, device, detail FROM audit WHERE id > ? ORDER BY id LIMIT ?`);
  return {
    add: ({ atMs, action, device, detail }) =>
      void add.run(Math.floor(atMs), action, device, JSON.stringify(detail)),
    after: (id, limit) =>
      (after.all(id, limit) as (Omit<AuditEntry, "detail"> & { detail: string })[]).map((row) => ({
        ...row,
        detail: JSON.parse(row.detail),
      })),
  };
}
