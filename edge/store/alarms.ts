import type { AlarmLevel } from "../alarms/levels.ts";
import type { Database } from "./database.ts";

export const ALARM_KINDS = ["oxygen-low", "oxygen-forecast", "aerator-off", "probe-silent"] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/** An alarm of a pond or a probe; one of a kind is open at a time. */
export type Alarm = {
  id: number;
  /** The pond's name, or the probe's id. */
  subject: string;
  kind: AlarmKind;
  level: AlarmLevel;
  detail: Record<string, unknown>;
  raisedAtMs: number;
  clearedAtMs: number | null;
  acknowledgedAtMs: number | null;
  acknowledgedBy: string | null;
  /** How many targets have been told. */
  escalations: number;
};

/** Something that is to be said to a target outside. */
export type Notice = { id: number; target: string; body: string; attempts: number; dueAtMs: number };

export type AlarmTable = {
  open(): Alarm[];
  /** Open ones and cleared ones, newest first. */
  recent(limit: number): Alarm[];
  raise(alarm: Pick<Alarm, "subject" | "kind" | "level" | "detail" | "raisedAtMs">): void;
  /** Another level; a worse one begins to escalate anew. */
  relevel(id: number, change: Pick<Alarm, "level" | "detail"> & { isWorse: boolean; atMs: number }): void;
  clear(id: number, atMs: number): void;
  acknowledge(id: number, by: string, atMs: number): boolean;
  escalated(id: number, escalations: number): void;
  putNotice(notice: Pick<Notice, "target" | "body" | "dueAtMs">): void;
  dueNotices(nowMs: number, limit: number): Notice[];
  postpone(id: number, dueAtMs: number): void;
  dropNotice(id: number): void;
  /** Forgets what was cleared before a time. */
  prune(beforeMs: number): void;
};

export function alarmTable(db: Database): AlarmTable {
  const columns = `
    id, subject, kind, level, detail, raised_at_ms AS raisedAtMs, cleared_at_ms AS clearedAtMs,
    acknowledged_at_ms AS acknowledgedAtMs, acknowledged_by AS acknowledgedBy, escalations`;
  const open = db.prepare(`SELECT ${columns} FROM alarms WHERE cleared_at_ms IS NULL ORDER BY id`);
  const recent = db.prepare(`SELECT ${columns} FROM alarms ORDER BY id DESC LIMIT ?`);
  const raise = db.prepare(`
    INSERT INTO alarms (subject, kind, level, detail, raised_at_ms) VALUES (?, ?, ?, ?, ?)`);
  const worsen = db.prepare(`
    UPDATE alarms SET level = ?, detail = ?, raised_at_ms = ?, acknowledged_at_ms = NULL, acknowledged_by = NULL,
           escalations = 0 WHERE id = ?`);
  const ease = db.prepare("UPDATE alarms SET level = ?, detail = ? WHERE id = ?");
  const clear = db.prepare("UPDATE alarms SET cleared_at_ms = ? WHERE id = ?");
  const acknowledge = db.prepare(`
    UPDATE alarms SET acknowledged_at_ms = ?, acknowledged_by = ?
     WHERE id = ? AND cleared_at_ms IS NULL AND acknowledged_at_ms IS NULL`);
  const escalated = db.prepare("UPDATE alarms SET escalations = ? WHERE id = ?");
  const putNotice = db.prepare("INSERT INTO notices (target, body, due_at_ms) VALUES (?, ?, ?)");
  const due = db.prepare(`
    SELECT id, target, body, attempts, due_at_ms AS dueAtMs
      FROM notices WHERE due_at_ms <= ? ORDER BY id LIMIT ?`);
  const postpone = db.prepare("UPDATE notices SET attempts = attempts + 1, due_at_ms = ? WHERE id = ?");
  const dropNotice = db.prepare("DELETE FROM notices WHERE id = ?");
  const prune = db.prepare("DELETE FROM alarms WHERE cleared_at_ms < ?");

  return {
    open: () => (open.all() as AlarmRow[]).map(toAlarm),
    recent: (limit) => (recent.all(limit) as AlarmRow[]).map(toAlarm),
    raise: ({ subject, kind, level, detail, raisedAtMs }) =>
      void raise.run(subject, kind, level, JSON.stringify(detail), Math.floor(raisedAtMs)),
    relevel(id, { level, detail, isWorse, atMs }) {
      if (isWorse) worsen.run(level, JSON.stringify(detail), Math.floor(atMs), id);
      else ease.run(level, JSON.stringify(detail), id);
    },
    clear: (id, atMs) => void clear.run(Math.floor(atMs), id),
    acknowledge: (id, by, atMs) => acknowledge.run(Math.floor(atMs), by, id).changes === 1,
    escalated: (id, escalations) => void escalated.run(escalations, id),
    putNotice: ({ target, body, dueAtMs }) => void putNotice.run(target, body, Math.floor(dueAtMs)),
    dueNotices: (nowMs, limit) => due.all(Math.floor(nowMs), limit) as Notice[],
    postpone: (id, dueAtMs) => void postpone.run(Math.floor(dueAtMs), id),
    dropNotice: (id) => void dropNotice.run(id),
    prune: (beforeMs) => void prune.run(Math.floor(beforeMs)),
  };
}

type AlarmRow = Omit<Alarm, "detail"> & { detail: string };

function toAlarm(row: AlarmRow): Alarm {
  return { ...row, detail: JSON.parse(row.detail) };
}
