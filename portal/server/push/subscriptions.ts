import { createHash } from "node:crypto";
import type { Hex } from "../../../protocol/terms.ts";
import type { PushLanguage, PushSubscriptionKeys } from "../../push.ts";
import type { Database } from "../database.ts";

/** Telephones and computers of one person. */
const MAX_OF_AN_ACCOUNT = 8;
/** So many messages about alarms are remembered as said; the oldest are forgotten first. */
const MAX_TOLD = 100_000;

/** Somebody's browser that wants to be told of alarms. `id` stands for its address, which is a secret of its owner's. */
export type Subscription = PushSubscriptionKeys & { id: string; account: Hex; language: PushLanguage };

/** Who is told of alarms where, and what each was told. */
export type Subscriptions = {
  /** Takes a browser in, or what has changed of it; of an account's, the oldest goes where there are too many. */
  put(subscription: Omit<Subscription, "id">): void;
  /** Ends what an account began; tells whether there was something. */
  remove(subscription: { account: Hex; endpoint: string }): boolean;
  /** Ends all of an account's. */
  removeAll(account: Hex): void;
  /** The browser is gone: its push service says so. */
  forget(id: string): void;
  all(): Subscription[];
  wasTold(id: string, what: string): boolean;
  noteTold(id: string, what: string): void;
};

type Row = {
  id: string;
  account: Hex;
  endpoint: string;
  p256dh: string;
  auth: string;
  language: PushLanguage;
};

export function createSubscriptions({
  database,
  nowMs,
}: {
  database: Database;
  nowMs: () => number;
}): Subscriptions {
  const idOf = (endpoint: string) => createHash("sha256").update(endpoint).digest("base64url");
  const forget = (id: string) => {
    database.run("DELETE FROM push_told WHERE subscription = ?", id);
    database.run("DELETE FROM push_subscriptions WHERE id = ?", id);
  };
  const idsOf = (account: Hex) =>
    database
      .all<{ id: string }>(
        "SELECT id FROM push_subscriptions WHERE account = ? ORDER BY since_ms DESC, id",
        account,
      )
      .map(({ id }) => id);

  return {
    forget,
    put({ account, endpoint, keys, language }) {
      database.run(
        `INSERT INTO push_subscriptions (id, account, endpoint, p256dh, auth, language, since_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET account = excluded.account, p256dh = excluded.p256dh, auth = excluded.auth,
           language = excluded.language, since_ms = excluded.since_ms`,
        idOf(endpoint),
        account,
        endpoint,
        keys.p256dh,
        keys.auth,
        language,
        nowMs(),
      );
      for (const id of idsOf(account).slice(MAX_OF_AN_ACCOUNT)) forget(id);
    },
    remove({ account, endpoint }) {
      const id = idOf(endpoint);
      if (!idsOf(account).includes(id)) return false;
      forget(id);
      return true;
    },
    removeAll(account) {
      for (const id of idsOf(account)) forget(id);
    },
    all: () =>
      database
        .all<Row>(
          "SELECT id, account, endpoint, p256dh, auth, language FROM push_subscriptions ORDER BY since_ms, id",
        )
        .map(({ p256dh, auth, ...rest }) => ({ ...rest, keys: { p256dh, auth } })),
    wasTold: (id, what) =>
      database.get("SELECT 1 FROM push_told WHERE subscription = ? AND what = ?", id, what) !== undefined,
    noteTold(id, what) {
      database.run(
        "INSERT INTO push_told (subscription, what) VALUES (?, ?) ON CONFLICT DO NOTHING",
        id,
        what,
      );
      database.run("DELETE FROM push_told WHERE id <= (SELECT max(id) FROM push_told) - ?", MAX_TOLD);
    },
  };
}
