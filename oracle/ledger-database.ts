import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from "node:fs";
import { join } from "node:path";
import { type Database, openDatabase } from "./database.ts";

/** The ledger that a store belongs to: stream ids, batch numbers and transactions mean nothing on another one. */
export type LedgerIdentity = { chainId: number; batchLedger: string; genesis: string };

/** That a store of another ledger was found, and where it is kept now. */
export type StartedOver = { previous: LedgerIdentity; movedTo: string };

const META = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;";

/**
 * Opens `name`.db of a ledger in a folder. One of another ledger is moved aside, whole, and an empty one takes its
 * place. There is a table `meta` of keys and values beside those of `schema`.
 */
export function openLedgerDatabase({
  dir,
  name,
  schema,
  identity,
}: {
  dir: string;
  name: string;
  schema: string;
  identity: LedgerIdentity;
}): { database: Database; startedOver: StartedOver | undefined } {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${name}.db`);
  const open = () => openDatabase({ path, schema: META + schema });
  let database = open();
  const previous = identityOf(database);
  let startedOver: StartedOver | undefined;
  if (previous !== undefined && !isSameLedger(previous, identity)) {
    database.close();
    startedOver = { previous, movedTo: moveAside({ dir, name }, previous) };
    database = open();
  }
  database.run("INSERT OR IGNORE INTO meta VALUES ('ledger', ?)", JSON.stringify(identity));
  return { database, startedOver };
}

function identityOf(database: Database): LedgerIdentity | undefined {
  const row = database.get<{ value: string }>("SELECT value FROM meta WHERE key = 'ledger'");
  return row && (JSON.parse(row.value) as LedgerIdentity);
}

function isSameLedger(a: LedgerIdentity, b: LedgerIdentity): boolean {
  return (
    a.chainId === b.chainId &&
    a.genesis.toLowerCase() === b.genesis.toLowerCase() &&
    a.batchLedger.toLowerCase() === b.batchLedger.toLowerCase()
  );
}

/** Closing has emptied the write-ahead log into the file, so that the file alone is the store. */
function moveAside({ dir, name }: { dir: string; name: string }, { genesis }: LedgerIdentity): string {
  for (let attempt = 1; ; attempt++) {
    const movedTo = join(dir, `${name}.${genesis.slice(2, 10)}.${attempt}.db`);
    if (existsSync(movedTo)) continue;
    renameSync(join(dir, `${name}.db`), movedTo);
    const folder = openSync(dir, "r");
    fsyncSync(folder);
    closeSync(folder);
    return movedTo;
  }
}
