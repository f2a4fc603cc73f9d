import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MIGRATIONS } from "../../../edge/store/schema.ts";
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

test("a position is found and taken once wherever its place is, and however often the file is opened", async () => {
  const { store, row, clockRow } = storeWithOneReading();
  const COUNT = 20_000;
  const add = (to: typeof store, seq: number) =>
    to.positions.addReading({ row, seq, timeMs: seq + 1, receivedAtMs: 2, clockRow, frame: first! });
  for (let seq = 1; seq < COUNT; ) {
    store.transaction(() => {
      for (const end = Math.min(seq + 1_000, COUNT); seq < end; seq++)
        if (seq % 5_000 === 4_999) store.positions.addHole({ row, seq, timeMs: seq, reason: 2 });
        else add(store, seq);
    });
  }
  const expectAll = async (from: typeof store) => {
    expect(from.positions.tail(row)).toMatchObject({ nextSeq: COUNT, holes: 4, last: { seq: COUNT - 2 } });
    const kinds = [0, 4_998, 4_999, 12_000, COUNT - 2, COUNT - 1].map(
      (seq) => from.positions.at(row, seq).kind,
    );
    expect(kinds).toEqual(["reading", "reading", "hole", "reading", "reading", "hole"]);
    for (const seq of [0, 4_999, 12_000, COUNT - 1]) expect(() => add(from, seq)).toThrow(/UNIQUE/);
    const span = { row, nextSeq: COUNT, fromMs: 1, toMs: COUNT + 1, maxPoints: COUNT + 1 };
    const { points, holes } = await from.readings.span(span);
    expect(new Set(points.map(({ seq }) => seq)).size).toBe(COUNT - 4);
    expect(holes).toHaveLength(4);
  };
  await expectAll(store);
  store.close();
  const again = openStore({ path });
  await expectAll(again);
  again.close();
  const db = new DatabaseSync(path);
  const { placed } = db.prepare("SELECT count(*) AS placed FROM places").get() as { placed: number };
  expect(placed).toBeGreaterThan(0);
  expect(placed).toBeLessThan(COUNT);
  db.close();
});

test("a commit of a fifth of a second of a hundred probes writes little more than its readings", () => {
  const { store, row, clockRow } = storeWithOneReading();
  const COMMITS = 30;
  const READINGS = 20;
  const bytes = () => statSync(`${path}-wal`).size;
  const before = bytes();
  for (let commit = 0; commit < COMMITS; commit++)
    store.transaction(() => {
      for (let i = 0; i < READINGS; i++) {
        const seq = 1 + commit * READINGS + i;
        store.positions.addReading({ row, seq, timeMs: seq, receivedAtMs: 2, clockRow, frame: first! });
      }
    });
  // Half of what edge.md allows, for the same pages go into the file itself once more.
  expect((bytes() - before) / (COMMITS * READINGS)).toBeLessThan(750);
  store.close();
});

test("a store of the second version keeps every position, and each is still taken once", () => {
  const db = new DatabaseSync(path);
  for (const migration of MIGRATIONS.slice(0, 2)) db.exec(migration);
  db.exec(`
    INSERT INTO devices (device, public_key, period_ms, approved_at_ms)
      VALUES ('${key.device}', x'${Buffer.from(key.publicKey).toString("hex")}', 1, 1);
    INSERT INTO positions (device_id, seq, time_ms, reason) VALUES (1, 0, 0, 1), (1, 1, 0, 2);
    INSERT INTO quality (cursor, flags, tests) VALUES (2, zeroblob(8), 1);`);
  db.close();
  const store = openStore({ path });
  const [device] = store.devices.list();
  expect(store.positions.after(0, 10).map(({ cursor, seq }) => [cursor, seq])).toEqual([
    [1, 0],
    [2, 1],
  ]);
  expect(store.quality.between(device!.row, 0, 1).size).toBe(1);
  const again = { row: device!.row, seq: 1, timeMs: 0, reason: 2 } as const;
  expect(() => store.positions.addHole(again)).toThrow(/UNIQUE/);
  store.positions.addHole({ ...again, seq: 2 });
  expect(store.positions.tail(device!.row)).toMatchObject({ nextSeq: 3, holes: 3 });
  store.close();
  expect(() => new DatabaseSync(path).exec("DELETE FROM positions")).toThrow("append-only");
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
