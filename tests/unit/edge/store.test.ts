import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../../edge/store.ts";
import { makeChain, makeKey } from "../../factories.ts";

const key = makeKey("alpha");
const [first, second] = makeChain({ key, count: 2 });
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pondproof-store-"));
  path = join(folder, "gateway.db");
});
afterEach(() => rmSync(folder, { recursive: true }));

function storeWithOneReading() {
  const store = openStore({ path });
  const { row } = store.devices.add({
    device: key.device,
    publicKey: key.publicKey,
    periodMs: 60_000,
    approvedAtMs: 1,
  });
  const clockRow = store.clocks.rowOf({ trust: { trusted: false, reason: "new" }, earliestMs: 0 });
  store.positions.addReading({ row, seq: 0, timeMs: 1, receivedAtMs: 2, clockRow, frame: first! });
  return { store, row, clockRow };
}

test("a final position can be neither changed nor deleted, whoever opens the file", () => {
  storeWithOneReading().store.close();
  const db = new DatabaseSync(path);
  expect(() => db.exec("UPDATE positions SET frame = zeroblob(160)")).toThrow("append-only");
  expect(() => db.exec("DELETE FROM positions")).toThrow("append-only");
  db.close();
});

test("a position is taken once", () => {
  const { store, row, clockRow } = storeWithOneReading();
  const again = { row, seq: 0, timeMs: 3, receivedAtMs: 4, clockRow, frame: second! };
  expect(() => store.positions.addReading(again)).toThrow(/UNIQUE/);
  store.close();
});

test("a transaction that throws leaves nothing behind", () => {
  const { store, row } = storeWithOneReading();
  const fail = () =>
    store.transaction(() => {
      store.positions.addHole({ row, seq: 1, timeMs: 1, reason: 2 });
      throw new Error("in the middle");
    });
  expect(fail).toThrow("in the middle");
  expect(store.positions.tail(row).nextSeq).toBe(1);
  store.close();
});

test("a store of a newer version is left alone", () => {
  openStore({ path }).close();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  expect(() => openStore({ path })).toThrow("STORE_VERSION");
});

test("one view of the clock is one row, and an error bound that wanders is one view", () => {
  const store = openStore({ path });
  const rows = [9, 12, 15, 17].map((errorBoundMs) =>
    store.clocks.rowOf({ trust: { trusted: true, source: "ntp", errorBoundMs }, earliestMs: 0 }),
  );
  expect(new Set(rows).size).toBe(2);
  expect(rows.slice(0, 3)).toEqual([rows[0], rows[0], rows[0]]);
  store.close();
});

test("evidence is kept once a frame, the first of its kind, and never more than its limit", () => {
  const { store, row, clockRow } = storeWithOneReading();
  const frame = (n: number) => {
    const made = first!.slice();
    new DataView(made.buffer).setUint32(100, n);
    return made;
  };
  store.transaction(() => {
    for (let n = 0; n < 1_010; n++) {
      for (const _ of [1, 2])
        store.evidence.keep(row, clockRow, { verdict: "bad-signature", frame: frame(n), receivedAtMs: n });
    }
  });
  const kept = store.evidence.list(row, "bad-signature", 2_000);
  expect(kept).toHaveLength(1_000);
  expect(kept[999]?.frame).toEqual(frame(999));
  store.close();
});
