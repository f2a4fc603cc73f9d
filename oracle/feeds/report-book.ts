import type { SignedReport } from "../../ledger/feeds.ts";
import type { Hex } from "../../protocol/terms.ts";
import type { Database } from "../database.ts";

export const REPORT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS report (
    feed TEXT NOT NULL,
    observed_at_s INTEGER NOT NULL,
    value REAL NOT NULL,
    answer TEXT NOT NULL,
    signature TEXT NOT NULL,
    signed_at_ms INTEGER NOT NULL,
    PRIMARY KEY (feed, observed_at_s)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS settled ( -- times of which the ledger knows a value
    feed TEXT NOT NULL,
    observed_at_s INTEGER NOT NULL,
    PRIMARY KEY (feed, observed_at_s)
  ) STRICT, WITHOUT ROWID;
`;

/** A feed and the end of one of its periods. */
export type FeedTime = { feed: Hex; observedAtS: number };

export type KeptReport = SignedReport & { signedAtMs: number };

/** What this reporter has signed: one report of a time for ever, whatever the provider says later. */
export type ReportBook = {
  find(of: FeedTime): KeptReport | undefined;
  /** Keeps a report, unless there is one of that time; on the disk before it returns. */
  keep(report: KeptReport): KeptReport;
  isSettled(of: FeedTime): boolean;
  settle(of: FeedTime): void;
  signed(): number;
};

type Row = {
  feed: string;
  observed_at_s: number;
  value: number;
  answer: string;
  signature: string;
  signed_at_ms: number;
};

export function createReportBook(database: Database): ReportBook {
  const find = ({ feed, observedAtS }: FeedTime): KeptReport | undefined => {
    const row = database.get<Row>(
      "SELECT * FROM report WHERE feed = ? AND observed_at_s = ?",
      feed,
      observedAtS,
    );
    if (row === undefined) return undefined;
    const { value, answer, signature, signed_at_ms } = row;
    return {
      feed,
      observedAtS,
      value,
      answer: answer as Hex,
      signature: signature as Hex,
      signedAtMs: signed_at_ms,
    };
  };
  return {
    find,
    keep(report) {
      const { feed, observedAtS, value, answer, signature, signedAtMs } = report;
      database.run(
        "INSERT OR IGNORE INTO report VALUES (?, ?, ?, ?, ?, ?)",
        feed,
        observedAtS,
        value,
        answer,
        signature,
        signedAtMs,
      );
      return find(report)!;
    },
    isSettled: ({ feed, observedAtS }) =>
      database.get("SELECT 1 FROM settled WHERE feed = ? AND observed_at_s = ?", feed, observedAtS) !==
      undefined,
    settle({ feed, observedAtS }) {
      database.run("INSERT OR IGNORE INTO settled VALUES (?, ?)", feed, observedAtS);
    },
    signed: () => database.get<{ count: number }>("SELECT count(*) AS count FROM report")!.count,
  };
}
