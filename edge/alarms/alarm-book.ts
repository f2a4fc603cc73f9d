import type { Clock } from "../../protocol/clock.ts";
import { PondproofError } from "../../protocol/errors.ts";
import type { Alarm, AlarmKind } from "../store/alarms.ts";
import type { Store } from "../store.ts";
import { type AlarmLevel, isWorse } from "./levels.ts";

/** Who is told of an alarm that nobody has acknowledged for a while. */
export type AlarmTarget = { name: string; afterMs: number };

/** The alarms of a site, over restarts. */
export type AlarmBook = {
  levelOf(subject: string, kind: AlarmKind): AlarmLevel | undefined;
  /** Says how a matter stands: a level, or none when all is well again. */
  set(finding: {
    subject: string;
    kind: AlarmKind;
    level: AlarmLevel | undefined;
    detail: Record<string, unknown>;
  }): void;
  /**
   * Stops the escalation of an open alarm.
   * @throws UNKNOWN_ALARM
   */
  acknowledge(id: number, by: string): void;
  /** Queues what is to be said to the targets whose time has come. */
  escalate(): void;
  open(): Alarm[];
  recent(limit: number): Alarm[];
};

export function createAlarmBook(options: {
  site: string;
  store: Pick<Store, "alarms" | "audit" | "transaction">;
  clock: Pick<Clock, "now">;
  targets: readonly AlarmTarget[];
  /** The open alarms are others than before. */
  onChange: (open: Alarm[]) => void;
}): AlarmBook {
  const { site, store, clock, onChange } = options;
  const targets = options.targets.toSorted((a, b) => a.afterMs - b.afterMs);
  let open = store.alarms.open();

  const find = (subject: string, kind: AlarmKind) =>
    open.find((alarm) => alarm.subject === subject && alarm.kind === kind);
  const change = (body: () => void) => {
    store.transaction(body);
    open = store.alarms.open();
    onChange(open);
  };
  const tell = (alarm: Alarm, target: AlarmTarget, state: "open" | "cleared") => {
    const { id, subject, kind, level, detail, raisedAtMs } = alarm;
    const body = JSON.stringify({ site, id, state, subject, kind, level, detail, raisedAtMs });
    store.alarms.putNotice({ target: target.name, body, dueAtMs: clock.now() });
  };
  const escalate = () => {
    const nowMs = clock.now();
    const due = open.flatMap((alarm) => {
      if (alarm.acknowledgedAtMs !== null) return [];
      const heard = targets.filter(({ afterMs }) => nowMs - alarm.raisedAtMs >= afterMs).length;
      return heard > alarm.escalations ? [{ alarm, heard }] : [];
    });
    if (due.length === 0) return;
    change(() => {
      for (const { alarm, heard } of due) {
        for (const target of targets.slice(alarm.escalations, heard)) tell(alarm, target, "open");
        store.alarms.escalated(alarm.id, heard);
      }
    });
  };

  return {
    levelOf: (subject, kind) => find(subject, kind)?.level,
    set({ subject, kind, level, detail }) {
      const known = find(subject, kind);
      if (known?.level === level) return;
      const nowMs = clock.now();
      change(() => {
        if (known === undefined && level !== undefined)
          store.alarms.raise({ subject, kind, level, detail, raisedAtMs: nowMs });
        if (known !== undefined && level !== undefined)
          store.alarms.relevel(known.id, {
            level,
            detail,
            isWorse: isWorse(level, known.level),
            atMs: nowMs,
          });
        if (known !== undefined && level === undefined) {
          store.alarms.clear(known.id, nowMs);
          // Whoever was woken is told that he may sleep.
          for (const target of targets.slice(0, known.escalations)) tell(known, target, "cleared");
        }
      });
      escalate();
    },
    acknowledge(id, by) {
      change(() => {
        if (!store.alarms.acknowledge(id, by, clock.now())) throw new PondproofError("UNKNOWN_ALARM", { id });
        store.audit.add({ atMs: clock.now(), action: "alarm-acknowledged", device: "", detail: { id, by } });
      });
    },
    escalate,
    open: () => open,
    recent: (limit) => store.alarms.recent(limit),
  };
}
