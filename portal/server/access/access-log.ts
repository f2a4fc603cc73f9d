import type { Hex } from "../../../protocol/terms.ts";
import type { AccessEntry, Basis } from "../../api.ts";
import type { Database } from "../database.ts";

const DAY_MS = 86_400_000;
/** A season and the year behind it: as long as a claim can be argued about. */
const KEPT_DAYS = 400;
/** A flood of readers pushes the oldest days out. */
const MAX_ROWS = 1_000_000;
const MAX_SHOWN = 1_000;

/** Who read which pond's data on which ground, counted by day: for the pond's farmer, and for nobody else. */
export type AccessLog = {
  note(read: { pond: Hex; account: Hex; basis: Basis; what: string }): void;
  /** The newest first. */
  of(pond: Hex): AccessEntry[];
};

type Row = Omit<AccessEntry, "day" | "lastMs"> & { day: number; last_ms: number };

export function createAccessLog({ database, nowMs }: { database: Database; nowMs: () => number }): AccessLog {
  let cleanedOn = -1;
  const clean = (today: number) => {
    if (cleanedOn === today) return;
    cleanedOn = today;
    database.run("DELETE FROM reads WHERE day < ?", today - KEPT_DAYS);
    const rows = () => database.get<{ n: number }>("SELECT count(*) AS n FROM reads")!.n;
    while (rows() > MAX_ROWS) database.run("DELETE FROM reads WHERE day = (SELECT min(day) FROM reads)");
  };
  return {
    note({ pond, account, basis, what }) {
      const now = nowMs();
      const day = Math.floor(now / DAY_MS);
      clean(day);
      database.run(
        `INSERT INTO reads (pond, day, account, basis, what, count, last_ms) VALUES (?, ?, ?, ?, ?, 1, ?)
         ON CONFLICT DO UPDATE SET count = count + 1, last_ms = excluded.last_ms`,
        pond,
        day,
        account,
        basis,
        what,
        now,
      );
    },
    of: (pond) =>
      database
        .all<Row>(
          `SELECT day, account, basis, what, count, last_ms FROM reads WHERE pond = ?
           ORDER BY last_ms DESC LIMIT ?`,
          pond,
          MAX_SHOWN,
        )
        .map(({ day, last_ms, ...rest }) => ({
          ...rest,
          day: new Date(day * DAY_MS).toISOString().slice(0, 10),
          lastMs: last_ms,
        })),
  };
}
