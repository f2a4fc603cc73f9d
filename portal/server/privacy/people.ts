import { randomUUID } from "node:crypto";
import type { Hex } from "../../../protocol/terms.ts";
import type { Person } from "../../api.ts";
import type { Database } from "../database.ts";
import type { Subscriptions } from "../push/subscriptions.ts";

/** What people said of themselves, each under an opaque id; nothing else of the portal's points there. */
export type People = {
  of(account: Hex): Person | undefined;
  save(account: Hex, person: Person): void;
  /** Forgets the person, his sessions, his browsers and who read his ponds, and leaves no trace of it in the file. */
  erase(account: Hex, ponds: readonly Hex[]): void;
};

export function createPeople({
  database,
  subscriptions,
  nowMs,
}: {
  database: Database;
  /** Browsers that are told of alarms. */
  subscriptions: Pick<Subscriptions, "removeAll">;
  nowMs: () => number;
}): People {
  return {
    of: (account) =>
      database.get<Person>("SELECT name, phone, address FROM people WHERE account = ?", account),
    save(account, { name, phone, address }) {
      database.run(
        `INSERT INTO people (id, account, name, phone, address, changed_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (account) DO UPDATE SET
           name = excluded.name, phone = excluded.phone, address = excluded.address, changed_ms = excluded.changed_ms`,
        randomUUID(),
        account,
        name,
        phone,
        address,
        nowMs(),
      );
    },
    erase(account, ponds) {
      database.run("DELETE FROM people WHERE account = ?", account);
      database.run("DELETE FROM sessions WHERE account = ?", account);
      subscriptions.removeAll(account);
      for (const pond of ponds) database.run("DELETE FROM reads WHERE pond = ?", pond);
      database.settle();
    },
  };
}
