import type { ClockTrust } from "../clock-trust.ts";
import type { Database } from "./database.ts";

/** How the gateway saw the time of an arrival, without the time itself. */
export type ClockView = { trust: ClockTrust; earliestMs: number };

export type ClockTable = {
  /** The row of a view, made when it is new. Not to be called inside a transaction that may be undone. */
  rowOf(view: ClockView): number;
};

export function clockTable(db: Database): ClockTable {
  const find = db.prepare("SELECT id FROM clock_states WHERE trusted = ? AND earliest_ms = ? AND detail = ?");
  const add = db.prepare("INSERT INTO clock_states (trusted, earliest_ms, detail) VALUES (?, ?, ?)");
  let last: { view: string; row: number } | undefined;

  return {
    rowOf({ trust, earliestMs }) {
      const detail = JSON.stringify(coarse(trust));
      const view = `${earliestMs} ${detail}`;
      if (last?.view !== view) {
        const known = find.get(Number(trust.trusted), earliestMs, detail) as { id: number } | undefined;
        const row = known?.id ?? Number(add.run(Number(trust.trusted), earliestMs, detail).lastInsertRowid);
        last = { view, row };
      }
      return last.row;
    },
  };
}

/** The error bound rounded up to a power of two, so that one that wanders does not make a row a reading. */
function coarse(trust: ClockTrust): ClockTrust {
  if (!trust.trusted || trust.errorBoundMs === null) return trust;
  return { ...trust, errorBoundMs: 2 ** Math.ceil(Math.log2(Math.max(1, trust.errorBoundMs))) };
}
